/* draft_routes: the tables, routes, job, settings and chore of drafts. */
#include "place/draft.h"

static const char change_sql[] =
    /* spread: reference. What was put in force together: change_id is the draft's where it was one; what: begun, before (the
       version it takes the place of), ended; one whose time had not come may be withdrawn: its versions end when they begin */
    "CREATE TABLE area_change (change_id BIGINT NOT NULL, area_id BIGINT NOT NULL, what TEXT NOT NULL, at_us BIGINT NOT NULL,"
    " noted_at BIGINT NOT NULL, noted_by BIGINT NOT NULL, PRIMARY KEY (change_id, area_id, what));\n"
    "CREATE INDEX area_change_at ON area_change (at_us, change_id);\n"
    "CREATE INDEX area_change_area ON area_change (area_id, change_id);\n"
    /* spread: reference. Areas to which it carried officers over */
    "CREATE TABLE area_change_officer (change_id BIGINT NOT NULL, area_key BIGINT NOT NULL, PRIMARY KEY (change_id, area_key));\n"
    /* spread: reference */
    "CREATE TABLE area_withdrawal (change_id BIGINT PRIMARY KEY, reason TEXT NOT NULL, withdrawn_at BIGINT NOT NULL,"
    " withdrawn_by BIGINT NOT NULL)";

static const Migration migrations[] = {
    {
        .name = "place-draft-1",
        .sql =
            /* spread: reference. state: reading, open, accepted, discarded; crs: what the coordinates were read by; columns,
               mapping, counts (faults by kind): JSON; features: not set aside; checked_version: the version the faults are of */
        "CREATE TABLE area_draft (draft_id BIGINT PRIMARY KEY, level BIGINT NOT NULL, source TEXT NOT NULL, format TEXT NOT NULL,"
        " layer TEXT NOT NULL, crs BIGINT NOT NULL, state TEXT NOT NULL, columns TEXT NOT NULL, mapping TEXT NOT NULL, counts "
        "TEXT "
        "NOT"
        " NULL, features BIGINT NOT NULL, faults BIGINT NOT NULL, job_id BIGINT NOT NULL, valid_from BIGINT NOT NULL, note TEXT "
        "NOT "
        "NULL,"
        " made_by BIGINT NOT NULL, made_at BIGINT NOT NULL, ended_by BIGINT NOT NULL, ended_at BIGINT NOT NULL, checked_version "
        "BIGINT NOT"
        " NULL, checked_at BIGINT NOT NULL, version BIGINT NOT NULL);\n"
        /* spread: reference. properties: JSON as in the file; geometry: GeoJSON, CGCS2000 degrees, not always valid */
        "CREATE TABLE area_draft_feature (draft_id BIGINT NOT NULL, feature_no BIGINT NOT NULL, code TEXT NOT NULL, name TEXT "
        "NOT "
        "NULL,"
        " parent_code TEXT NOT NULL, org_id BIGINT NOT NULL, properties TEXT NOT NULL, geometry TEXT NOT NULL, aside BIGINT NOT "
        "NULL,"
        " PRIMARY KEY (draft_id, feature_no));\n"
        /* spread: reference. first_no, second_no: features, 0 = none; geometry '' = none */
        "CREATE TABLE area_draft_fault (draft_id BIGINT NOT NULL, fault_no BIGINT NOT NULL, kind TEXT NOT NULL, first_no BIGINT "
        "NOT "
        "NULL,"
        " second_no BIGINT NOT NULL, m2 DOUBLE PRECISION NOT NULL, geometry TEXT NOT NULL, words TEXT NOT NULL, PRIMARY KEY "
        "(draft_id,"
        " fault_no))",
    },
    {.name = "place-draft-2-origin",
     .sql = /* spread: reference. Areas in force that the draft was copied from, or that were merged away in it: they end with it
             */
     "CREATE TABLE area_draft_origin (draft_id BIGINT NOT NULL, code TEXT NOT NULL, parent_code TEXT NOT NULL, PRIMARY KEY"
     " (draft_id, code, parent_code));\n"
     "INSERT INTO area_draft_origin (draft_id, code, parent_code) SELECT DISTINCT f.draft_id, f.code, f.parent_code FROM "
     "area_draft d"
     " JOIN area_draft_feature f ON f.draft_id = d.draft_id WHERE d.source = '' AND d.state = 'open' AND f.code <> ''"},
    {.name = "place-draft-3-codes", .sql = "CREATE INDEX area_draft_feature_code ON area_draft_feature (draft_id, code)"},
    {.name = "place-draft-4-change", .sql = change_sql}};

static bool widths_good(Text value) {
	int numbers = 0;
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] == ',')
			numbers++;
		else if (value.at[i] < '0' || value.at[i] > '9')
			return false;
	}
	return value.len <= 40 && numbers < PLACE_LEVELS_MAX;
}

static const Setting settings[] = {
    {"place.code_widths", "6,9,12,15", "digits of an area's code by level: city, town, village, grid; 0 = any",
     .good = widths_good, .advice = "Write numbers with commas, as 6,9,12,15."},
    {"place.sliver_metres", "5", "gaps and overlaps narrower than this, in metres, are slivers", 0, 1000},
    {"place.drafts_keep_days", "90",
     "days after which shapes of drafts that were accepted or discarded are removed; what was found stays", 1, 36500},
};

/* Shapes of ended drafts, and whole drafts whose reading was cut off. */
static int old_remove(Request *rq) {
	int more =
	    chore_portion(rq, days_before(rq, "place.drafts_keep_days"),
	                  "DELETE FROM area_draft_feature WHERE (draft_id, feature_no) IN (SELECT f.draft_id, f.feature_no FROM"
	                  " area_draft d JOIN area_draft_feature f ON f.draft_id = d.draft_id WHERE d.state IN ('accepted',"
	                  " 'withdrawn', 'discarded') AND d.ended_at < $1 LIMIT $2)");
	if (!more)
		more = chore_portion(
		    rq, days_before(rq, "place.drafts_keep_days"),
		    "DELETE FROM area_draft_origin WHERE (draft_id, code) IN (SELECT o.draft_id, o.code FROM area_draft d"
		    " JOIN area_draft_origin o ON o.draft_id = d.draft_id WHERE d.state IN ('accepted', 'withdrawn',"
		    " 'discarded')"
		    " AND d.ended_at < $1 LIMIT $2)");
	if (more) return more;
	int64_t cut = rq->now_us - INT64_C(86400000000);
	more = chore_portion(
	    rq, cut,
	    "DELETE FROM area_draft_feature WHERE (draft_id, feature_no) IN (SELECT f.draft_id, f.feature_no FROM area_draft"
	    " d JOIN area_draft_feature f ON f.draft_id = d.draft_id WHERE d.state = 'reading' AND d.made_at < $1 LIMIT $2)");
	if (more) return more;
	return chore_portion(
	    rq, cut,
	    "DELETE FROM area_draft WHERE draft_id IN (SELECT d.draft_id FROM area_draft d WHERE d.state = 'reading' AND"
	    " d.made_at < $1 LIMIT $2)");
}

/* --- routes ----------------------------------------------------------------------------------------------------------- */
#define LEVEL(in)                                                                                                                \
	{ "level", in, TYPE_INT, true, 1, PLACE_LEVELS_MAX, .doc = "1 the city, 2 towns, 3 villages, 4 grids" }
#define VERSION                                                                                                                  \
	{ "version", IN_BODY, TYPE_INT, true, 1, INT32_MAX, .doc = "as it was read" }
#define AFTER                                                                                                                    \
	{ "after", IN_QUERY, TYPE_ID, .doc = "cursor: next of the page before" }
static const InputField post_inputs[] = {
    LEVEL(IN_QUERY),
    {"name", IN_QUERY, TYPE_TEXT, true, 1, 200, .doc = "what the file is called"},
    {"crs", IN_QUERY, TYPE_TEXT, .max = 16,
     .doc = "CGCS2000, WGS84, GCJ02, BD09 or EPSG:number (Xi'an 80, Beijing 54 and CGCS2000 zones have one); absent: what the "
            "file says"},
    {"layer", IN_QUERY, TYPE_TEXT, .max = 100, .doc = "where the file has several"},
    {"encoding", IN_QUERY, TYPE_ENUM, .choices = "UTF-8|GB18030", .doc = "of a Shapefile's texts; absent: what it says"},
    {0}};
static const InputField copy_inputs[] = {LEVEL(IN_BODY), {"parent", IN_BODY, TYPE_ID, .doc = "only those right under it"}, {0}};
static const InputField list_inputs[] = {
    AFTER, {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "items a page, 50 when absent"}, {0}};
static const InputField one_inputs[] = {ID_PATH("draft_id"), {0}};
static const InputField features_inputs[] = {ID_PATH("draft_id"), AFTER, {0}};
static const InputField faults_inputs[] = {
    ID_PATH("draft_id"),
    {"kind", IN_QUERY, TYPE_TEXT, .max = 40, .doc = "only these"},
    AFTER,
    {"limit", IN_QUERY, TYPE_INT, .min = 1, .max = 200, .doc = "items a page, 50 when absent"},
    {0}};
static const InputField columns_inputs[] = {
    ID_PATH("draft_id"),
    VERSION,
    {"code", IN_BODY, TYPE_TEXT, true, 0, 64, .doc = "attribute that holds the code"},
    {"name", IN_BODY, TYPE_TEXT, true, 0, 64, .doc = "attribute that holds the name"},
    {"parent", IN_BODY, TYPE_TEXT, .max = 64, .doc = "attribute that holds the code of the area above"},
    {0}};
static const InputField mend_inputs[] = {
    ID_PATH("draft_id"),
    VERSION,
    {"tool", IN_BODY, TYPE_ENUM, true, .choices = "valid|snap|split|merge|edit|number|aside|back",
     .doc = "make valid; snap to neighbours; split by a line; merge into the first; edit one; number those without a code, from "
            "west to "
            "east and north to south; set aside; take back"},
    {"features", IN_BODY, TYPE_JSON, .max = 8192, .doc = "array of feature numbers (for number: none)"},
    {"metres", IN_BODY, TYPE_DOUBLE, .min = 0, .max = 1000, .doc = "snap: how far a corner may move, 1 when absent"},
    {"geometry", IN_BODY, TYPE_JSON, .max = 8 << 20, .doc = "split: a GeoJSON LineString; edit: a Polygon or MultiPolygon"},
    {"code", IN_BODY, TYPE_TEXT, .max = 40, .doc = "edit: the code"},
    {"title", IN_BODY, TYPE_TEXT, .max = 100, .doc = "edit: the name"},
    {"parent", IN_BODY, TYPE_TEXT, .max = 40, .doc = "edit: the code of the area above"},
    {"org_id", IN_BODY, TYPE_ID, .doc = "edit: who runs it"},
    {0}};
static const InputField accept_inputs[] = {ID_PATH("draft_id"),
                                           VERSION,
                                           {"valid_from", IN_BODY, TYPE_TIME, true, .doc = "from when on"},
                                           {"with_faults", IN_BODY, TYPE_BOOL, .doc = "gaps, overlaps and the like are meant so"},
                                           {"end_others", IN_BODY, TYPE_BOOL,
                                            .doc = "areas under the same parents that are not in the draft end then; those "
                                                   "merged or renumbered away in it end in any case"},
                                           {"carry_officers", IN_BODY, TYPE_JSON, .max = 131072,
                                            .doc =
                                                "[{area_key, code}]: officers of an area that ends go to the draft's area of "
                                                "that code: behind its own, or as its own where it has none; as /ending offers"},
                                           {"note", IN_BODY, TYPE_TEXT, .max = 500, .doc = "why"},
                                           {0}};
static const InputField ending_inputs[] = {
    ID_PATH("draft_id"), {"valid_from", IN_QUERY, TYPE_TIME, .doc = "from when on; absent: now"}, {0}};
static const InputField discard_inputs[] = {ID_PATH("draft_id"), VERSION, {0}};
#define SUMMARY                                                                                                                  \
	"draft_id: string, level: number, source: string, format: string, layer: string, crs: number, state: string, features: " \
	"number, faults: number, counts: Record<string, number>, job_id: string | null, valid_from: string | null, made_at: "    \
	"string, made_by_name: string, ended_at: string | null, version: number, checked: boolean"
#define LADDERS                                                                                                                  \
	{                                                                                                                        \
		"ladders",                                                                                                       \
		    "{area_key: string, code: string, name: string, to_code: string, to_name: string, percent: number, "         \
		    "outcome: string}[]",                                                                                        \
		    "what became of the on-call steps of areas that ended: carried, own (that area keeps its own), other (it "   \
		    "got another's), unclear (none took more than half), replaced (carried, then set anew)"                      \
	}
static const OutputField made_outputs[] = {{"draft_id", "string", "the draft, which is being checked"}, {0}};
static const OutputField list_outputs[] = {
    {"items", "{" SUMMARY "}[]", "newest first"}, {"next", "string|null", "cursor of the next page"}, {0}};
static const OutputField one_outputs[] = {{"draft_id", "string", "id"},
                                          {"level", "number", "level"},
                                          {"source", "string", "the file; empty: a copy of what is in force"},
                                          {"format", "string", "of the file"},
                                          {"layer", "string", "of the file"},
                                          {"crs", "number", "EPSG code, 900001 GCJ-02, 900002 BD-09"},
                                          {"state", "string", "reading, open, accepted, withdrawn (before its time), discarded"},
                                          {"features", "number", "areas, without those set aside"},
                                          {"faults", "number", "found"},
                                          {"counts", "Record<string, number>", "by kind"},
                                          {"job_id", "string|null", "the last check"},
                                          {"valid_from", "string|null", "when accepted: from when on"},
                                          {"made_at", "string", "time"},
                                          {"made_by_name", "string", "name"},
                                          {"ended_at", "string|null", "accepted or discarded"},
                                          {"version", "number", "version"},
                                          {"checked", "boolean", "the faults are of this version"},
                                          {"columns", "{name: string, sample: string}[]", "attributes of the file"},
                                          {"mapping", "{code: string, name: string, parent: string}", "which of them mean what"},
                                          {"note", "string", "why it was accepted"},
                                          LADDERS,
                                          {0}};
static const OutputField features_outputs[] = {{"type", "\"FeatureCollection\"", "GeoJSON"},
                                               {"features",
                                                "{type: \"Feature\", id: number, properties: {feature_no: number, code: string, "
                                                "name: string, parent_code: string, org_id: string | "
                                                "null, aside: boolean}, geometry: unknown}[]",
                                                "at most 2,000 a page"},
                                               {"next", "string|null", "cursor of the next page"},
                                               {0}};
static const OutputField faults_outputs[] = {{"items",
                                              "{fault_no: number, kind: string, first_no: number, second_no: number, m2: number, "
                                              "words: string, first_name: string, second_name: string, first_code: string, "
                                              "second_code: string, geometry: unknown}[]",
                                              "with their places"},
                                             {"next", "string|null", "cursor of the next page"},
                                             {0}};
static const OutputField ending_outputs[] = {
    {"of_draft", "number", "areas that were merged or renumbered away in the draft: they end with it"},
    {"others", "number", "areas under the same parents that are not in the draft: they end with end_others"},
    {"items", "{area_key: string, code: string, name: string, parent_name: string, of_draft: boolean}[]",
     "which, at most 1,000, those of the draft first"},
    {"officers",
     "{area_key: string, code: string, name: string, of_draft: boolean, names: string, to_code: string, to_name: string, "
     "percent: "
     "number}[]",
     "those of them that have officers, and which area of the draft takes most of theirs, percent of it; to_code empty: none"},
    {"ladders",
     "{area_key: string, code: string, name: string, of_draft: boolean, to_code: string, to_name: string, percent: number}[]",
     "the same of on-call steps: they go over where percent is more than 50 and that area has none of its own"},
    {0}};
static const OutputField accept_outputs[] = {{"changed", "number", "areas with a new version"},
                                             {"ended", "number", "areas that end"},
                                             {"unchanged", "number", "areas that stay as they are"},
                                             LADDERS,
                                             {0}};

#define API "/api/v1/areas/drafts"
static const Route routes[] = {
    {"GET", API, PERMIT_PLACE_READ, LANE_READ, drafts_get, "place.drafts", "Drafts of areas.", list_inputs, list_outputs,
     .flags = ROUTE_NO_EVIDENCE},
    {"POST", API, PERMIT_PLACE_EDIT, LANE_READ, drafts_post, "place.draft_bring",
     "A draft from a file of areas: GeoPackage, GeoJSON, or a zip with a Shapefile.", post_inputs, made_outputs, DRAFT_FILE_MAX,
     ROUTE_SPOOL},
    {"POST", API "/copy", PERMIT_PLACE_EDIT, LANE_READ, draft_copy_post, "place.draft_copy",
     "A draft from the areas in force, to edit them.", copy_inputs, made_outputs},
    {"GET", API "/{id}", PERMIT_PLACE_READ, LANE_READ, draft_get, "place.draft", "A draft and what its check found.", one_inputs,
     one_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/{id}/features", PERMIT_PLACE_READ, LANE_READ, draft_features_get, "place.draft_features",
     "Its areas as GeoJSON.", features_inputs, features_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/{id}/faults", PERMIT_PLACE_READ, LANE_READ, draft_faults_get, "place.draft_faults",
     "Its faults with their places.", faults_inputs, faults_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"GET", API "/{id}/ending", PERMIT_PLACE_READ, LANE_READ, draft_ending_get, "place.draft_ending",
     "Areas in force that end when it is accepted.", ending_inputs, ending_outputs, .flags = ROUTE_NO_EVIDENCE},
    {"POST", API "/{id}/columns", PERMIT_PLACE_EDIT, LANE_WRITE, draft_columns_post, "place.draft_columns",
     "Says which attributes hold code, name and parent.", columns_inputs, one_outputs},
    {"POST", API "/{id}/mend", PERMIT_PLACE_EDIT, LANE_READ, draft_mend_post, "place.draft_mend",
     "Mends or edits areas of a draft.", mend_inputs, one_outputs, .body_max = 9 << 20},
    {"POST", API "/{id}/accept", PERMIT_PLACE_EDIT, LANE_READ, draft_accept_post, "place.draft_accept",
     "Puts a draft in force on a date.", accept_inputs, accept_outputs},
    {"POST", API "/{id}/discard", PERMIT_PLACE_EDIT, LANE_WRITE, draft_discard_post, "place.draft_discard",
     "Gives a draft up; what was found stays.", discard_inputs, NULL},
};
static const JobKind jobs[] = {{"place.check", draft_check_run}};
static const Chore chores[] = {{"place.drafts", 1440, old_remove}};
const Module place_draft_module = {.name = "place_draft",
                                   ROWS_OF(route, routes),
                                   ROWS_OF(migration, migrations),
                                   ROWS_OF(job, jobs),
                                   ROWS_OF(setting, settings),
                                   ROWS_OF(chore, chores)};
