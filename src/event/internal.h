/* What the files of this room share. */
#ifndef YIWANG_EVENT_INTERNAL_H
#define YIWANG_EVENT_INTERNAL_H
#include "event/event.h"
#include <stdlib.h>

enum { EVENT_MIGRATIONS = 9, EVENT_ROUTES = 29, EVENT_TEXT_MAX = 4000 };
extern const Migration event_migrations[EVENT_MIGRATIONS];
extern const Route event_routes[EVENT_ROUTES];

/* --- class.c --------------------------------------------------------------------------------------------------------------- */
/* {stage: limit}: the class's, those of the condition over them (0: none). In rq's arena or the class's. */
const json_t *class_limits(Request *rq, const EventClass *class, int condition_no);
const EventCondition *class_condition(const EventClass *class, int condition_no); /* NULL: none of that number */
int class_known(Request *rq, const char *field, Text code); /* 0, also for none asked; ERR_INVALID at field */
void class_members(Request *rq, const EventClass *class);   /* into the open object */
int action_class_check(Request *rq, void *arg);             /* PackPart */
int action_class_local(Request *rq, void *arg);
int action_class_put(Request *rq, void *arg);

/* --- photo.c --------------------------------------------------------------------------------------------------------------- */
int photo_find(Request *rq, int64_t photo_id, EventPhoto *out, int64_t *chunks);
void photo_members(Request *rq, const EventPhoto *photo);
void photo_write(Request *rq, const EventPhoto *photo);
/* "photos" of a case, of what it is part of (0: of nothing) and of its parts, oldest first. */
int photos_together_write(Request *rq, int64_t case_id, int64_t parent_id);
/* In a write: unused pictures of the party become the case's. ERR_INVALID at `field`. */
int photos_attach(Request *rq, int64_t case_id, const char *stage, const int64_t *photos, int count, const char *field);
/* A JSON list of ids as texts (NULL: none). ERR_INVALID at `field`. */
int photos_parse(Request *rq, const json_t *list, const char *field, int64_t **out, int *count);
int photos_chore(Request *rq);
int photo_files_chore(Request *rq);

/* --- duplicate.c ----------------------------------------------------------------------------------------------------------- */
typedef struct Alike {
	int64_t case_id;
	int score; /* 1..1000 */
	double metres;
} Alike;
typedef struct AlikeAsk {
	const EventClass *class;
	double lon, lat;
	int64_t at_us, case_id; /* case_id: itself, not to be found; 0 it is not reported yet */
} AlikeAsk;
int64_t event_cell(double lon, double lat);
/* 0 (not the same) .. 1000: how near, how soon after each other, of one small class or only of one big class. */
int duplicate_score(double metres, int64_t apart_us, bool same_class, int metres_max, int hours_max);
/* Best first, from the score of the setting on. The count, or a code. */
int duplicates_find(Request *rq, const AlikeAsk *ask, Alike *out, int max);
int duplicates_link(Request *rq, int64_t case_id, const Alike *found, int count);           /* in a write */
int link_set(Request *rq, int64_t case_id, int64_t other_id, int score, const char *state); /* in a write */

/* --- duty.c ---------------------------------------------------------------------------------------------------------------- */
typedef struct Duty { /* a line of the list */
	int64_t duty_id, org_id;
	const char *class_code, *area_code, *org_name, *basis;
	int class_rank, area_rank; /* how exactly it names the class and the area */
} Duty;
enum { DUTY_AREAS_MAX = 8 };
typedef struct DutyPlace { /* the areas of an event: their codes and levels (1 the city) */
	const char *codes[DUTY_AREAS_MAX], *names[DUTY_AREAS_MAX];
	int levels[DUTY_AREAS_MAX], count;
} DutyPlace;
/* Units by the list, the best line first, each unit once. The count or a code. */
int duty_propose(Request *rq, const EventClass *class, const DutyPlace *place, Duty *out, int max);
/* The lines of one unit that are in force. The count or a code. */
int duty_own(Request *rq, int64_t org_id, Duty *out, int max);
/* What the line says, when the unit may cite it: in force, and its own or one that names the class. 1, 0 or a code. */
int duty_cited(Request *rq, int64_t duty_id, int64_t org_id, const EventClass *class, const char **basis);
void duty_write(Request *rq, const Duty *duty);
int action_duties_load(Request *rq, void *arg); /* PackPart */

/* --- where.c ------------------------------------------------------------------------------------------------------------- */
int where_duty(Request *rq, double lon, double lat, DutyPlace *out); /* the areas there, for the list of duties */

/* The level of the area that input "area" asks for, 0 without one; ERR_INVALID when there is none. */
int area_asked_level(Request *rq);

/* --- hide.c --------------------------------------------------------------------------------------------------------------- */
int action_case_words(Request *rq, void *arg); /* CaseWords */

/* --- report.c, flow.c ------------------------------------------------------------------------------------------------------ */
/* The class under which something may be reported now. ERR_INVALID at class_code. */
int class_for_report(Request *rq, Text code, const EventClass **out);
/* In a write: the case of a report, which begins. */
int event_case_open(Request *rq, const EventReport *report, const EventClass *class, const EventWhere *where, EventReceipt *out);
/* In a write: what whoever reported report_id (the case, or one merged into it) thinks of the case's last closing. */
int event_rating_put(Request *rq, int64_t case_id, int64_t report_id, int64_t stars);
enum { EVENT_ACTIONS = 24 };
extern const Action event_actions[EVENT_ACTIONS]; /* pack items; effects and forms that the process names */
/* Where the sender wants it done sooner than the handler's limit of `limits` gives from from_us on, that limit becomes what is
 * left until then. 0 or a code. */
int limits_sooner(Request *rq, int64_t outside_due_us, int64_t from_us, const json_t **limits);
/* Units for the event, best first. The count or a code. */
int event_propose(Request *rq, const Event *event, Duty *out, int max);

/* --- oncall.c: effects (CaseStep) of offering a task and of passing it on --------------------------------------------------- */
int effect_offer(Request *rq, void *arg);
int effect_pass_on(Request *rq, void *arg);

/* --- one event ------------------------------------------------------------------------------------------------------------- */
int event_show(Request *rq, int64_t case_id); /* the answer of one; sees to it that the party may */
/* 0 when the party may see the case's event; ERR_NOT_FOUND. */
int event_visible(Request *rq, int64_t case_id);
/* The same of its pictures, which also who has a part of it sees, and those of a part who sees what it is part of. */
int event_photos_visible(Request *rq, int64_t case_id);

/* Who reported, as the party may know it: into the open object as "reporter", null when there is nobody to be shown. */
int reporter_write(Request *rq, const Event *event, const CaseView *view);
/* Name and number in clear, for what is taken out of words; "" where nobody is named. */
void reporter_names(Request *rq, const Event *event, Text *name, Text *phone);

/* --- lists: show.c, queue.c ------------------------------------------------------------------------------------------------ */
/* Of case c, its event e, and its unit s: what event_list_row reads. */
#define EVENT_LIST_COLUMNS(now)                                                                                                  \
	"SELECT c.case_id, c.number, c.title, c.state, c.process_version, c.outcome, c.turn, c.due_us, c.paused_us, "            \
	"c.closed_at,"                                                                                                           \
	" c.version, c.returns, c.reworks, c.level, s.name, e.class_code, e.kind, e.grade, e.located, e.lon, e.lat, e.address,"  \
	" e.area_text, e.channel, e.reported_us, e.merged_into, c.parent_id, " CASE_LIGHT(                                       \
	    now) ", " CASE_PRESSED ", CASE WHEN c.level > 0 THEN (SELECT r.name FROM org r WHERE r.org_id = c.centre_org) END,"  \
	         " CASE WHEN c.merged_into <> 0 THEN (SELECT m.number FROM work_case m WHERE m.case_id = c.merged_into) END"
int event_list_row(Request *rq, Rows *rows);
/* What lists of case c and its event e are narrowed by, for asked_sql: the numbers of class or big class, light (and now), part
 * of number or title. */
#define EVENT_FILTER(class, light, now, like)                                                                                    \
	"/*if " class "*/ AND substr(e.class_code, 1, length(" class ")) = " class "/*end*/"                                     \
	                                                                           "/*if " light "*/ AND " CASE_LIGHT(           \
	                                                                               now) " = " light "/*end*/"                \
	                                                                                    "/*if " like                         \
	                                                                                    "*/ AND lower(c.search_text) "       \
	                                                                                    "LIKE " like " ESCAPE '\\'/*end*/"

/* Whether at most so many events are of the class, or big class, that is asked for; *end: what its codes come before. */
int event_class_few(Request *rq, int most, Val *end);

/* --- settle.c: ended events as the map counts them ------------------------------------------------------------------------- */
/* Levels of cells by which they are summed up: 600 m at the equator to 40 km; and 0, all of them. */
enum { EVENT_HEAP_FINEST = 16, EVENT_HEAP_COARSEST = 10 };
typedef struct Spot {
	int64_t case_id, centre_org, supplier_org, cell, reported_us; /* cell: of place/cell.h, 0 = no place */
	const char *class_code, *state;
} Spot;
int64_t event_month(int64_t us); /* year × 12 + month - 1, of the city's time */
int settle_chore(Request *rq);
int action_unsettle(Request *rq, void *arg); /* in a write, arg: the id of a case that is opened again */

/* handlers */
int event_map_get(Request *rq);
int event_months_get(Request *rq);
int events_post(Request *rq);
int events_batch(Request *rq);
int city_events_get(Request *rq);
int queue_get(Request *rq);
int queue_counts_get(Request *rq);
int event_get(Request *rq);
int event_by_number_get(Request *rq);
int duplicates_get(Request *rq);
int duplicate_apart(Request *rq);
int reporter_post(Request *rq);
int sources_get(Request *rq);
int source_put(Request *rq);
int limits_post(Request *rq);
int limits_job(Request *rq, Job *job);
int photo_post(Request *rq);
int photo_get(Request *rq);
int classes_get(Request *rq);
int class_get(Request *rq);
int class_put_route(Request *rq);
int event_duties_get(Request *rq);
int duty_post(Request *rq);
int duty_put(Request *rq);
int duty_delete(Request *rq);
int stats_get(Request *rq);
int stats_trend_get(Request *rq);
int stats_cases_get(Request *rq);
int stats_book_get(Request *rq);
#endif
