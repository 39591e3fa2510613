/* The measure module: its rows. */
#include "measure/checks.h"
#include "measure/routes.h"

static const Action actions[] = {{"systems.load", action_systems_load}, {"materials.load", action_materials_load}};
static const JobKind jobs[] = {{"measure.checks", checks_job}};
static const Chore chores[] = {{"measure.checks", 1440, checks_chore}};

const Module measure_module = {
    .name = "measure",
    .routes = measure_routes,
    .route_count = MEASURE_ROUTES,
    .migrations = measure_migrations,
    .migration_count = MEASURE_MIGRATIONS,
    ROWS_OF(action, actions),
    ROWS_OF(job, jobs),
    ROWS_OF(chore, chores),
};
