/* basis: whether what a refusal names is a law or document in force: by the code sets legal_basis and legal_basis_… (title,
 * number, from and to when), which packs bring. Refusals are entries not shared, requests refused here, and those that another
 * platform tells were refused there. Thread: that of the check. */
#include "measure/checks.h"

typedef struct Law {
	Text title, title_short, number; /* number: 国发〔2016〕51号 */
	int64_t from_day, to_day;        /* [from, to) */
	struct Law *next;
} Law;
typedef enum Standing { BASIS_NONE, BASIS_UNKNOWN, BASIS_REPEALED, BASIS_GOOD } Standing;

/* As laws are compared: without blanks, every bracket as 〔 or 〕: 国发 [2016] 51号, （2024修订）. */
static Text plain(Arena *arena, Text text) {
	static const struct {
		const char *from, *to;
	} marks[] = {{"（", "〔"}, {"(", "〔"},  {"[", "〔"},  {"［", "〔"}, {"【", "〔"}, {"）", "〕"}, {")", "〕"},
	             {"]", "〕"},  {"］", "〕"}, {"】", "〕"}, {" ", ""},    {"\t", ""},   {"　", ""}};
	Buf *out = ARENA_NEW(arena, Buf);
	buf_in(out, arena);
	while (text.len) {
		size_t i = 0, count = sizeof marks / sizeof *marks;
		while (i < count && !text_starts(text, text_of(marks[i].from)))
			i++;
		size_t eaten = i < count ? strlen(marks[i].from) : 1;
		if (i < count)
			buf_str(out, marks[i].to);
		else
			buf_char(out, *text.at);
		text = (Text){text.at + eaten, text.len - eaten};
	}
	return buf_as_text(out);
}

/* Without a last bracket: 档案法〔2020修订〕. */
static Text bare(Text title) {
	Text close = TEXT("〕");
	if (title.len <= close.len || !text_eq((Text){title.at + title.len - close.len, close.len}, close)) return title;
	ptrdiff_t open = text_find(title, TEXT("〔"));
	return open > 0 ? (Text){title.at, (size_t)open} : title;
}

/* --- the list -------------------------------------------------------------------------------------------------------- */
static int laws_read(Request *rq, Law **first) {
	static const char state[] = "中华人民共和国";
	Rows *rows;
	int code = db_query(rq->db, &rows,
	                    "SELECT label, code, COALESCE(valid_from, -1000000), COALESCE(valid_to, 1000000) FROM code_item WHERE"
	                    " code_set = 'legal_basis' OR substr(code_set, 1, 12) = 'legal_basis_' ORDER BY code_set, item_no",
	                    NO_BIND);
	*first = NULL;
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		Law *law = ARENA_NEW(rq->arena, Law);
		*law = (Law){.title = plain(rq->arena, rows_text(rows, 0)),
		             .number = plain(rq->arena, rows_text(rows, 1)),
		             .from_day = rows_int(rows, 2),
		             .to_day = rows_int(rows, 3),
		             .next = *first};
		law->title_short = text_starts(law->title, text_of(state)) && law->title.len > strlen(state)
		                       ? (Text){law->title.at + strlen(state), law->title.len - strlen(state)}
		                       : law->title;
		*first = law;
	}
	return code;
}

/* By its title between 《》, with or without 中华人民共和国 and what brackets add at its end; by title without these marks only
 * where there are none; by its number. basis is plain. */
static bool names(Text basis, const Law *law) {
	bool marked = false;
	if (text_find(basis, law->number) >= 0) return true;
	for (Text rest = basis; rest.len;) {
		ptrdiff_t open = text_find(rest, TEXT("《")), close;
		if (open < 0) break;
		rest = (Text){rest.at + open + strlen("《"), rest.len - (size_t)open - strlen("《")};
		if ((close = text_find(rest, TEXT("》"))) < 0) break;
		Text title = {rest.at, (size_t)close};
		if (text_eq(title, law->title) || text_eq(title, law->title_short)) return true;
		if (text_eq(bare(title), bare(law->title)) || text_eq(bare(title), bare(law->title_short))) return true;
		rest = (Text){rest.at + close, rest.len - (size_t)close};
		marked = true;
	}
	static const char *const leads[] = {"依据", "根据", "按照", "依照", "按"};
	for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
		if (text_starts(basis, text_of(leads[i])))
			basis = (Text){basis.at + strlen(leads[i]), basis.len - strlen(leads[i])};
	return !marked && (text_find(basis, law->title) >= 0 || text_starts(basis, law->title_short));
}

/* The best that any law it names says, on that day. */
static Standing standing(const Law *laws, Text basis, int64_t day) {
	Standing best = text_trim(basis).len ? BASIS_UNKNOWN : BASIS_NONE;
	for (const Law *law = laws; law && best != BASIS_NONE; law = law->next) {
		if (!names(basis, law)) continue;
		Standing one = day >= law->from_day && day < law->to_day ? BASIS_GOOD : BASIS_REPEALED;
		if (one > best) best = one;
	}
	return laws || best == BASIS_NONE ? best : BASIS_GOOD; /* without a list nothing can be said of it */
}

static Text member(const json_t *json, const char *name) {
	const json_t *value = json_object_get(json, name);
	return json_is_string(value) ? (Text){json_string_value(value), json_string_length(value)} : TEXT("");
}

/* --- refusals -------------------------------------------------------------------------------------------------------- */
static const char entries_sql[] =
    "SELECT 'entry:' || CAST(r.resource_id AS TEXT) || ':basis', r.org_id, r.resource_id, 0, r.name, v.document, 0, ''"
    " FROM resource r JOIN resource_version v ON v.resource_id = r.resource_id AND v.version_no = r.published_version WHERE"
    " r.state = 'published' AND r.sharing = 'none' ORDER BY r.resource_id";
/* the newest step that names a basis (a ruling upholds what the refusal said), not what the asker's form names */
static const char cases_sql[] =
    "SELECT 'case:' || CAST(c.case_id AS TEXT) || ':basis', c.supplier_org, c.resource_id, c.case_id, c.title, (SELECT e.form "
    "FROM"
    " case_event e WHERE e.case_id = c.case_id AND e.event_no = (SELECT max(b.event_no) FROM case_event b WHERE b.case_id ="
    " c.case_id AND b.event_no > 1 AND lower(b.form) LIKE '%\"basis\":%' AND"
    " lower(b.form) NOT LIKE '%\"purpose\":%')), c.closed_at, c.number FROM work_case c WHERE"
    " c.line = 'sharing' AND c.process IN ('share_request', 'data_demand') AND c.outcome = 'refused' ORDER BY c.case_id";
static const char outside_sql[] =
    "SELECT 'outside:' || i.platform || ':' || i.other_id || ':basis', i.other_org, 0, 0, i.other_id, i.document, 0,"
    " i.other_id FROM adapter_item i WHERE i.data = 'requests' AND i.case_id = 0 ORDER BY i.item_id";

typedef struct Kind {
	const char *sql, *member; /* of the row's JSON, which has the basis */
	const char *reasons[3];   /* by Standing */
	bool outside;
} Kind;
static const Kind kinds[] = {
    {entries_sql, "sharing_basis", {"entry_no_basis", "entry_basis_unknown", "entry_basis_repealed"}, false},
    {cases_sql, "basis", {"case_no_basis", "case_basis_unknown", "case_basis_repealed"}, false},
    {outside_sql, "refusal", {"outside_no_basis", "outside_basis_unknown", "outside_basis_repealed"}, true},
};

/* A request that the other platform says was refused: by our names of states, or by its own words. */
static bool refused_there(const json_t *document) {
	static const char *const words[] = {"refused", "upheld", "不予共享", "拒绝", "驳回"};
	Text state = member(document, "state");
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_find(state, text_of(words[i])) >= 0) return true;
	return false;
}

static int refusal_judge(Request *rq, Rows *rows, const Kind *kind, const Law *laws, Finds *out) {
	Text text = rows_null(rows, 5) ? TEXT("{}") : rows_text(rows, 5);
	json_t *json = json_loadb(text.at, text.len, 0, NULL);
	int64_t at = rows_int(rows, 6), closed = 0;
	if (kind->outside && clock_parse(member(json, "closed_at"), &closed) == 0) at = closed;
	Text basis = member(json, kind->member), number = rows_text(rows, 7);
	Standing stands = kind->outside && !(at && refused_there(json))
	                      ? BASIS_GOOD
	                      : standing(laws, plain(rq->arena, basis), date_of_us(at ? at : rq->now_us));
	if (stands != BASIS_GOOD)
		find_add(rq, out,
		         &(Find){.subject = rows_str(rows, 0, rq->arena),
		                 .org_id = rows_int(rows, 1),
		                 .resource_id = rows_int(rows, 2),
		                 .case_id = rows_int(rows, 3),
		                 .title = kind->outside && member(json, "resource_name").len
		                              ? text_cstr(rq->arena, member(json, "resource_name"))
		                              : rows_str(rows, 4, rq->arena),
		                 .reason = kind->reasons[stands],
		                 .at = at,
		                 .text = text_cstr(rq->arena, number),
		                 .basis = text_cstr(rq->arena, basis)});
	json_decref(json);
	return 0;
}

int refusals_find(Request *rq, Finds *out) {
	Law *laws;
	int code = laws_read(rq, &laws);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds && code >= 0; i++) {
		Rows *rows;
		code = db_query(rq->db, &rows, kinds[i].sql, NO_BIND);
		while (code >= 0 && (code = rows_next(rows)) > 0)
			refusal_judge(rq, rows, &kinds[i], laws, out);
	}
	return code < 0 ? code : 0;
}
