/* event: what happens in the city: classes, intake, filing, dispatch, duplicates, statistics. A city event is a case of casework
 * (process city_event) with a row of its own beside it: class, place, channel, reporter. */
#ifndef YIWANG_EVENT_EVENT_H
#define YIWANG_EVENT_EVENT_H
#include "casework/casework.h"

extern const Module event_module;

/* --- classes: 部件 and 事件, big and small, in the manner of GB/T 30428.2/.3; pack items, versioned ------------------------ */
enum { EVENT_CONDITIONS_MAX = 16, EVENT_INHERITS_MAX = 11 };
/* What a report of the class must bring: bits. */
enum { NEEDS_PLACE = 1, NEEDS_ADDRESS = 2, NEEDS_PHOTO = 4, NEEDS_COMPONENT = 8, NEEDS_DESCRIPTION = 16, NEEDS_PHONE = 32 };
typedef struct EventCondition { /* 立案条件 with what must be done about it */
	int no;
	const char *text, *closing, *text_en, *closing_en; /* closing: 结案条件; English "" where the pack has none */
	const json_t *limits;                              /* of this condition alone, over those of the class; NULL: none */
} EventCondition;
typedef struct EventClass { /* immutable; one version, with what it takes over from its big class */
	const char *code, *title, *title_en,
	    *parent;              /* parent: code of the big class; "": it is one, nothing is reported under it */
	const char *kind, *grade; /* "component", "event", "check" (verification on site); "general", "large", "major" */
	int version, condition_count;
	bool retired;         /* nothing new is reported under it; running cases go on */
	unsigned needs;       /* NEEDS_ */
	int metres, hours;    /* within which a like report may be the same; 0 metres: never */
	const json_t *limits; /* {accept, verify, file, dispatch, dispose, check, close: {work_hours: n} …} */
	EventCondition conditions[EVENT_CONDITIONS_MAX];
	const char *inherits[EVENT_INHERITS_MAX]; /* what a small class has from its big one: "grade", "limits.dispose" … */
	int inherit_count;
} EventClass;
/* version 0: the newest. Held by rq's arena; cached by generation. 0, ERR_NOT_FOUND (no message: the caller words it). */
int event_class_find(Request *rq, Text code, int version, const EventClass **out);
/* The newest versions of all, by code, in rq's arena: the count or a code. */
int event_class_list(Request *rq, const EventClass ***out);
/* Whether people report under it now: a small class in use, not one of verification. */
bool event_class_reported(const EventClass *class);
/* The pinyin of its name, by which it is found as well: initials, a blank, syllables ("wsjg wushuijinggai"). */
const char *event_class_pinyin(Arena *arena, const EventClass *class);
/* {"items": [class…], "next": null} of all newest versions into rq->json: GET /event-classes, and for public pages. */
int event_classes_answer(Request *rq);

/* --- photos ------------------------------------------------------------------------------------------------------------- */
#define EVENT_PHOTO_MAX (INT64_C(40) << 20)
enum { EVENT_PHOTOS_MAX = 9 /* with one report or one step */ };
typedef struct EventPhoto {
	int64_t photo_id, case_id, account_id; /* case_id 0: not used yet */
	const char *name, *mime, *stage;       /* stage: "report", or the action it came with */
	int64_t size, taken_us;                /* taken_us 0: not said */
	bool placed, bad_place, stripped; /* stripped: no metadata inside; false only of HEIC kept whole by earlier editions */
	double lon, lat;                  /* what the camera wrote: a proposal, never the event's place by itself */
} EventPhoto;
/* Keeps the picture at path for the party, without its metadata; durable when it returns. Not in a write. ERR_INVALID rule
 * "photo_type" (not JPEG, PNG, WebP or HEIC), "photo_broken"; ERR_TOO_LARGE; ERR_FULL, ERR_IO. */
int event_photo_keep(Request *rq, const char *path, Text name, EventPhoto *out);
int event_photo_keep_bytes(Request *rq, Text bytes, Text name, EventPhoto *out); /* the same of at most EVENT_PHOTO_MAX bytes */
/* A descriptor of the picture's bytes, the caller's to close. Who may see it is the caller's business. 0, ERR_NOT_FOUND. Not in a
 * write. */
int event_photo_open(Request *rq, int64_t photo_id, EventPhoto *out, int *fd);
/* Those of a case: "key": [photo…] into the open object. Whether the party may see them is the caller's question. 0 or a code. */
int event_photos_write(Request *rq, const char *key, int64_t case_id);

/* --- reporting: the one way in for all channels ----------------------------------------------------------------------------- */
typedef struct EventReport {
	Text channel;        /* "officer", "public", "hotline", "open311", "system", "alarm", "file" */
	Text outside_number; /* of the sender: a draft's id, another system's number; "" none */
	int64_t source_id;   /* whose numbers these are (an account or node), 0: the channel's */
	Text class_code;
	bool placed;
	double lon, lat;                             /* CGCS2000/WGS-84 degrees; place_convert comes before */
	Text address, description, component, grade; /* grade "": the class's */
	int64_t happened_us;                         /* 0: now */
	int64_t reported_us;                         /* 0: now; else told then, on paper, and entered later */
	int64_t outside_due_us;                      /* when the sender wants it done; 0: not said */
	int64_t closed_us; /* 0: to be dealt with; else history: reported at happened_us and closed then, nobody's work */
	Text reporter_name, reporter_phone; /* sealed */
	bool confidential;                  /* handlers never learn that there is a reporter, also not from these words */
	const int64_t *photos;
	int photo_count;
} EventReport;
typedef struct EventReceipt {
	int64_t case_id;
	const char *number; /* in rq's arena */
	bool repeated;      /* this channel and number was reported before: that case, nothing was changed */
} EventReceipt;
/* In a write, in the name of rq's party. 0, or ERR_INVALID with the field's name: unknown or retired class, what the class needs,
 * a place outside the city, a photo that is not the party's or was used. */
int event_report(Request *rq, const EventReport *report, EventReceipt *out);

/* What whoever reported adds to it, known by its number and code: in a write, while the case is open. The same sent twice is one.
 * 0, ERR_CONFLICT (not in this stage), ERR_INVALID: at "words" (most times already), at "photos" (not theirs, or used). */
typedef struct EventRemark {
	int64_t case_id;
	Text words; /* may be "" where there are pictures */
	const int64_t *photos;
	int photo_count;
	int64_t most; /* times, over the life of the case */
} EventRemark;
int event_remark(Request *rq, const EventRemark *remark);
/* Of a report that was merged it stands in the case that goes on, begun by the report's number: whose words they are. */
#define EVENT_MERGED_MARK "（并案 "
const char *event_merged_words(Request *rq, Text number, const char *words); /* in rq's arena */
/* Rows r of case_event: what whoever reported case $1 added to it, here or in the case it was merged into. */
#define EVENT_REMARKS                                                                                                            \
	"case_event r JOIN work_case k ON k.case_id = $1 AND r.case_id IN (k.case_id, k.merged_into) WHERE r.action ="           \
	" 'remark' AND r.account_id = 0 AND ((r.case_id = k.case_id AND NOT EXISTS (SELECT 1 FROM work_case w WHERE"             \
	" w.merged_into = k.case_id AND w.merged_into <> 0 AND lower(r.note) LIKE lower('" EVENT_MERGED_MARK                     \
	"' || w.number || '）%'))) OR (r.case_id <> k.case_id AND lower(r.note) LIKE lower('" EVENT_MERGED_MARK                  \
	"' || k.number || '）%')))"
int event_remarks(Request *rq, int64_t case_id, int64_t *count);
/* In a write: how content whoever reported a merged case is with what became of the one that went on. ERR_CONFLICT: it is not
 * closed. */
int event_rate_merged(Request *rq, int64_t case_id, int stars);

/* --- who reported in confidence --------------------------------------------------------------------------------------------- */
/* What a form or file of another system says of it: 是, yes, 1 …, or 否, no, 0, nothing. -1: neither, to be asked for again,
 * since taken as no it would show a reporter who wants to stay unknown. */
int event_secret_said(Text text, bool *out);
/* The text without what tells who reported: the name and number given, and what looks like somebody's. The text itself when there
 * is nothing of it. In arena. */
Text event_words_hide(Arena *arena, Text text, Text name, Text phone);
/* A note that goes into the case's history: without it where the report is confidential. NULL stays NULL. */
int event_note_hide(Request *rq, int64_t case_id, const char *note, const char **out);

/* Deny by default: a service account reports only where the centre named it as a source of events: its channel ("system",
 * "alarm", "open311") in rq's arena. 0, ERR_FORBIDDEN. */
int event_source_channel(Request *rq, Text *out);

/* --- a report's place ----------------------------------------------------------------------------------------------------- */
enum { EVENT_AREAS = 4 };
typedef struct EventWhere {
	bool placed;
	double lon, lat;
	const char *located, *text; /* "point", "address", "none"; names of its areas from the widest: "演示市 / 城东街道" */
	int64_t keys[EVENT_AREAS];        /* by level; 0 none */
	int64_t centre_org;               /* who dispatches there */
	int64_t field_org, field_account; /* who is on duty there; 0 nobody is known */
	const char *perhaps;              /* where no place was given and none is clearly meant: addresses that may be, or "" */
} EventWhere;
/* Of coordinates, else of the address where it is clearly one of the standard ones. 0, or ERR_INVALID: no such coordinates,
 * outside the city. */
int event_where(Request *rq, const EventReport *report, EventWhere *out);

/* --- finding ------------------------------------------------------------------------------------------------------------------
 */
typedef struct Event { /* texts in rq's arena */
	int64_t case_id, happened_us, reported_us, merged_into, version, outside_due_us;
	const char *class_code, *kind, *grade, *located, *area_text, *address, *description, *component, *channel,
	    *outside_number;
	const char *reporter;                   /* sealed */
	const char *merged_number;              /* of the case that goes on, where merges lead in the end; NULL none */
	int class_version, condition_no, stars; /* 0: not filed yet; not rated */
	bool placed, confidential;
	double lon, lat;
	int64_t areas[4]; /* keys by level, 0 none */
} Event;
/* The row alone: whether the party may see it is asked of case_view. 0, ERR_NOT_FOUND. */
int event_find(Request *rq, int64_t case_id, Event *out);
/* The case that a sender's number became: 0, ERR_NOT_FOUND (no message). */
int event_find_number(Request *rq, Text channel, int64_t source_id, Text outside_number, int64_t *case_id);
/* What anybody may know of a case of number `number`: nothing of the reporter, no free text. */
typedef struct EventPublic {
	int64_t case_id, reported_us, updated_us, closed_us;
	const char *number, *class_code, *area_text, *state, *state_title, *state_title_en, *outcome;
	const char *merged_into; /* number of the case that goes on, whose state, outcome and times these are; "": none, or
	                            confidential */
	bool merged, placed;
	double lon, lat; /* to about 100 m */
	int stars;
	int64_t due_us;                  /* by its clock, of the stage that runs once a unit has it; else 0 */
	const char *unit;                /* who handles it, "" nobody yet */
	int class_version, condition_no; /* 0: not filed yet */
	/* of a report of channel open311, else 0: whose it is; its first picture that has no metadata inside (0 none) */
	int64_t source_account, photo_id;
} EventPublic;
/* 0, ERR_NOT_FOUND (no message): also a confidential report's, and a part of another. */
int event_public(Request *rq, Text number, EventPublic *out);
int event_public_case(Request *rq, int64_t case_id, EventPublic *out); /* the same by its id */
typedef struct EventPublicAsk {
	int64_t from_us, until_us; /* reported at or after, before */
	Text class_codes;          /* small classes with commas between; "" all */
	enum { PUBLIC_ANY, PUBLIC_OPEN, PUBLIC_CLOSED } status;
	int limit; /* >= 1 */
	int64_t skip;
} EventPublicAsk;
/* Newest first into out[limit]: the count or a code. */
int event_public_list(Request *rq, const EventPublicAsk *ask, EventPublic *out);
enum { EVENT_NEAR_METRES = 1500 };
/* Those reported since, within EVENT_NEAR_METRES of a point, nearest first into out[max]: the count or a code. */
int event_public_near(Request *rq, double lon, double lat, int64_t since_us, EventPublic *out, int max);
#endif
