/* event: the room's rows in the program's tables. */
#include "event/internal.h"

static const Setting settings[] = {
    {"event.centre", "",
     "Code of the organisation whose dispatchers take events where no area has its own; empty: the one that has dispatchers"},
    {"event.duplicate_score", "400", "Score from which another report is shown as perhaps the same", 1, 1000},
    {"event.photo_days", "7", "Days after which a picture that no report used is removed", 1, 366},
};
static const JobKind jobs[] = {{"event.limits", limits_job}};
static const Chore chores[] = {{"event.photos", 60, photos_chore}, {"event.photo_files", 360, photo_files_chore, true}};

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
