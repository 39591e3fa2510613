/* casework: the room's module: tables, actions, job, settings. */
#include "casework/notify.h"
#include "casework/words.h"

static bool hours_good(Text value) {
	WorkTime work;
	return work_hours_parse(value, &work) == 0;
}

static bool begins(Text value, const char *first, const char *second) {
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.at[i] <= ' ') return false;
	return !value.len || text_starts(value, text_of(first)) || text_starts(value, text_of(second));
}

static bool url_good(Text value) {
	return begins(value, "http://", "https://");
}

static bool mail_good(Text value) {
	return begins(value, "smtp://", "smtps://");
}

static const Setting settings[] = {
    {"work.hours", "09:00-12:00,13:30-17:30", "Working hours of a working day", .good = hours_good,
     .advice = "Write 1 to 4 spans that rise, e.g. 09:00-12:00,13:30-17:30."},
    {"notify.seconds", "30", "Seconds between looks for cases to remind of", 1, 3600},
    {"notify.retry_seconds", "60", "Seconds until a failed reminder is sent again, doubled each time, eight tries in all", 1,
     3600},
    {"notify.webhook", "", "Address that reminders are posted to (http or https), signed; empty: none", .good = url_good,
     .advice = "Write http://… or https://…, or leave it empty."},
    {"notify.webhook_template", "",
     "JSON body of such a post, e.g. for an SMS gateway: {text} {number} {mobiles} {mails} are put in; empty: "
     "all of it"},
    {"notify.mail_server", "", "Mail relay for reminders, smtp://host:25 or smtps://host:465; empty: none", .good = mail_good,
     .advice = "Write smtp://… or smtps://…, or leave it empty."},
    {"notify.mail_from", "yiwang@localhost", "Sender of mail reminders"},
    {"sms.receipt_days", "400", "Days that receipts of SMS stay", 1, 36600},
};
static const Action actions[] = {
    {"process.check", action_process_check}, /* arg: PackPart of catalog.h */
    {"process.local", action_process_local},
    {"process.put", action_process_put},
    {"calendar.load", action_calendar_load},
    /* effects of processes; arg: CaseEffect */
    {"share.grant", action_share_grant},
    {"share.consult", action_share_consult},
    {"review.publish", action_review_publish},
    {"review.return", action_review_return},
    {"demand.draft", action_demand_draft},
    {"case.assign", action_case_assign},
    {"case.raise", action_case_raise},
    {"case.lower", action_case_lower},
    {"case.split", action_case_split},
    {"case.merge", action_case_merge},
    {"case.call_off_parts", action_case_call_off_parts}, /* arg: CaseStep */
    /* checks of processes; arg: CaseCheck */
    {"record.changed", action_record_changed},
    /* what the catalogue tells */
    {"review.step", action_review_step},         /* arg: ReviewStep of catalog.h */
    {"entry.published", action_entry_published}, /* arg: int64_t *resource_id */
};
static const Chore chores[] = {{"casework.sms_receipts", 1440, sms_receipts_chore}, {"casework.words", 10, words_chore}};
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
    .chores = chores,
    .chore_count = sizeof chores / sizeof *chores,
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .start = notifier_start,
    .stop = notifier_stop,
};
