/* Owns the room's module row. */
#include "catalog/internal.h"

static const Action actions[] = {
    {"resource.facts", action_resource_facts}, /* arg: ResourceFacts of people.h */
    {"resource.name", action_resource_name},   /* arg: ResourceName of core.h */
};

const Module catalog_module = {
    .name = "catalog",
    .routes = catalog_routes,
    .route_count = CATALOG_ROUTES,
    .migrations = catalog_migrations,
    .migration_count = CATALOG_MIGRATIONS,
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
};
