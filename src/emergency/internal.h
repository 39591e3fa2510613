/* What the files of this room share. */
#ifndef YIWANG_EMERGENCY_INTERNAL_H
#define YIWANG_EMERGENCY_INTERNAL_H
#include "emergency/emergency.h"
#include "people/people.h"

enum { EMERGENCY_ROUTES = 8, EMERGENCY_PEOPLE_MAX = 500, EMERGENCY_POINTS_MAX = 200, EMERGENCY_APART_S = 5 };
extern const Route emergency_routes[EMERGENCY_ROUTES];
/* Who can be called to it: people on site and those who lead them. */
#define EMERGENCY_ROLES                                                                                                          \
	(INT64_C(1) << ROLE_GRID_OFFICER | INT64_C(1) << ROLE_HANDLER | INT64_C(1) << ROLE_DISPATCHER |                          \
	 INT64_C(1) << ROLE_OPERATOR | INT64_C(1) << ROLE_SUPERVISOR)

typedef struct Duty {                                               /* texts in rq's arena */
	int64_t emergency_id, org_id, begins_us, ends_us, ended_us; /* ended_us 0: it ends, or ended, at ends_us */
	const char *name, *basis;
	bool in_charge;                 /* the party leads or dispatches at the organisation that declared it */
	bool called;                    /* the party is one of those named */
	int64_t on_us, off_us, last_us; /* of the party: positions are recorded while on_us > off_us */
} Duty;
/* 0, or ERR_NOT_FOUND for whoever is neither in charge nor called. */
int duty_find(Request *rq, int64_t emergency_id, Duty *out);
bool duty_open(const Duty *duty, int64_t now_us);

/* handlers */
int emergencies_post(Request *rq);
int emergencies_get(Request *rq);
int emergency_get(Request *rq);
int emergency_end_post(Request *rq);
int emergency_people_get(Request *rq);
int emergency_tracking_post(Request *rq);
int emergency_points_post(Request *rq);
int emergency_track_get(Request *rq);
#endif
