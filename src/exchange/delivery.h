/* Deliveries (批量交付): what an account is granted of a resource, kept up in a table of its department's database, or sent as
 * files; full or by increments, on demand or by a timetable. A delivery follows the account's grant on the resource, whichever is
 * live; its runs are jobs (exchange.deliver) that end reconciled or failed. */
#ifndef YIWANG_EXCHANGE_DELIVERY_H
#define YIWANG_EXCHANGE_DELIVERY_H
#include "record/record.h"

typedef struct Delivery {
	int64_t delivery_id, resource_id, account_id, org_id, target_id, job_id, created_by, version;
	int64_t counted_us; /* when a run last counted the rows of the receiver's table; 0 never */
	char *schema, *table, *login;
	char *format;    /* of targets that take files: one of RECORD_FORMATS; else "" */
	bool increments; /* else full each time */
	Timetable when;
	int64_t next_us;
	char *state;  /* "active" "paused" "stopped" */
	char *reason; /* why it is paused: "grant" "quota" "", or by a person */
} Delivery;

/* 1, 0 none, or a code. In rq's arena. */
int delivery_read(Request *rq, int64_t delivery_id, Delivery *out);
/* In a write: a queued run; its job through out. ERR_CONFLICT rule job_active while one is under way. */
int delivery_begin(Request *rq, const Delivery *delivery, bool anew, int64_t *job_id);
/* Name of the durable feed cursor that keeps what an incremental delivery has not applied yet. */
const void *delivery_resource_name(Request *rq, int64_t resource_id); /* NULL = unknown */
const char *delivery_cursor(Arena *arena, int64_t delivery_id);

/* ERR_CONFLICT rule proxied: nobody tells what changed among records that stay at the supplier. */
int delivery_increments_check(Request *rq, const Resource *resource);

int deliver_job_run(Request *rq, Job *job); /* exchange.deliver */
int delivery_cursors_chore(Request *rq);    /* lets go of what long idle deliveries keep in the feed */
int deliveries_chore(Request *rq);          /* begins runs that are due; takes paused ones up again when their reason is gone */

int delivery_list(Request *rq);
int delivery_get(Request *rq);
int delivery_post(Request *rq);
int delivery_run(Request *rq);
int delivery_timetable_put(Request *rq);
int delivery_pause(Request *rq);
int delivery_resume(Request *rq);
int delivery_stop(Request *rq);
extern const InputField delivery_inputs[], delivery_one_inputs[], delivery_run_inputs[], delivery_list_inputs[],
    delivery_pause_inputs[], delivery_timetable_inputs[];
extern const OutputField delivery_outputs[], delivery_list_outputs[], delivery_made_outputs[];
#endif
