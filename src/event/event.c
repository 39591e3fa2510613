/* event: the room's rows in the program's tables. */
#include "event/stats.h"

static const Setting settings[] = {
    {"event.centre", "",
     "Code of the organisation whose dispatchers take events where no area has its own; empty: the one that has dispatchers"},
    {"event.duplicate_score", "400", "Score from which another report is shown as perhaps the same", 1, 1000},
    {"event.photo_days", "7", "Days after which a picture that no report used is removed", 1, 366},
    {"event.score",
     "dispose_rate and max(0, 100 * (0.5 * dispose_rate + 0.2 * (close_rate or 1) + 0.2 * (satisfaction or 1) + 0.1 * (1 -"
     " (return_rate or 0))) - 20 * (rework_rate or 0))",
     "Score of a unit, an expression over the figures of GET /event-stats (a rate of nothing is nil); empty: none",
     .good = stat_formula_good, .advice = "Write an expression over names of figures, such as 100 * dispose_rate."},
};
static const JobKind jobs[] = {{"event.limits", limits_job}};
static const Chore chores[] = {
    {"event.settle", 5, settle_chore}, {"event.photos", 60, photos_chore}, {"event.photo_files", 360, photo_files_chore, true}};

const Module event_module = {
    .name = "event",
    .routes = event_routes,
    .route_count = EVENT_ROUTES,
    .migrations = event_migrations,
    .migration_count = EVENT_MIGRATIONS,
    .actions = event_actions,
    .action_count = EVENT_ACTIONS,
    ROWS_OF(job, jobs),
    ROWS_OF(setting, settings),
    ROWS_OF(chore, chores),
};
