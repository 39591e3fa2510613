/* CKAN's search queries (q, fq): the part of Lucene's syntax that clients and harvesters send, over the shelf. What is not of it
 * is refused by name, never passed over. */
#ifndef YIWANG_PORTAL_QUERY_H
#define YIWANG_PORTAL_QUERY_H
#include "portal/parts.h"

/* Text into out; blank: NULL, which fits everything. input: "q" or "fq", for the message. 0, or ERR_INVALID with rule
 * "search_query" and the part that is not understood as value. */
int query_parse(Request *rq, const char *input, Text text, const Query **out);
/* Both must fit; either may be NULL. */
const Query *query_both(Arena *arena, const Query *a, const Query *b);
/* Whether it asks for the time of the last load, which the shelf does not hold. */
bool query_modified(const Query *query);
/* Place of the words as words_tier has it, or -1: does not fit. modified_us: of the dataset, now. */
int query_tier(const Query *query, const Dataset *dataset, int64_t modified_us);
#endif
