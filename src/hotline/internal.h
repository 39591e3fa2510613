/* What the files of this room share. */
#ifndef YIWANG_HOTLINE_INTERNAL_H
#define YIWANG_HOTLINE_INTERNAL_H
#include "hotline/hotline.h"
#include <stdio.h>
#include <stdlib.h>

enum { HOTLINE_ROUTES = 46 };
extern const Route hotline_routes[HOTLINE_ROUTES];

/* --- caller.c -------------------------------------------------------------------------------------------------------------- */
enum { DIGITS_MAX = 20 };
/* Digits alone, without the country's +86 / 0086: one caller is found again however the number was written. ERR_INVALID. */
int number_digits(Request *rq, const char *field, Text given, char out[DIGITS_MAX + 1]);
const char *number_hash(Request *rq, const char *digits);
/* Name and number as kept; both "" when nobody was named. */
void caller_open(Request *rq, Text locked, Text *name, Text *phone);
int caller_lock(Request *rq, Text name, const char *phone, const char **out);

/* --- call.c ---------------------------------------------------------------------------------------------------------------- */
bool is_lead(const Request *rq);
int calls_one(Request *rq, int64_t call_id); /* the answer: that call in clear */

/* --- cti.c ----------------------------------------------------------------------------------------------------------------- */
/* Deny by default: persons of the hotline, and service accounts that the centre named as a source of the channel hotline. */
int hotline_sender(Request *rq);
/* In a write: the call that rang under this reference of the switch is taken down as that one. */
int ring_taken(Request *rq, Text reference, int64_t call_id);

/* --- outage.c -------------------------------------------------------------------------------------------------------------- */
/* In a write: the call is entered under a number given out before. ERR_CONFLICT at paper_number. */
int number_take(Request *rq, Text number, int64_t call_id);

/* --- shift.c --------------------------------------------------------------------------------------------------------------- */
int shift_person_check(Request *rq, const char *field, int64_t account_id); /* an active person: 0, ERR_INVALID at field */
int shift_insert(Request *rq, Text desk, int64_t account_id, int rank, Text reach, int64_t begin, int64_t end); /* in a write */

/* --- answers.c ------------------------------------------------------------------------------------------------------------- */
enum { ANSWERS_SHOWN = 10 };
/* In a write: the published article is found by its words from now on; no longer. */
int answers_keep(Request *rq, int64_t article_id);
int answers_forget(Request *rq, int64_t article_id);
int answers_start(App *app, Error *error); /* indexes what has no words of this format */
/* The published articles of input kind that have most of what is rare in input q, best first; 0 behind them. How many, or a code.
 */
int answers_find(Request *rq, int64_t ids[ANSWERS_SHOWN]);

/* --- knowledge.c ----------------------------------------------------------------------------------------------------------- */
/* Nothing of a template goes to a caller unfilled: 0, ERR_INVALID at field. */
int places_filled(Request *rq, const char *field, Text words);

/* handlers */
int calls_post(Request *rq);
int calls_get(Request *rq);
int calls_back_get(Request *rq);
int calls_counts_get(Request *rq);
int call_get(Request *rq);
int calls_by_number(Request *rq);
int call_claim_post(Request *rq);
int call_event_post(Request *rq);
int call_end_post(Request *rq);
int call_back_post(Request *rq);
int cti_post(Request *rq);
int rings_get(Request *rq);
int extension_get(Request *rq);
int extension_put(Request *rq);
int articles_get(Request *rq);
int articles_search(Request *rq);
int article_get(Request *rq);
int article_post(Request *rq);
int article_put(Request *rq);
int article_review_post(Request *rq);
int article_used_post(Request *rq);
int article_retire_post(Request *rq);
int shifts_get(Request *rq);
int shifts_now_get(Request *rq);
int shifts_gaps_get(Request *rq);
int shifts_post(Request *rq);
int shift_swap_post(Request *rq);
int shifts_copy_post(Request *rq);
int rotas_get(Request *rq);
int rota_put(Request *rq);
int rota_plan_get(Request *rq);
int rota_apply_post(Request *rq);
int action_desk_on_duty(Request *rq, void *arg); /* PlaceDesk */
int handover_draft_get(Request *rq);
int handovers_get(Request *rq);
int handover_post(Request *rq);
int handover_confirm_post(Request *rq);
int numbers_post(Request *rq);
int number_blocks_get(Request *rq);
int numbers_get(Request *rq);
int numbers_void_post(Request *rq);
int recording_post(Request *rq);
int recordings_get(Request *rq);
int recording_get(Request *rq);

/* --- recording.c ----------------------------------------------------------------------------------------------------------- */
enum { RECORDING_MAX = 40 << 20 };
int recordings_chore(Request *rq);
/* Seals and keeps a sound of a call; the same again gives the same id. Not in a write. ERR_INVALID: rule "sound_type", "empty".
 */
int recording_keep(Request *rq, FILE *file, int64_t call_id, int64_t *recording_id);

/* --- drop.c ---------------------------------------------------------------------------------------------------------------- */
bool drop_folder_good(Text value); /* what the settings may be */
bool drop_name_good(Text value);
int drop_chore(Request *rq);
int drop_rows_chore(Request *rq);
int drops_get(Request *rq);
int drop_folder_get(Request *rq);
int drop_look_post(Request *rq);

/* --- cti.c: its chore ------------------------------------------------------------------------------------------------------ */
int rings_chore(Request *rq);
#endif
