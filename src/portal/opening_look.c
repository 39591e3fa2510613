/* Looks again at the values of what is open, after each load: an approval was given for what stood there then. The whole opening
 * closes, as what a field holds beside numbers is not public either until somebody looked. Keeper's thread, woken by the
 * load; keepers of other processes find it in their next round. */
#include "portal/parts.h"
#include "notice/notice.h"

typedef struct Look {
	int64_t opening_id, resource_id, org_id, loaded_us;
	const char *name;
	const Field *field; /* NULL: nothing found */
	int64_t found;
} Look;

static int values_look(Request *rq, json_t *fields, Look *look) {
	const Resource *resource;
	size_t index;
	json_t *one;
	int code = resource_find(rq, look->resource_id, &resource);
	if (code < 0) return code;
	Persons *persons = ARENA_ARRAY(rq->arena, Persons, resource->field_count + 1);
	if ((code = record_persons(rq, resource, persons)) < 0) return code;
	json_array_foreach(fields, index, one) for (int i = 0; i < resource->field_count && !look->field; i++) {
		const Field *field = &resource->fields[i];
		if (field->no != json_integer_value(json_object_get(one, "no")) || !opening_values_refused(field, &persons[i]))
			continue;
		look->field = field;
		look->found = persons[i].found;
	}
	return 0;
}

static int both_tell(Request *rq, const Look *look) {
	const char *title = look->field->title;
	const long long found = look->found;
	const ProgramNotice notice = {
	    .title = {"开放已停止：数据中出现个人号码", "Opening closed: numbers of persons in its data"},
	    .body = {arena_printf(rq->arena,
	                          "“%s”最近一次装载后，信息项“%s”有 %lld 处像是公民身份号码、手机号或银行卡号，已自动停止开放。"
	                          "请提供单位更正数据后重新装载，再申请开放。",
	                          look->name, title, found),
	             arena_printf(rq->arena,
	                          "After the last load of \"%s\", %lld values of \"%s\" look like citizen, mobile or bank card "
	                          "numbers; it is not open any more. The supplier mends the data, loads it again and asks anew.",
	                          look->name, found, title)},
	    .about = "/openings",
	    .orgs = &look->org_id,
	    .org_count = 1,
	    .roles = UINT64_C(1) << ROLE_DATA_OFFICER,
	    .also = UINT64_C(1) << ROLE_DATA_BUREAU};
	int64_t told = notice_by_program(rq, &notice);
	return told < 0 ? (int)told : 0;
}

static int evidence_keep(Request *rq, const Look *look) {
	EvidenceEntry entry;
	evidence_entry(rq, &entry);
	entry.action = "opening.close";
	entry.status = 200;
	entry.resource_id = look->resource_id;
	entry.subject_id = look->opening_id;
	entry.detail = arena_printf(rq->arena, "{\"was\":\"open\",\"by\":\"open_values\",\"field\":\"%s\",\"found\":%lld}",
	                            look->field->name, (long long)look->found);
	return evidence_write(rq, &entry);
}

static int close_write(Request *rq, const Look *look) {
	int code = db_lock(rq->db, "portal.opening", look->resource_id);
	if (code < 0) return code;
	int64_t done = db_run(rq->db,
	                      "UPDATE opening SET state = 'closed', version = version + 1, closed_by = 0, closed_at = $2,"
	                      " close_reason = $3 WHERE opening_id = $1 AND state = 'open'",
	                      BIND(val_int(look->opening_id), val_int(rq->now_us),
	                           val_str(arena_printf(rq->arena, "自动停止：“%s”中有 %lld 处像是个人号码，请更正数据后重新申请",
	                                                look->field->title, (long long)look->found))));
	if (done <= 0) return (int)done; /* closed or replaced meanwhile */
	code = generation_bump(rq->db);
	if (code >= 0) code = feed_append(rq->db, FEED_TOPIC_CATALOG, look->resource_id, 0, FEED_STATE);
	if (code >= 0) code = evidence_keep(rq, look);
	return code < 0 ? code : both_tell(rq, look);
}

static int look_write(Request *rq, void *arg) {
	const Look *look = arg;
	if (look->field) return close_write(rq, look);
	int64_t done = db_run(rq->db, "UPDATE opening SET looked_at = $2 WHERE opening_id = $1 AND state = 'open'",
	                      BIND(val_int(look->opening_id), val_int(look->loaded_us)));
	return done < 0 ? (int)done : 0;
}

int opening_look(Request *rq, int64_t opening_id) {
	Rows *rows;
	Look look = {.opening_id = opening_id};
	int code =
	    db_one(rq->db, &rows,
	           "SELECT o.resource_id, o.org_id, r.loaded_at, r.name, o.fields FROM opening o JOIN resource r ON"
	           " r.resource_id = o.resource_id WHERE o.opening_id = $1 AND o.state = 'open' AND r.loaded_at > o.looked_at",
	           BIND(val_int(opening_id)));
	if (code <= 0) return code;
	look.resource_id = rows_int(rows, 0);
	look.org_id = rows_int(rows, 1);
	look.loaded_us = rows_int(rows, 2);
	look.name = rows_str(rows, 3, rq->arena);
	Text text = rows_text(rows, 4);
	json_t *fields = json_loadb(text.at, text.len, 0, NULL);
	if (fields) arena_on_free(rq->arena, (ArenaCleanup)json_decref, fields);
	code = values_look(rq, fields, &look);
	if (code == 0) code = request_write(rq, look_write, &look);
	return code < 0 ? code : look.field != NULL;
}

static void wake(void *app) {
	keeper_wake(app);
}

int action_entry_loaded(Request *rq, void *arg) {
	int64_t opening_id, resource_id = *(const int64_t *)arg;
	int code = db_int(rq->db, &opening_id, "SELECT opening_id FROM opening WHERE resource_id = $1 AND state = 'open'",
	                  BIND(val_int(resource_id)));
	if (code > 0) db_after_commit(rq->db, wake, rq->app);
	return code < 0 ? code : 0;
}
