/* Owns the room's module row and its actions. */
#include "catalog/internal.h"

static int action_resource_name(Request *rq, void *arg) {
	ResourceName *asked = arg;
	Rows *rows;
	int code = db_one(rq->db, &rows, "SELECT name FROM resource WHERE resource_id = $1", BIND(val_int(asked->resource_id)));
	asked->name = code > 0 ? rows_str(rows, 0, rq->arena) : NULL;
	return code < 0 ? code : 0;
}

static const Action actions[] = {
	{"resource.name", action_resource_name},
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
