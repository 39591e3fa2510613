/* verify: records in doubt are verified on site (比对核查): sent to the officer of their grid, answered there, corrected through
 * an order to the supplier. */
#ifndef YIWANG_VERIFY_VERIFY_H
#define YIWANG_VERIFY_VERIFY_H
#include "form/form.h"

extern const Module verify_module;

/* In a write: records [{record_id, fields: [name], reason}] (at most 100) of an entry of the caller's organisation go to the
 * field; a record whose task is open joins it. Writes the answer of POST /verifications. class_code: a class of verification,
 * empty = the last one. */
int verification_send(Request *rq, int64_t resource_id, const json_t *records, Text class_code, Text words);
extern const OutputField verification_sent_out[]; /* that answer */
#endif
