/* Owns the room's module row. */
#include "catalog/internal.h"

static const Action actions[] = {
    {"resource.facts", action_resource_facts}, /* arg: ResourceFacts of people.h */
    {"resource.name", action_resource_name},   /* arg: ResourceName of core.h */
};

const Module catalog_module = {
    .name = "catalog",
    ROWS_OF(route, catalog_routes),
    ROWS_OF(migration, catalog_migrations),
    ROWS_OF(action, actions),
    .start = refs_start,
};
