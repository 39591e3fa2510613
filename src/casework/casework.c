/* casework: the room's module: tables, actions, job, settings. */
#include "casework/internal.h"

static bool hours_good(Text value) {
	WorkTime work;
	return work_hours_parse(value, &work) == 0;
}

static const Setting settings[] = {
    {"work.hours", "09:00-12:00,13:30-17:30", "Working hours of a working day", .good = hours_good,
     .advice = "Write 1 to 4 spans that rise, e.g. 09:00-12:00,13:30-17:30."},
};
static const Action actions[] = {
    {"process.check", action_process_check}, /* arg: PackPart of catalog.h */
    {"process.local", action_process_local}, {"process.put", action_process_put},
    {"calendar.load", action_calendar_load}, {"share.grant", action_share_grant}, /* effect of a process; arg: CaseEffect */
};
static const JobKind jobs[] = {{"casework.recompute", calendar_recompute_job}};

const Module casework_module = {
    .name = "casework",
    .routes = casework_routes,
    .route_count = CASEWORK_ROUTES,
    .migrations = casework_migrations,
    .migration_count = CASEWORK_MIGRATIONS,
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .jobs = jobs,
    .job_count = sizeof jobs / sizeof *jobs,
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
};
