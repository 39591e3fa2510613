/* Owns what facets are counted from: 40 bytes an entry, in memory, caught up with the store before each search by the change
 * number of table resource_doc (in commit order: see find_index.c), so an entry is counted from the moment its write was
 * committed. Thread: any; a read lock while a search counts, a write lock while rows come in. Lifetime: start to stop of the
 * room. */
#include "catalog/find.h"
#include <pthread.h>
#include <stdlib.h>

const char *const find_formats[FORMAT_COUNT] = {"database", "csv", "xlsx",  "json",  "geojson",
                                                "xml",      "pdf", "image", "video", "other"};
const char *const find_openings[OPENING_COUNT] = {"open", "conditional", "closed"};
const char *const find_freshness[FRESHNESS_COUNT] = {"fresh", "late", "none"};

typedef struct Columns {
	pthread_rwlock_t lock;
	int64_t changed_no;
	FindDoc *docs;
	size_t count, cap;
	int64_t *orgs;
	size_t org_count, org_cap;
	char **domains;
	size_t domain_count, domain_cap;
} Columns;

static const char part_name[] = "catalog.find";

static void *grown(void *old, size_t *cap, size_t want, size_t size) {
	if (want < *cap) return old;
	size_t fresh = *cap ? *cap * 2 : 256;
	while (fresh <= want)
		fresh *= 2;
	char *out = realloc(old, fresh * size);
	if (!out) abort();
	memset(out + *cap * size, 0, (fresh - *cap) * size);
	*cap = fresh;
	return out;
}

/* Numbers of organisations and domains; the last one stands for all beyond 65,535. */
static uint16_t org_number(Columns *columns, int64_t org_id) {
	for (size_t i = 0; i < columns->org_count; i++)
		if (columns->orgs[i] == org_id) return (uint16_t)i;
	if (columns->org_count == UINT16_MAX) return UINT16_MAX - 1;
	columns->orgs = grown(columns->orgs, &columns->org_cap, columns->org_count, sizeof *columns->orgs);
	columns->orgs[columns->org_count] = org_id;
	return (uint16_t)columns->org_count++;
}

static uint16_t domain_number(Columns *columns, Text domain) {
	for (size_t i = 0; i < columns->domain_count; i++)
		if (text_is(domain, columns->domains[i])) return (uint16_t)i;
	if (columns->domain_count == UINT16_MAX) return UINT16_MAX - 1;
	columns->domains = grown(columns->domains, &columns->domain_cap, columns->domain_count, sizeof *columns->domains);
	char *copy = malloc(domain.len + 1);
	if (!copy) abort();
	memcpy(copy, domain.at ? domain.at : "", domain.len);
	copy[domain.len] = '\0';
	columns->domains[columns->domain_count] = copy;
	return (uint16_t)columns->domain_count++;
}

static uint16_t format_bits(Text formats) {
	unsigned bits = 0;
	while (formats.len) {
		size_t len = 0;
		while (len < formats.len && formats.at[len] != ' ')
			len++;
		for (unsigned i = 0; i < FORMAT_COUNT; i++)
			if (text_is((Text){formats.at, len}, find_formats[i])) bits |= 1u << i;
		formats.at += len < formats.len ? len + 1 : len;
		formats.len -= len < formats.len ? len + 1 : len;
	}
	return (uint16_t)bits;
}

static const char changes_sql[] =
    "SELECT d.changed_no, d.doc_no, r.resource_id, r.org_id, d.domain, d.formats, r.sharing, r.opening, r.grade, r.state,"
    " r.draft_state, r.published_version, r.update_promise, r.loaded_at, r.keeper FROM resource_doc d JOIN resource r ON"
    " r.resource_id = d.resource_id WHERE d.changed_no > $1 ORDER BY d.changed_no";

static void take_row(Columns *columns, Rows *rows) {
	size_t doc = (size_t)rows_int(rows, 1);
	columns->docs = grown(columns->docs, &columns->cap, doc, sizeof *columns->docs);
	if (doc >= columns->count) columns->count = doc + 1;
	SharingType sharing = SHARING_COUNT;
	uint8_t opening = 0;
	sharing_parse(rows_text(rows, 6), &sharing);
	while (opening < OPENING_COUNT && !text_is(rows_text(rows, 7), find_openings[opening]))
		opening++;
	int64_t loaded_at = rows_int(rows, 13), grace = promise_us(rows_text(rows, 12));
	bool proxied = text_is(rows_text(rows, 14), "proxy");
	Text state = rows_text(rows, 9), draft = rows_text(rows, 10);
	columns->docs[doc] = (FindDoc){
	    .resource_id = rows_int(rows, 2),
	    .late_us = proxied || (loaded_at && !grace) ? INT64_MAX
	               : loaded_at                      ? loaded_at + grace
	                                                : 0,
	    .org = org_number(columns, rows_int(rows, 3)),
	    .domain = domain_number(columns, rows_text(rows, 4)),
	    .formats = format_bits(rows_text(rows, 5)),
	    .sharing = (uint8_t)sharing,
	    .opening = opening,
	    .grade = (uint8_t)rows_int(rows, 8),
	    .flags = (uint8_t)((rows_int(rows, 11) > 0 ? DOC_EVER : 0) | (text_is(state, "published") ? DOC_LIVE : 0) |
	                       (text_is(state, "withdrawn") ? DOC_WITHDRAWN : 0) | (text_is(draft, "draft") ? DOC_DRAFT : 0) |
	                       (text_is(draft, "review") ? DOC_REVIEW : 0)),
	};
	columns->changed_no = rows_int(rows, 0);
}

static int catch_up(Request *rq, Columns *columns) {
	Rows *rows;
	int64_t newest = 0;
	int code = db_int(rq->db, &newest, "SELECT COALESCE(max(changed_no), 0) FROM resource_doc", NO_BIND);
	pthread_rwlock_rdlock(&columns->lock);
	if (code < 0 || newest <= columns->changed_no) goto held;
	pthread_rwlock_unlock(&columns->lock);
	pthread_rwlock_wrlock(&columns->lock);
	code = db_query(rq->db, &rows, changes_sql, BIND(val_int(columns->changed_no)));
	while (code >= 0 && (code = rows_next(rows)) > 0)
		take_row(columns, rows);
	pthread_rwlock_unlock(&columns->lock);
	pthread_rwlock_rdlock(&columns->lock);
held:
	if (code < 0) pthread_rwlock_unlock(&columns->lock);
	return code < 0 ? code : 0;
}

int find_columns_begin(Request *rq, FindColumns *out) {
	Columns *columns = app_part(rq->app, part_name);
	int code = catch_up(rq, columns);
	if (code < 0) return code;
	*out = (FindColumns){columns->docs,      columns->count,       columns->orgs, (const char *const *)columns->domains,
	                     columns->org_count, columns->domain_count};
	return 0;
}

void find_columns_end(Request *rq) {
	Columns *columns = app_part(rq->app, part_name);
	pthread_rwlock_unlock(&columns->lock);
}

int find_columns_start(App *app) {
	Columns *columns = calloc(1, sizeof *columns);
	if (!columns) abort();
	pthread_rwlock_init(&columns->lock, NULL);
	app_part_set(app, part_name, columns);
	return 0;
}

void find_columns_stop(App *app) {
	Columns *columns = app_part(app, part_name);
	if (!columns) return;
	app_part_set(app, part_name, NULL);
	for (size_t i = 0; i < columns->domain_count; i++)
		free(columns->domains[i]);
	free(columns->domains);
	free(columns->orgs);
	free(columns->docs);
	pthread_rwlock_destroy(&columns->lock);
	free(columns);
}
