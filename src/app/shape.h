/* shape: the small part of TypeScript's type language that output rows use, and names made from actions. Shared by the OpenAPI
 * and the TypeScript writers. */
#ifndef YIWANG_APP_SHAPE_H
#define YIWANG_APP_SHAPE_H
#include "core/core.h"

/* "quarantine.get_list" → "QuarantineGetList" (upper) or "quarantineGetList". */
char *action_name(Arena *arena, const char *action, bool upper);
/* All routes of the modules, sorted by path, then method; count through out_count. */
const Route **routes_sorted(Arena *arena, const Module *const *modules, size_t count, size_t *out_count);
/* Names that output types mention but no route's output is called: "Job" where only JobGetOutput exists. NULL-terminated. */
const char **names_unknown(Arena *arena, const Route **routes, size_t count);
/* "JobGetOutput" for "Job" when there is such an output, else NULL. */
const char *name_meant(Arena *arena, const Route **routes, size_t count, const char *name);
/* One type as JSON Schema. Unreadable text becomes {} (any value). */
void schema_write(JsonWriter *json, Arena *arena, const char *type);
#endif
