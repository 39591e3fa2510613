/* routes: the room's table. */
#include "form/internal.h"

static const InputField list_inputs[] = {
    {"state", IN_QUERY, TYPE_ENUM, .choices = "draft|review|open|closed", .doc = "only these"},
    {"after", IN_QUERY, TYPE_ID, .doc = "cursor: next of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "items a page, 50 when absent"},
    {0}};
static const InputField one_inputs[] = {ID_PATH("form"), {0}};
#define WORDS                                                                                                                    \
	{"title", IN_BODY, TYPE_TEXT, true, 2, 100, .doc = "title"},                                                             \
	    {"purpose", IN_BODY, TYPE_TEXT, true, 2, 500, .doc = "what it is for"},                                              \
	    {"basis", IN_BODY, TYPE_TEXT, true, 2, 300, .doc = "by which law or rule it may be asked for"},                      \
	    {"due_at", IN_BODY, TYPE_TIME, .doc = "until when"}, {                                                               \
		"document", IN_BODY, TYPE_JSON, true,                                                                            \
		    .max = 65536,                                                                                                \
		    .doc = "{subject?: resource_id, fields: [{name, title, required?, source?: {resource_id, field}, kind?, "    \
		           "code_set?, why?}]}: an item with a source is asked for only where nothing is held; why: the reason " \
		           "to ask for what the city holds elsewhere"                                                            \
	}
static const InputField create_inputs[] = {WORDS, {0}};
static const InputField save_inputs[] = {
    ID_PATH("form"), {"version", IN_BODY, TYPE_INT, true, 1, INT64_MAX, .doc = "version read before"}, WORDS, {0}};
static const InputField step_inputs[] = {
    ID_PATH("form"), {"version", IN_BODY, TYPE_INT, true, 1, INT64_MAX, .doc = "version read before"}, {0}};
static const InputField review_inputs[] = {
    ID_PATH("form"),
    {"version", IN_BODY, TYPE_INT, true, 1, INT64_MAX, .doc = "version read before"},
    {"decision", IN_BODY, TYPE_ENUM, true, .choices = "approve|return", .doc = "opens it, or gives it back"},
    {"note", IN_BODY, TYPE_TEXT, true, 2, 500, .doc = "why"},
    {0}};
static const InputField begin_inputs[] = {ID_PATH("form"),
                                          {"key", IN_BODY, TYPE_JSON, .max = 4096,
                                           .doc = "the subject: {key field: value}; none for a form about nobody in particular"},
                                          {0}};
static const InputField answer_inputs[] = {
    ID_PATH("form"),
    {"key", IN_BODY, TYPE_JSON, .max = 4096, .doc = "the subject, as for begin"},
    {"values", IN_BODY, TYPE_JSON, true, .max = 131072, .doc = "{item: text} of what is asked for"},
    {"doubts", IN_BODY, TYPE_JSON, .max = 32768,
     .doc = "[{name, reason, right?}]: what is held and wrong; each becomes an objection to the record"},
    {"seen", IN_BODY, TYPE_JSON, .max = 16384,
     .doc = "{item: mark}, as begin gave them: 409 seen where what is held is another value now, or gone"},
    {"version", IN_BODY, TYPE_INT, .max = INT64_MAX,
     .doc = "as begin gave it: 409 version where the form was filled in about the subject since; left out: replaces it"},
    {0}};
static const InputField answers_inputs[] = {
    ID_PATH("form"),
    {"after", IN_QUERY, TYPE_ID, .doc = "cursor: next of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "items a page, 50 when absent"},
    {0}};
static const InputField burden_inputs[] = {{"from", IN_QUERY, TYPE_TIME, .doc = "answers from that time on"},
                                           {"until", IN_QUERY, TYPE_TIME, .doc = "and before that one"},
                                           {0}};

static const OutputField list_outputs[] = {{"items",
                                            "{form_id: string, title: string, org_name: string, state: string, due_at: string | "
                                            "null, opened_at: string | null, answers: number, version: number}[]",
                                            "newest first"},
                                           {"next", "string|null", "cursor of the next page"},
                                           {0}};
static const OutputField one_outputs[] = {
    {"form_id", "string", "id"},
    {"org_id", "string", "whose it is"},
    {"title", "string", "title"},
    {"purpose", "string", "what for"},
    {"basis", "string", "by which rule"},
    {"state", "\"draft\"|\"review\"|\"open\"|\"closed\"", "state"},
    {"note", "string", "of the reviewer"},
    {"opened_at", "string|null", "time"},
    {"due_at", "string|null", "time"},
    {"version", "number", "rises with each change"},
    {"subject_name", "string", "the entry whose records it is about, or empty"},
    {"key", "{name: string, title: string}[]", "what names a subject"},
    {"document",
     "{subject?: string, fields: {name: string, title: string, kind?: string, code_set?: string, required?: boolean, why?: "
     "string, source?: {resource_id: string, field: string}}[]}",
     "as it was sent"},
    {"held", "{name: string, title: string, why: string, held: {resource_id: string, org_id: string, field: string}[]}[]",
     "what it asks for though the city holds it, as found when it was submitted"},
    {"items",
     "{name: string, title: string, kind: string, code_set: string, required: boolean, source: string, choices: {code: string, "
     "label: string, label_en: string}[]}[]",
     "what it asks for, of the fields that it names; choices: of a code set of up to 300; empty where an entry is gone"},
    {"answers", "number", "how many came in"},
    {"may", "{edit: boolean, review: boolean, close: boolean, fill: boolean, answers: boolean}", "of the caller"},
    {0}};
static const OutputField begin_outputs[] = {{"asked", "number", "items to ask for"},
                                            {"held", "number", "items held already"},
                                            {"version", "number", "of the answer given about the subject before; 0 none"},
                                            {"answered_at", "string|null", "when that was"},
                                            {"fields",
                                             "{name: string, title: string, kind: string, code_set: string, required: boolean, "
                                             "source: string, held: boolean, value: string | null, masked: boolean, mark: "
                                             "string}[]",
                                             "value null: not held, or held and not shown to the caller; mark: of what is "
                                             "shown, for the answer"},
                                            {0}};
static const OutputField answer_outputs[] = {{"asked", "number", "items asked for"},
                                             {"held", "number", "items not demanded"},
                                             {"doubts", "number", "objections raised"},
                                             {0}};
static const OutputField answers_outputs[] = {
    {"items",
     "{answer_id: string, record_id: string, by: string, org_name: string, answered: Record<string, string>, asked: number, "
     "known: number, doubts: number, given_at: string}[]",
     "in order"},
    {"next", "string|null", "cursor of the next page"},
    {0}};
static const OutputField burden_outputs[] = {
    {"items",
     "{form_id: string, title: string, org_name: string, answers: number, asked: number, spared: number, doubts: number}[]",
     "spared: items not demanded because they are held"},
    ONE_PAGE,
    {0}};

static const InputField doubts_inputs[] = {
    {"after", IN_QUERY, TYPE_ID, .doc = "cursor: next of the page before"},
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "items a page, 50 when absent"},
    {0}};
static const OutputField doubts_outputs[] = {
    {"items",
     "{case_id: string, number: string, form_id: string, form_title: string, entry: string, item: string, given_at: string, "
     "state: string, outcome: string, updated_at: string, closed_at: string | null, answer: string, answered_by: string, "
     "state_title: string, state_title_en: string, reason: string, right: string}[]",
     "the newest first; outcome: empty while it is open, corrected, rejected, withdrawn; answer: the last words of the side that "
     "looks into it; reason, right: what the caller said, empty where a colleague had doubted it before"},
    {"next", "string|null", "cursor of the next page"},
    {0}};

#define API "/api/v1"
const Route form_routes[FORM_ROUTES] = {
    {"GET", API "/forms", PERMIT_LOGIN, LANE_READ, forms_get, "form.list", "Forms that are open, and one's own.", list_inputs,
     list_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"POST", API "/forms", PERMIT_CATALOG_EDIT, LANE_WRITE, form_post, "form.create", "Drafts a form of one's own organisation.",
     create_inputs, one_outputs},
    {"GET", API "/forms/burden", PERMIT_LOGIN, LANE_READ, burden_get, "form.burden",
     "What people were asked for, and what they were spared.", burden_inputs, burden_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/forms/doubts", PERMIT_EVENT_REPORT, LANE_READ, doubts_get, "form.doubts",
     "What the caller doubted in forms, and what became of it.", doubts_inputs, doubts_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/forms/{id}", PERMIT_LOGIN, LANE_READ, form_get, "form.get", "One form.", one_inputs, one_outputs,
     .flags = ROUTE_NO_EVIDENCE},
    {"PUT", API "/forms/{id}", PERMIT_CATALOG_EDIT, LANE_WRITE, form_put, "form.save", "Saves a draft.", save_inputs,
     one_outputs},
    {"POST", API "/forms/{id}/submit", PERMIT_CATALOG_EDIT, LANE_READ, form_submit_post, "form.submit",
     "Opens a form, or has it reviewed when it asks for what the city holds.", step_inputs, one_outputs},
    {"POST", API "/forms/{id}/review", PERMIT_CATALOG_REVIEW, LANE_WRITE, form_review_post, "form.review",
     "Decides on a form that asks for what the city holds.", review_inputs, one_outputs},
    {"POST", API "/forms/{id}/close", PERMIT_CATALOG_EDIT, LANE_WRITE, form_close_post, "form.close", "Takes no more answers.",
     step_inputs, one_outputs},
    {"POST", API "/forms/{id}/begin", PERMIT_EVENT_REPORT, LANE_READ, form_begin_post, "form.begin",
     "What is held about a subject, as the caller may see it, and what is to be asked for.", begin_inputs, begin_outputs,
     .flags = ROUTE_PERSONAL},
    {"POST", API "/forms/{id}/answers", PERMIT_EVENT_REPORT, LANE_READ, form_answer_post, "form.answer",
     "Gives the answers for a subject, in place of earlier ones.", answer_inputs, answer_outputs},
    {"GET", API "/forms/{id}/answers", PERMIT_CATALOG_EDIT, LANE_READ, answers_get, "form.answers", "Answers that came in.",
     answers_inputs, answers_outputs},
    {"GET", API "/forms/{id}/answers.csv", PERMIT_CATALOG_EDIT, LANE_READ, answers_csv_get, "form.answers_csv",
     "All answers as CSV.", one_inputs, NULL, .flags = ROUTE_STREAM},
};
