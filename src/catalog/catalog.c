/* Owns the room's module row. */
#include "catalog/find.h"

static const Action actions[] = {
    {"resource.facts", action_resource_facts}, /* arg: ResourceFacts of people.h */
    {"resource.name", action_resource_name},   /* arg: ResourceName of core.h */
};

static int start(App *app, Error *error) {
	int code = refs_start(app, error);
	if (code >= 0) code = find_columns_start(app);
	if (code >= 0 && (code = find_fill(app, error)) < 0) find_columns_stop(app);
	return code;
}

const Module catalog_module = {
    .name = "catalog",
    ROWS_OF(route, catalog_routes),
    ROWS_OF(migration, catalog_migrations),
    ROWS_OF(action, actions),
    .start = start,
    .stop = find_columns_stop,
};
