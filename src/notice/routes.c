/* routes: the room's table. */
#include "notice/internal.h"

#define ONE                                                                                                                      \
	"{notice_id: string, kind: string, thread_id: string, sender_account: string | null, sender_name: string, "              \
	"sender_org_name: string, title: string, body: string, title_en: string, body_en: string, about: string, confirm: "      \
	"boolean, readers: number, sent_at: "                                                                                    \
	"string, "                                                                                                               \
	"withdrawn_at: string | null, withdrawn_note: string, version: number, read_at: string | null, confirmed_at: string | "  \
	"null, "                                                                                                                 \
	"read_count: number}"
static const InputField message_inputs[] = {
    {"to", IN_BODY, TYPE_JSON, true, .max = 4096, .doc = "array of 1 to 50 account ids (GET /staff)"},
    {"title", IN_BODY, TYPE_TEXT, .max = NOTICE_TITLE_MAX, .doc = "may be left out"},
    {"body", IN_BODY, TYPE_TEXT, true, 1, NOTICE_BODY_MAX, .doc = "text, at most 4,000 characters"},
    {"about", IN_BODY, TYPE_TEXT, .max = 200, .doc = "address of a page of this program it is about, /requests/1"},
    {"confirm", IN_BODY, TYPE_BOOL, .doc = "readers are asked to confirm that they have taken note"},
    {"reply_to", IN_BODY, TYPE_ID, .doc = "a message one sent or got: this one joins its conversation"},
    {0}};
static const InputField notice_inputs[] = {
    {"to", IN_BODY, TYPE_JSON, true, .max = 16384,
     .doc =
         "{orgs: [id], roles: [name], below: with the organisations under them}: whoever is of one of the organisations (none: "
         "of any) and has one of the roles (none: any)"},
    {"title", IN_BODY, TYPE_TEXT, true, 1, NOTICE_TITLE_MAX, .doc = "title"},
    {"body", IN_BODY, TYPE_TEXT, true, 1, NOTICE_BODY_MAX, .doc = "text, at most 4,000 characters"},
    {"about", IN_BODY, TYPE_TEXT, .max = 200, .doc = "address of a page of this program it is about"},
    {"confirm", IN_BODY, TYPE_BOOL, .doc = "readers are asked to confirm that they have taken note"},
    {0}};
static const InputField list_inputs[] = {
    {"box", IN_QUERY, TYPE_ENUM, .choices = "in|sent", .doc = "what one got (in, the default) or sent"},
    {"kind", IN_QUERY, TYPE_ENUM, .choices = "message|notice", .doc = "only these"},
    {"about", IN_QUERY, TYPE_TEXT, .max = 200, .doc = "only about this page, /events/1"},
    {"unread", IN_QUERY, TYPE_BOOL, .doc = "only what one has not read; of box in"},
    {"after", IN_QUERY, TYPE_ID, .doc = "cursor: next of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "items a page, 50 when absent"},
    {0}};
static const InputField one_inputs[] = {ID_PATH("message or notice"), {0}};
static const InputField read_inputs[] = {
    ID_PATH("message or notice"), {"confirm", IN_BODY, TYPE_BOOL, .doc = "note was taken, as was asked for"}, {0}};
static const InputField withdraw_inputs[] = {ID_PATH("message or notice"),
                                             {"version", IN_BODY, TYPE_INT, true, 1, INT64_MAX, .doc = "version read before"},
                                             {"note", IN_BODY, TYPE_TEXT, true, 2, 200, .doc = "why; its readers see it"},
                                             {0}};
static const InputField receipt_inputs[] = {
    ID_PATH("message or notice"),
    {"state", IN_QUERY, TYPE_ENUM, .choices = "read|unread", .doc = "only those who have, or have not, read it"},
    {"after", IN_QUERY, TYPE_ID, .doc = "cursor: next of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "items a page, 50 when absent"},
    {0}};
static const InputField staff_inputs[] = {
    {"q", IN_QUERY, TYPE_TEXT, true, 1, 64, .doc = "part of a name or of an organisation's name"}, {0}};
static const OutputField sent_outputs[] = {{"notice_id", "string", "what was sent"},
                                           {"thread_id", "string", "its conversation"},
                                           {"readers", "number", "to how many"},
                                           {0}};
static const OutputField list_outputs[] = {
    {"items", ONE "[]", "newest first"}, {"next", "string|null", "cursor of the next page"}, {0}};
static const OutputField one_outputs[] = {
    {"notice_id", "string", "id"},
    {"kind", "\"message\"|\"notice\"", "kind"},
    {"thread_id", "string", "its conversation"},
    {"sender_account", "string|null", "null: the program"},
    {"sender_name", "string", "name"},
    {"sender_org_name", "string", "organisation"},
    {"title", "string", "title"},
    {"body", "string", "text; empty when it was withdrawn"},
    {"title_en", "string", "of what the program says: the same in English; empty: what a person wrote"},
    {"body_en", "string", "likewise"},
    {"about", "string", "page it is about, or empty"},
    {"confirm", "boolean", "asks to be confirmed"},
    {"readers", "number", "to how many"},
    {"sent_at", "string", "time"},
    {"withdrawn_at", "string|null", "time"},
    {"withdrawn_note", "string", "why"},
    {"version", "number", "for withdrawing"},
    {"read_at", "string|null", "when one read it"},
    {"confirmed_at", "string|null", "when one confirmed it"},
    {"read_count", "number", "how many have read it"},
    {"thread", ONE "[]", "the conversation as far as one is in it, newest first, at most 100"},
    {0}};
static const OutputField receipt_outputs[] = {
    {"items", "{account_id: string, name: string, org_name: string, read_at: string | null, confirmed_at: string | null}[]",
     "readers"},
    {"next", "string|null", "cursor of the next page"},
    {0}};
static const OutputField count_outputs[] = {
    {"unread", "number", "not read"}, {"unconfirmed", "number", "asked for, not confirmed"}, {0}};
static const OutputField staff_outputs[] = {
    {"items", "{account_id: string, name: string, org_id: string, org_name: string}[]", "at most 50, by organisation"},
    ONE_PAGE,
    {0}};

#define API "/api/v1"
const Route notice_routes[NOTICE_ROUTES] = {
    {"POST", API "/messages", PERMIT_LOGIN, LANE_WRITE, messages_post, "notice.message", "Writes a message to people by name.",
     message_inputs, sent_outputs},
    {"POST", API "/notices", PERMIT_NOTICE, LANE_WRITE, notices_post, "notice.send",
     "Sends a notice to whoever is of the organisations and roles named.", notice_inputs, sent_outputs},
    {"GET", API "/notices", PERMIT_LOGIN, LANE_READ, notices_get, "notice.list", "Messages and notices one got or sent.",
     list_inputs, list_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/notices/counts", PERMIT_LOGIN, LANE_READ, notice_counts_get, "notice.counts", "How much is new.", NULL,
     count_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/notices/{id}", PERMIT_LOGIN, LANE_READ, notice_get, "notice.get",
     "One message or notice with its conversation.", one_inputs, one_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"POST", API "/notices/{id}/read", PERMIT_LOGIN, LANE_WRITE, notice_read_post, "notice.read",
     "Says that one has read it, or confirms it: its sender sees when.", read_inputs, one_outputs},
    {"POST", API "/notices/{id}/withdraw", PERMIT_LOGIN, LANE_WRITE, notice_withdraw_post, "notice.withdraw",
     "Takes one's own message or notice back: its words are no longer shown.", withdraw_inputs, one_outputs},
    {"GET", API "/notices/{id}/receipts", PERMIT_LOGIN, LANE_READ, notice_receipts_get, "notice.receipts",
     "Who has read what one sent, and when.", receipt_inputs, receipt_outputs},
    {"GET", API "/staff", PERMIT_LOGIN, LANE_READ, staff_get, "notice.staff", "Colleagues to write to, by name or organisation.",
     staff_inputs, staff_outputs, .flags = ROUTE_NO_EVIDENCE},
};
