/* emergency: the room's tables, settings and housekeeping. Times are UTC µs, 0 = not yet. */
#include "emergency/internal.h"
#include "evidence/evidence.h"

static const Migration migrations[] = {{
    .name = "emergency-1",
    .sql =
        /* spread: by(emergency_id). begins_at: when it was declared; gone_at: its tracks were destroyed */
    "CREATE TABLE emergency (emergency_id BIGINT PRIMARY KEY, org_id BIGINT NOT NULL, name TEXT NOT NULL, basis TEXT NOT NULL,"
    " begins_at BIGINT NOT NULL, ends_at BIGINT NOT NULL, declared_by BIGINT NOT NULL, ended_at BIGINT NOT NULL,"
    " ended_by BIGINT NOT NULL, end_note TEXT NOT NULL, gone_at BIGINT NOT NULL);\n"
    "CREATE INDEX emergency_org ON emergency (org_id, emergency_id);\n"
    "CREATE INDEX emergency_kept ON emergency (ends_at) WHERE gone_at = 0;\n"
    /* spread: by(emergency_id). Who was called; on_at > off_at: he has switched recording on; last_at, lon, lat, accuracy
       (metres): where he was last */
    "CREATE TABLE emergency_officer (emergency_id BIGINT NOT NULL, account_id BIGINT NOT NULL, org_id BIGINT NOT NULL,"
    " on_at BIGINT NOT NULL, off_at BIGINT NOT NULL, points BIGINT NOT NULL, last_at BIGINT NOT NULL,"
    " lon DOUBLE PRECISION NOT NULL, lat DOUBLE PRECISION NOT NULL, accuracy DOUBLE PRECISION NOT NULL,"
    " PRIMARY KEY (emergency_id, account_id));\n"
    "CREATE INDEX emergency_called ON emergency_officer (account_id, emergency_id);\n"
    /* spread: by(emergency_id). CGCS2000 degrees, accuracy in metres */
    "CREATE TABLE emergency_point (emergency_id BIGINT NOT NULL, account_id BIGINT NOT NULL, at_us BIGINT NOT NULL,"
    " lon DOUBLE PRECISION NOT NULL, lat DOUBLE PRECISION NOT NULL, accuracy DOUBLE PRECISION NOT NULL,"
    " PRIMARY KEY (emergency_id, account_id, at_us))",
}};

static const Setting settings[] = {
    {"emergency.hours_max", "72", "hours that an emergency duty lasts at most; a longer one is declared again", 1, 240},
    {"emergency.keep_days", "30", "days after its end when the tracks of an emergency duty are destroyed", 1, 365},
};

typedef struct Over {
	int64_t emergency_id, org_id;
} Over;

static int gone_write(Request *rq, void *arg) {
	const Over *over = arg;
	int64_t done =
	    db_run(rq->db, "UPDATE emergency_officer SET last_at = 0, lon = 0, lat = 0, accuracy = 0 WHERE emergency_id = $1",
	           BIND(val_int(over->emergency_id)));
	if (done >= 0)
		done = db_run(rq->db, "UPDATE emergency SET gone_at = $2 WHERE emergency_id = $1",
		              BIND(val_int(over->emergency_id), val_int(rq->now_us)));
	const EvidenceEntry entry = {.at_us = rq->now_us,
	                             .actor = "system",
	                             .action = "emergency.destroy_tracks",
	                             .org_id = over->org_id,
	                             .subject_id = over->emergency_id,
	                             .status = 200,
	                             .purpose = "",
	                             .address = "",
	                             .detail = ""};
	return done < 0 ? (int)done : evidence_write(rq, &entry);
}

/* The tracks of the one that ended first, a portion; then that they are gone. */
static int tracks_remove(Request *rq) {
	Rows *rows;
	int64_t before = days_before(rq, "emergency.keep_days");
	int found =
	    db_one(rq->db, &rows,
	           "SELECT emergency_id, org_id FROM emergency WHERE gone_at = 0 AND ends_at < $1 AND ended_at < $1 ORDER BY"
	           " ends_at LIMIT 1",
	           BIND(val_int(before)));
	if (found <= 0) return found;
	Over over = {rows_int(rows, 0), rows_int(rows, 1)};
	int more = chore_portion(rq, over.emergency_id,
	                         "DELETE FROM emergency_point WHERE (emergency_id, account_id, at_us) IN (SELECT emergency_id,"
	                         " account_id, at_us FROM emergency_point WHERE emergency_id = $1 LIMIT $2)");
	if (more) return more;
	int code = request_write(rq, gone_write, &over);
	return code < 0 ? code : 1;
}

static const Chore chores[] = {{"emergency.tracks", 60, tracks_remove}};

const Module emergency_module = {
    .name = "emergency",
    .routes = emergency_routes,
    .route_count = EMERGENCY_ROUTES,
    ROWS_OF(migration, migrations),
    ROWS_OF(setting, settings),
    ROWS_OF(chore, chores),
};

bool duty_open(const Duty *duty, int64_t now_us) {
	return !duty->ended_us && now_us < duty->ends_us;
}

int duty_find(Request *rq, int64_t emergency_id, Duty *out) {
	Rows *rows;
	const Party *party = &rq->party;
	int found =
	    db_one(rq->db, &rows,
	           "SELECT e.org_id, e.name, e.basis, e.begins_at, e.ends_at, e.ended_at, o.account_id, o.on_at, o.off_at,"
	           " o.last_at FROM emergency e LEFT JOIN emergency_officer o ON o.emergency_id = e.emergency_id AND"
	           " o.account_id = $2 WHERE e.emergency_id = $1",
	           BIND(val_int(emergency_id), val_int(party->account_id)));
	if (found < 0) return found;
	if (found > 0)
		*out = (Duty){.emergency_id = emergency_id,
		              .org_id = rows_int(rows, 0),
		              .name = rows_str(rows, 1, rq->arena),
		              .basis = rows_str(rows, 2, rq->arena),
		              .begins_us = rows_int(rows, 3),
		              .ends_us = rows_int(rows, 4),
		              .ended_us = rows_int(rows, 5),
		              .called = rows_int(rows, 6) != 0,
		              .on_us = rows_int(rows, 7),
		              .off_us = rows_int(rows, 8),
		              .last_us = rows_int(rows, 9)};
	rq->about_subject = emergency_id;
	if (found > 0)
		out->in_charge = out->org_id == party->org_id &&
		                 (party_may(party, PERMIT_EVENT_SUPERVISE) || party_may(party, PERMIT_EVENT_DISPATCH));
	if (found == 0 || !(out->in_charge || out->called))
		return fail(rq, ERR_NOT_FOUND, "There is no such emergency duty among those you may see");
	return 0;
}
