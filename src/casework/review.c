/* review: the review of catalogue entries as a case (catalog_review). The catalogue, below this room, keeps what an entry is and
 * who may change it; it tells each step by the action "review.step" and is told of decisions by effects, so that its own pages
 * and the case move together, in one write. Runs in the caller's write. */
#include "casework/forms.h"

static const char process_name[] = "catalog_review", key[] = "entry";
static const FormMember none_members[] = {{0}};

static int review_begin(Request *rq, Case *row) {
	return fail(rq, ERR_FORBIDDEN, "A review begins when the entry is submitted in the catalogue");
}

static int review_open(Request *rq, const ReviewStep *step, const Process *process) {
	Case row = {.process = process,
	            .title = step->name,
	            .subject = "entry",
	            .subject_id = step->version_no,
	            .open_key = key,
	            .resource_id = step->resource_id,
	            .asker_org = step->org_id,
	            .asker_account = step->submitted_by,
	            .supplier_org = step->org_id,
	            .form = json_object()};
	int code = case_begin(rq, &row, SIDE_ASKER);
	json_decref(row.form);
	return code;
}

/* The case that is open for the entry: 1, 0 none, or a code. */
static int review_find(Request *rq, int64_t resource_id, Case *out) {
	int64_t case_id = 0;
	int code = case_open_find(rq, process_name, resource_id, key, &case_id, NULL);
	if (code > 0 && (code = case_load(rq, case_id, out)) == 0) code = 1;
	return code;
}

/* Submitted: a new case, or the one that was sent back goes on. */
static int review_submitted(Request *rq, const ReviewStep *step) {
	Case row;
	const Process *process;
	int code = process_get(rq, TEXT("catalog_review"), 0, &process);
	if (code == ERR_NOT_FOUND) { /* the city's packs bring none: the entry is reviewed without a clock */
		error_clear(rq->error);
		return 0;
	}
	if (code == 0) code = review_find(rq, step->resource_id, &row);
	if (code < 0) return code;
	if (code == 0) return review_open(rq, step, process);
	return case_happen(rq, &(Happening){.event = "submitted", .resource_id = step->resource_id}, row.case_id);
}

/* arg: ReviewStep of catalog.h, of whoever decides on the catalogue's page. */
int action_review_step(Request *rq, void *arg) {
	ReviewStep *step = arg;
	Case row;
	int64_t about = rq->about_resource;
	const char *told = rq->about;
	int code;
	if (strcmp(step->decision, "submit") == 0) {
		code = review_submitted(rq, step);
	} else if ((code = review_find(rq, step->resource_id, &row)) > 0) {
		step->done = true; /* the effect decides the entry */
		code = case_act(rq, row.case_id, row.version, text_of(step->decision), step->note, NULL, &row);
	}
	rq->about_resource = about; /* the route's own entry stays about the entry of the catalogue */
	rq->about_subject = 0;
	rq->about = told;
	return code < 0 ? code : 0;
}

static int decide(Request *rq, CaseEffect *effect, bool publishing) {
	return resource_review(rq, effect->row->resource_id, publishing, effect->note);
}

int action_review_publish(Request *rq, void *arg) {
	return decide(rq, arg, true);
}

int action_review_return(Request *rq, void *arg) {
	return decide(rq, arg, false);
}

/* Told by the catalogue when a version is published, however that came about. */
int action_entry_published(Request *rq, void *arg) {
	return cases_happen(rq, &(Happening){.event = "published", .resource_id = *(const int64_t *)arg});
}

int reviews_adopt(Request *rq) {
	enum { ADOPT_MAX = 2000 };
	Rows *rows;
	const Process *process;
	ReviewStep *steps = ARENA_ARRAY(rq->arena, ReviewStep, ADOPT_MAX);
	int count = 0, code = process_get(rq, TEXT("catalog_review"), 0, &process);
	if (code == 0)
		code = db_query(
		    rq->db, &rows,
		    "SELECT resource_id, org_id, name, draft_version, submitted_by FROM resource WHERE draft_state = 'review'"
		    " ORDER BY updated_at LIMIT $1",
		    BIND(val_int(ADOPT_MAX)));
	if (code < 0) return code;
	while ((code = rows_next(rows)) > 0 && count < ADOPT_MAX)
		steps[count++] = (ReviewStep){.decision = "submit",
		                              .note = "",
		                              .resource_id = rows_int(rows, 0),
		                              .org_id = rows_int(rows, 1),
		                              .name = rows_str(rows, 2, rq->arena),
		                              .version_no = (int)rows_int(rows, 3),
		                              .submitted_by = rows_int(rows, 4)};
	rows_close(rows);
	for (int i = 0; i < count && code >= 0; i++)
		code = review_open(rq, &steps[i], process);
	return code < 0 ? code : 0;
}

const Form review_forms[] = {{"catalog_review", none_members, .begin = review_begin}, {0}};
