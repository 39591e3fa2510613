/* The measure modules: their rows. The assessment is a module of its own only so that its routes have a table of their own. */
#include "measure/assess.h"
#include "measure/checks.h"
#include "measure/routes.h"

static const Action actions[] = {{"systems.load", action_systems_load},
                                 {"materials.load", action_materials_load},
                                 {"finding.gone", finding_gone},
                                 {"finding.stays", finding_stays}};
static const JobKind jobs[] = {{"measure.checks", checks_job}};
static const Action assess_actions[] = {
    {"scheme.check", action_scheme_check}, {"scheme.local", action_scheme_local}, {"scheme.put", action_scheme_put}};
static const JobKind assess_jobs[] = {{"measure.assess", assess_job}};
static const Setting assess_settings[] = {
    {"measure.contest_days", "5", "Days in which departments may contest a computed assessment", 1, 366}};
static const Chore chores[] = {{"measure.checks", 60, checks_chore}};
static const Chore assess_chores[] = {{"measure.assess", 10, assess_chore}};

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

const Module assess_module = {
    .name = "assess",
    .routes = assess_routes,
    .route_count = ASSESS_ROUTES,
    ROWS_OF(action, assess_actions),
    ROWS_OF(job, assess_jobs),
    ROWS_OF(setting, assess_settings),
    ROWS_OF(chore, assess_chores),
};
