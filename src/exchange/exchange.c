/* The exchange module: its rows. */
#include "exchange/exchange.h"
#include "exchange/adapter.h"
#include "exchange/delivery.h"
#include "exchange/download.h"
#include "exchange/load.h"
#include "exchange/propose.h"
#include "exchange/proxy.h"
#include "exchange/quality.h"
#include "exchange/receipt.h"
#include "exchange/record_file.h"
#include "exchange/schema.h"
#include "exchange/source.h"
#include "exchange/target.h"
#include "exchange/upload.h"
#include "exchange/workbook.h"

static const InputField upload_inputs[] = {
    {.name = "name",
     .in = IN_QUERY,
     .type = TYPE_TEXT,
     .required = true,
     .min = 1,
     .max = 255,
     .doc = "file name; never used as a path"},
    {0},
};
static const InputField propose_inputs[] = {
    ID_PATH("upload"),
    {.name = "sheet", .in = IN_BODY, .type = TYPE_TEXT, .max = 64, .doc = "XLSX: sheet to read, the first when absent"},
    {.name = "charset",
     .in = IN_BODY,
     .type = TYPE_ENUM,
     .choices = "utf-8|gb18030|utf-16le|utf-16be",
     .doc = "found out when absent"},
    {0},
};
#define TABLE_INPUTS(needed)                                                                                                     \
	{.name = "schema",                                                                                                       \
	 .in = IN_BODY,                                                                                                          \
	 .type = TYPE_TEXT,                                                                                                      \
	 .required = needed,                                                                                                     \
	 .min = 1,                                                                                                               \
	 .max = 63,                                                                                                              \
	 .doc = "schema of the source's table"},                                                                                 \
	{                                                                                                                        \
		.name = "table", .in = IN_BODY, .type = TYPE_TEXT, .required = needed, .min = 1, .max = 63,                      \
		.doc = "table or view"                                                                                           \
	}
static const InputField propose_source_inputs[] = {ID_PATH("source"), TABLE_INPUTS(true), {0}};
static const InputField proxy_id_inputs[] = {ID_PATH("resource"), {0}};
static const InputField proxy_inputs[] = {
    ID_PATH("resource"),
    {.name = "source_id", .in = IN_BODY, .type = TYPE_ID, .required = true, .min = 1, .doc = "a source of one's organisation"},
    TABLE_INPUTS(true),
    {.name = "mapping",
     .in = IN_BODY,
     .type = TYPE_JSON,
     .max = 64 << 10,
     .doc = "object: field name → column name, where they differ; \"\" = the field has no column"},
    {0},
};
static const InputField source_inputs[] = {
    {.name = "name",
     .in = IN_BODY,
     .type = TYPE_TEXT,
     .required = true,
     .min = 1,
     .max = 100,
     .doc = "what people call it; unique"},
    {.name = "kind",
     .in = IN_BODY,
     .type = TYPE_ENUM,
     .required = true,
     .choices = "postgres|odbc",
     .doc = "kind of database; by ODBC a MariaDB, for proxied records"},
    {.name = "url",
     .in = IN_BODY,
     .type = TYPE_TEXT,
     .required = true,
     .min = 12,
     .max = 1000,
     .doc = "postgres://user:password@host:port/database, or odbc:Dialect=mariadb;…; write-only"},
    {.name = "org_id",
     .in = IN_BODY,
     .type = TYPE_ID,
     .min = 0,
     .doc = "organisation whose officers may use it; 0 or absent = all"},
    {0},
};
#define SEEN_VERSION(in_where)                                                                                                   \
	{                                                                                                                        \
		.name = "version", .in = in_where, .type = TYPE_INT, .required = true, .min = 1, .max = INT64_MAX,               \
		.doc = "as it was read"                                                                                          \
	}
#define NO_SECRET                                                                                                                \
	{                                                                                                                        \
		.name = "no_secret", .in = IN_BODY, .type = TYPE_BOOL,                                                           \
		.doc = "true: a kept password that the address leaves out is not used any more"                                  \
	}
static const InputField source_change_inputs[] = {
    ID_PATH("source"),
    SEEN_VERSION(IN_BODY),
    {.name = "name", .in = IN_BODY, .type = TYPE_TEXT, .required = true, .min = 1, .max = 100, .doc = "unique"},
    {.name = "url",
     .in = IN_BODY,
     .type = TYPE_TEXT,
     .min = 12,
     .max = 1000,
     .doc = "as in POST; stays when absent. Without a password the kept one stays, as long as server and account do"},
    NO_SECRET,
    {.name = "org_id",
     .in = IN_BODY,
     .type = TYPE_ID,
     .min = 0,
     .doc = "organisation whose officers may use it; 0 or absent = all"},
    {0},
};
static const InputField source_remove_inputs[] = {ID_PATH("source"), SEEN_VERSION(IN_QUERY), {0}};
static const InputField source_id_inputs[] = {ID_PATH("source"), {0}};
#define TARGET_ADDRESS(needed)                                                                                                   \
	{.name = "kind",                                                                                                         \
	 .in = IN_BODY,                                                                                                          \
	 .type = TYPE_ENUM,                                                                                                      \
	 .required = needed,                                                                                                     \
	 .choices = "postgres|odbc|folder|sftp|http",                                                                            \
	 .doc = "kind of target"},                                                                                               \
	    {.name = "url",                                                                                                      \
	     .in = IN_BODY,                                                                                                      \
	     .type = TYPE_TEXT,                                                                                                  \
	     .required = needed,                                                                                                 \
	     .min = 8,                                                                                                           \
	     .max = 1000,                                                                                                        \
	     .doc = "write-only. postgres://user:password@host:port/database (the account needs CREATE on the schemas "          \
	            "delivered to), "                                                                                            \
	            "odbc: and a connection string: Dialect=mariadb|sqlite|generic;Driver={…} or "                             \
	            "DSN=…;Server=…;Port=…;Database=…;Uid=…;Pwd={…} (it needs to create and drop tables), "          \
	            "folder:name below deliveries.folder, sftp://user@host:port/folder, https://host/path"},                     \
	    {.name = "fingerprint",                                                                                              \
	     .in = IN_BODY,                                                                                                      \
	     .type = TYPE_TEXT,                                                                                                  \
	     .max = 50,                                                                                                          \
	     .doc = "sftp: the server's host key, SHA256:… as ssh-keygen -lf shows it; no other is talked to"},                  \
	{                                                                                                                        \
		.name = "secret", .in = IN_BODY, .type = TYPE_TEXT, .max = 16000,                                                \
		.doc = "sftp: password, or private key (Ed25519 or ECDSA, without passphrase); write-only"                       \
	}
static const InputField target_inputs[] = {
    {.name = "name",
     .in = IN_BODY,
     .type = TYPE_TEXT,
     .required = true,
     .min = 1,
     .max = 100,
     .doc = "what people call it; unique"},
    TARGET_ADDRESS(true),
    {.name = "org_id", .in = IN_BODY, .type = TYPE_ID, .required = true, .min = 1, .doc = "receiver: its officers may use it"},
    {0},
};
static const InputField target_try_inputs[] = {
    TARGET_ADDRESS(true),
    {.name = "target_id", .in = IN_BODY, .type = TYPE_ID, .min = 1, .doc = "a target whose secret is used where it is left out"},
    NO_SECRET,
    {0},
};
static const InputField target_put_inputs[] = {
    ID_PATH("target"),
    SEEN_VERSION(IN_BODY),
    {.name = "name", .in = IN_BODY, .type = TYPE_TEXT, .required = true, .min = 1, .max = 100, .doc = "unique"},
    TARGET_ADDRESS(false),
    NO_SECRET,
    {.name = "org_id", .in = IN_BODY, .type = TYPE_ID, .required = true, .min = 1, .doc = "receiver: its officers may use it"},
    {0},
};
static const InputField target_delete_inputs[] = {ID_PATH("target"), SEEN_VERSION(IN_QUERY), {0}};
static const InputField target_id_inputs[] = {ID_PATH("target"), {0}};
static const InputField load_inputs[] = {
    ID_PATH("resource"),
    {.name = "mode",
     .in = IN_BODY,
     .type = TYPE_ENUM,
     .required = true,
     .choices = "full|upsert|watermark",
     .doc = "full: the source replaces what is there; upsert: by key into what is there; watermark: rows newer than the last "
            "time, and those a little older again"},
    {.name = "upload_id", .in = IN_BODY, .type = TYPE_ID, .min = 1, .doc = "an upload of one's organisation"},
    {.name = "source_id", .in = IN_BODY, .type = TYPE_ID, .min = 1, .doc = "a source, instead of an upload"},
    TABLE_INPUTS(false),
    {.name = "watermark_field",
     .in = IN_BODY,
     .type = TYPE_TEXT,
     .min = 1,
     .max = 63,
     .doc = "column that rises with every change"},
    {.name = "sheet", .in = IN_BODY, .type = TYPE_TEXT, .max = 64, .doc = "XLSX: sheet to read"},
    {.name = "charset",
     .in = IN_BODY,
     .type = TYPE_ENUM,
     .choices = "utf-8|gb18030|utf-16le|utf-16be",
     .doc = "found out when absent"},
    {.name = "separator",
     .in = IN_BODY,
     .type = TYPE_TEXT,
     .min = 1,
     .max = 1,
     .doc = "CSV: , ; TAB or |, found out when absent"},
    {.name = "mapping",
     .in = IN_BODY,
     .type = TYPE_JSON,
     .max = 64 << 10,
     .doc = "object: field name → column name, where they differ"},
    {0},
};
static const InputField download_inputs[] = {
    {.name = "resource", .in = IN_PATH, .type = TYPE_TEXT, .required = true, .doc = "id, or code with ~ for /"},
    {.name = "format",
     .in = IN_QUERY,
     .type = TYPE_ENUM,
     .required = true,
     .choices = RECORD_FORMATS,
     .doc = "csv: UTF-8 with BOM, texts that begin with = + - @ get a ' in front; xlsx: at most 1,048,575 records; jsonl: as in "
            "GET …/records; gpkg: GeoPackage, one table \"records\", places in CGCS2000 (EPSG:4490)"},
    {.name = "header",
     .in = IN_QUERY,
     .type = TYPE_ENUM,
     .choices = "title|name",
     .doc = "what columns of csv and xlsx are called: titles of the fields (when absent) or their API names"},
    {0},
};
static const InputField job_inputs[] = {ID_PATH("job"), {0}};
static const InputField workbook_inputs[] = {
    ID_PATH("resource"),
    {.name = "job", .in = IN_QUERY, .type = TYPE_ID, .min = 1, .doc = "only rows that this job refused"},
    {.name = "rule", .in = IN_QUERY, .type = TYPE_TEXT, .max = 32, .doc = "only rows refused by this rule"},
    {.name = "field", .in = IN_QUERY, .type = TYPE_TEXT, .max = 63, .doc = "only rows refused for this field"},
    {.name = "state", .in = IN_QUERY, .type = TYPE_ENUM, .choices = "open|mended|replayed|discarded", .doc = "open when absent"},
    {0},
};
static const InputField mend_inputs[] = {
    ID_PATH("resource"),
    {.name = "upload_id", .in = IN_BODY, .type = TYPE_ID, .required = true, .min = 1, .doc = "the workbook, mended"},
    {0},
};
static const InputField replay_inputs[] = {
    ID_PATH("resource"),
    {.name = "ids", .in = IN_BODY, .type = TYPE_JSON, .max = 1 << 20, .doc = "array of row ids; all mended rows when absent"},
    {.name = "rule", .in = IN_BODY, .type = TYPE_TEXT, .max = 32, .doc = "only rows refused by this rule"},
    {0},
};

static const OutputField upload_outputs[] = {{"upload_id", "string", "for loads and proposals"},
                                             {"name", "string", "as given"},
                                             {"size", "number", "bytes"},
                                             {"sha256", "string", "of the bytes"},
                                             {0}};
static const OutputField propose_outputs[] = {
    {"format", "string", "csv, xlsx, jsonl, geojson, postgres"},
    {"charset", "string", "as found"},
    {"separator", "string | undefined", "CSV"},
    {"sheets", "string[] | undefined", "XLSX"},
    {"header_row", "number | undefined", "CSV, XLSX: line or sheet row taken as the header"},
    {"rows_seen", "number", "records looked at"},
    {"fields", "Record<string, unknown>[]", "proposals, one a column"},
    {"problems", "{path: string, rule: string, message: string, advice: string}[]", "what a person should look at"},
    {0},
};
static const OutputField sources_outputs[] = {
    {"items", "{source_id: string, name: string, kind: string, place: string, org_id: string | null, version: number}[]",
     "by name; org_id null: for all"},
    ONE_PAGE,
    {0}};
#define PROXY_COLUMNS_OUT                                                                                                        \
	{ "columns", "{field: string, title: string, column: string | null}[]", "the fields and the columns that hold them" }
static const OutputField proxy_outputs[] = {{"source_id", "string", "source"},
                                            {"source", "string", "its name"},
                                            {"place", "string", "host:port/database"},
                                            {"since", "string", "when it was connected"},
                                            {"schema", "string", "schema of the table"},
                                            {"table", "string", "table or view"},
                                            PROXY_COLUMNS_OUT,
                                            {0}};
static const OutputField proxy_preview_outputs[] = {
    PROXY_COLUMNS_OUT,
    {"rows", "Record<string, string | null>[]", "the first rows, L3/L4 masked"},
    {"problems", "{field: string, message: string}[]", "values among them that do not fit"},
    {0}};
static const OutputField proxy_made_outputs[] = {{"source", "string", "name of the source"}, PROXY_COLUMNS_OUT, {0}};
static const OutputField source_outputs[] = {
    {"source_id", "string", "source"}, {"place", "string", "where it leads, without secrets"}, {0}};
static const OutputField targets_outputs[] = {
    {"items", "{target_id: string, name: string, kind: string, place: string, org_id: string, version: number}[]", "by name"},
    ONE_PAGE,
    {0}};
static const OutputField target_outputs[] = {
    {"target_id", "string", "target"}, {"place", "string", "where it leads, without secrets"}, {0}};
#define USES_OUT                                                                                                                 \
	{"secret", "boolean", "a password or key is kept"}, {                                                                    \
		"uses",                                                                                                          \
		    "{kind: \"delivery\" | \"proxy\" | \"load\", id: string, resource_id: string, resource: string | null, "     \
		    "what: "                                                                                                     \
		    "string}[]",                                                                                                 \
		    "what keeps it from being removed, at most 50"                                                               \
	}
#define KEPT_OUT                                                                                                                 \
	{"name", "string", "its name"}, {"kind", "string", "its kind"}, {"place", "string", "where it leads"},                   \
	    {"org_id", "string", "organisation; 0 = all"}, {"version", "number", "for PUT and DELETE"}, {                        \
		"url", "string", "as it is kept, without its password; empty: it was stored under another installation key"      \
	}
static const OutputField source_one_outputs[] = {{"source_id", "string", "source"}, KEPT_OUT, USES_OUT, {0}};
static const OutputField target_one_outputs[] = {
    {"target_id", "string", "target"}, KEPT_OUT, {"fingerprint", "string", "sftp: the host key"}, USES_OUT, {0}};
static const OutputField test_outputs[] = {{"server", "string", "version that answered"}, {0}};
static const OutputField tables_outputs[] = {
    {"items", "{schema: string, table: string, columns: {name: string, type: string}[]}[]", "tables and views that may be read"},
    ONE_PAGE,
    {0}};
static const OutputField job_outputs[] = {{"job_id", "string", "the job made"}, {0}};
static const OutputField receipt_outputs[] = {
    {"receipt", "Record<string, unknown>", "who sent what, when, how many, which digest"},
    {"public_key", "string", "Ed25519, hex"},
    {"signature", "string", "Ed25519 over the receipt as compact JSON with sorted keys, hex"},
    {0},
};
static const OutputField mend_outputs[] = {{"mended", "number", "rows whose values changed"},
                                           {"unchanged", "number", "rows left as they were"},
                                           {"failed", "{row_no: number, message: string}[]", "rows of the sheet that were not"},
                                           {0}};

#define DIMENSIONS_TS "{name:string,score:number|null,bad:number,base:number}[]"
static const InputField quality_inputs[] = {ID_PATH("resource"), {0}};
static const InputField quality_list_inputs[] = {
    {.name = "org", .in = IN_QUERY, .type = TYPE_ID, .doc = "provider, for who sees all"},
    {.name = "finding",
     .in = IN_QUERY,
     .type = TYPE_ENUM,
     .choices = "update_late|no_data|service_fails|score_low",
     .doc = "only entries of which the patrol found this"},
    {.name = "below", .in = IN_QUERY, .type = TYPE_INT, .min = 1, .max = 100, .doc = "only entries whose last load scored less"},
    {.name = "after", .in = IN_QUERY, .type = TYPE_TEXT, .max = 40, .doc = "\"next\" of the page before"},
    {.name = "limit", .in = IN_QUERY, .type = TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out"},
    {0},
};
static const OutputField quality_outputs[] = {
    {"loads",
     "{job_id:string,at:string,score:number|null,row_count:number,version:number,dimensions:" DIMENSIONS_TS
     ",whole:boolean,held:{score:number|null,row_count:number,quarantined:number,dimensions:" DIMENSIONS_TS
     "},fields?:{name:string,title:string,required:boolean,missing:number,bad:number}[],rules?:{rule:string,field:string,count:"
     "number}[]}[]",
     "measured loads, newest first, at most 60; fields and rules of the newest. A score is 100*(1-bad/base); of timeliness "
     "100*base/bad, "
     "at most 100, in seconds. score: of what the load brought; whole: that was all the entry holds; held: of all it held after "
     "it, with rows that wait in quarantine: the entry's score is the newest one's"},
    {"findings", "{kind:string,since:string,seen:string,detail:Record<string,unknown>}[]", "what the patrol found"},
    {"quarantined", "number", "rows that wait in quarantine"},
    {0},
};
static const OutputField quality_list_outputs[] = {
    {"items",
     "{resource_id:string,name:string,org_id:string,org_name:string,loaded_at:string|null,score:number|null,measured_at:string|"
     "null,"
     "job_id:string,dimensions:" DIMENSIONS_TS ",rating:{count:number,average:number|null},orders:number,findings:string[]}[]",
     "published entries, worst first by the score of all they hold, those without a measured load last; orders: open correction "
     "orders"},
    {"next", "string|null", "cursor"},
    {"patrol", "{at:string,checked:number,found:number}|null", "the last round of the patrol"},
    {0},
};
static const OutputField patrol_outputs[] = {{"checked", "number", "entries looked at"},
                                             {"found", "number", "findings"},
                                             {"raised", "number", "correction orders raised"},
                                             {0}};

#define ADAPTER_PATH                                                                                                             \
	{ .name = "adapter", .in = IN_PATH, .type = TYPE_TEXT, .required = true, .max = 40, .doc = "name of the mapping" }
#define FILE_FORMAT                                                                                                              \
	{                                                                                                                        \
		.name = "format", .in = IN_QUERY, .type = TYPE_ENUM, .choices = "csv|xlsx|jsonl",                                \
		.doc = "the mapping's own form when absent"                                                                      \
	}
#define AFTER_LIMIT                                                                                                              \
	{.name = "after", .in = IN_QUERY, .type = TYPE_ID, .doc = "\"next\" of the page before"}, {                              \
		.name = "limit", .in = IN_QUERY, .type = TYPE_INT, .min = 1, .max = 200, .doc = "rows a page, 50 when left out"  \
	}
static const InputField adapter_export_inputs[] = {
    ADAPTER_PATH,
    FILE_FORMAT,
    {.name = "from", .in = IN_QUERY, .type = TYPE_TIME, .doc = "requests asked, use of days from then on"},
    {.name = "to", .in = IN_QUERY, .type = TYPE_TIME, .doc = "requests and use before then"},
    {0},
};
static const InputField adapter_import_inputs[] = {
    ADAPTER_PATH,
    {.name = "name",
     .in = IN_QUERY,
     .type = TYPE_TEXT,
     .required = true,
     .min = 1,
     .max = 255,
     .doc = "file name; never used as a path"},
    {.name = "sheet", .in = IN_QUERY, .type = TYPE_TEXT, .max = 64, .doc = "XLSX: sheet to read, the first when absent"},
    {0},
};
static const InputField adapter_imports_inputs[] = {AFTER_LIMIT, {0}};
static const InputField adapter_import_id_inputs[] = {ID_PATH("import"), {0}};
static const InputField adapter_rows_inputs[] = {
    ID_PATH("import"),
    {.name = "fate", .in = IN_QUERY, .type = TYPE_ENUM, .choices = "new|changed|same|refused", .doc = "only these rows"},
    AFTER_LIMIT,
    {0},
};
static const InputField adapter_refused_inputs[] = {ID_PATH("import"), FILE_FORMAT, {0}};
static const InputField adapter_items_inputs[] = {
    {.name = "data", .in = IN_QUERY, .type = TYPE_ENUM, .required = true, .choices = "requests|usage", .doc = "which ledger"},
    AFTER_LIMIT,
    {0},
};
static const InputField resource_use_inputs[] = {ID_PATH("resource"), {0}};
static const OutputField resource_use_outputs[] = {
    {"items", "{month: string, org_id: string | null, org_name: string, platform: string, records: number}[]",
     "newest month first, then by records; platform: who told of it, empty: counted here"},
    ONE_PAGE,
    {0}};
static const OutputField adapters_outputs[] = {
    {"items",
     "{name: string, title: string, title_en: string, platform: string, data: \"catalogue\" | \"requests\" | \"usage\" | "
     "\"records\","
     " standard: string, form: string, resource: string | null, version: number, columns: {column: string, field: string | null,"
     " id: boolean, read: boolean, codes: number}[]}[]",
     "mappings to other platforms' templates, by name"},
    ONE_PAGE,
    {0}};
#define BATCH_OUT                                                                                                                \
	{"batch_id", "string", "import"}, {"adapter", "string", "mapping"}, {"data", "string", "what it holds"},                 \
	    {"platform", "string", "the other platform"}, {"org_id", "string", "whose import"},                                  \
	    {"file_name", "string", "as given"}, {"sha256", "string", "of the file"},                                            \
	    {"state", "\"previewed\" | \"applied\"", "whether it was applied"}, {"new", "number", "rows"},                       \
	    {"changed", "number", "rows"}, {"same", "number", "rows"}, {"refused", "number", "rows"},                            \
	    {"created_at", "string", "dry run"}, {"applied_at", "string | null", "applied"},                                     \
	    {"job_id", "string | null", "records: the load"}, {                                                                  \
		"resource_id", "string | null", "records: of which resource"                                                     \
	}
static const OutputField adapter_import_outputs[] = {{"batch_id", "string", "import"},
                                                     {"rows", "number", "rows of the file"},
                                                     {"new", "number", "rows"},
                                                     {"changed", "number", "rows"},
                                                     {"same", "number", "rows"},
                                                     {"refused", "number", "rows"},
                                                     {0}};
static const OutputField adapter_batch_outputs[] = {BATCH_OUT, {0}};
static const OutputField adapter_rows_outputs[] = {BATCH_OUT,
                                                   {"columns", "string[]", "of the template"},
                                                   {"rows",
                                                    "{row_no: number, fate: \"new\" | \"changed\" | \"same\" | \"refused\", id: "
                                                    "string, cells: string[], reasons: {field: string, value: string,"
                                                    " rule: string, message: string, advice: string}[]}[]",
                                                    "as in the file; empty once adapter.keep_days are over"},
                                                   {"next", "string | null", "cursor"},
                                                   {0}};
static const OutputField adapter_imports_outputs[] = {{"items",
                                                       "{batch_id: string, adapter: string, data: string, platform: string, "
                                                       "org_id: string, file_name: string, sha256: string, state:"
                                                       " \"previewed\" | \"applied\", new: number, changed: number, same: "
                                                       "number, refused: number, created_at: string, applied_at: string |"
                                                       " null, job_id: string | null, resource_id: string | null}[]",
                                                       "newest first"},
                                                      {"next", "string | null", "cursor"},
                                                      {0}};
static const OutputField adapter_items_outputs[] = {{"items",
                                                     "{item_id: string, platform: string, data: string, id: string, document: "
                                                     "Record<string, string>, batch_id: string, first_at: string,"
                                                     " changed_at: string, case_id: string | null, resource_id: string | null}[]",
                                                     "newest first; case_id: the case begun for a request"},
                                                    {"next", "string | null", "cursor"},
                                                    {0}};

static const Route routes[] = {
    {"GET", "/api/v1/adapters", PERMIT_JOBS_READ, LANE_READ, adapters_get, "adapter.list",
     "Mappings to templates of other platforms.", NULL, adapters_outputs, 0, ROUTE_NO_EVIDENCE},
    {"GET", "/api/v1/adapters/{adapter}/export", PERMIT_JOBS_READ, LANE_READ, adapter_export, "adapter.export",
     "What one may see, in another platform's template; the same data give the same file.", adapter_export_inputs, NULL, 0,
     ROUTE_STREAM},
    {"POST", "/api/v1/adapters/{adapter}/imports", PERMIT_JOBS_READ, LANE_READ, adapter_import, "adapter.import",
     "Reads a file in another platform's template and says what it would change: nothing is changed.", adapter_import_inputs,
     adapter_import_outputs, ADAPTER_FILE_MAX, ROUTE_SPOOL},
    {"GET", "/api/v1/adapter-imports", PERMIT_JOBS_READ, LANE_READ, adapter_imports_get, "adapter.imports",
     "Imports of one's organisation; the data bureau sees all but those of records.", adapter_imports_inputs,
     adapter_imports_outputs},
    {"GET", "/api/v1/adapter-imports/{id}", PERMIT_JOBS_READ, LANE_READ, adapter_import_get, "adapter.import_rows",
     "One import with its rows and why they were refused.", adapter_rows_inputs, adapter_rows_outputs},
    {"GET", "/api/v1/adapter-imports/{id}/refused", PERMIT_JOBS_READ, LANE_READ, adapter_import_refused, "adapter.refused",
     "The refused rows in the template, with the reasons.", adapter_refused_inputs, NULL, 0, ROUTE_STREAM},
    {"POST", "/api/v1/adapter-imports/{id}/apply", PERMIT_JOBS_READ, LANE_READ, adapter_import_apply, "adapter.apply",
     "Does what the dry run said; done twice it changes nothing.", adapter_import_id_inputs, adapter_batch_outputs},
    {"GET", "/api/v1/adapter-items", PERMIT_JOBS_READ, LANE_READ, adapter_items_get, "adapter.items",
     "Requests or use that came from other platforms.", adapter_items_inputs, adapter_items_outputs},
    {"GET", "/api/v1/resources/{id}/use", PERMIT_JOBS_READ, LANE_READ, resource_use_get, "exchange.use",
     "Records of an entry used in each of the last twelve months, by receiver; the supplier and the data bureau see all "
     "receivers.",
     resource_use_inputs, resource_use_outputs, 0, ROUTE_NO_EVIDENCE},
    {"POST", "/api/v1/uploads", PERMIT_LOAD, LANE_READ, upload_post, "exchange.upload",
     "Keeps a file; durable when answered. At most 4 GiB.", upload_inputs, upload_outputs, UPLOAD_MAX,
     ROUTE_SPOOL | ROUTE_NO_EVIDENCE},
    {"POST", "/api/v1/uploads/{id}/propose", PERMIT_LOAD, LANE_READ, propose_upload, "exchange.propose",
     "Proposes the fields of a file.", propose_inputs, propose_outputs},
    {"GET", "/api/v1/sources", PERMIT_LOGIN, LANE_READ, source_list, "source.list", "Databases that loads may read from.", NULL,
     sources_outputs},
    {"POST", "/api/v1/sources", PERMIT_SYSTEM, LANE_WRITE, source_post, "source.create",
     "Adds a database; its password is kept locked and never shown.", source_inputs, source_outputs},
    {"GET", "/api/v1/sources/{id}", PERMIT_SYSTEM, LANE_READ, source_show, "source.get",
     "One database as it can be changed, without its password, and what uses it.", source_id_inputs, source_one_outputs},
    {"PUT", "/api/v1/sources/{id}", PERMIT_SYSTEM, LANE_WRITE, source_change, "source.change",
     "Changes it; the next read of proxied records goes to the new address.", source_change_inputs, source_outputs},
    {"DELETE", "/api/v1/sources/{id}", PERMIT_SYSTEM, LANE_WRITE, source_remove, "source.remove",
     "Removes it with its password; refused while entries are proxied from it or loads read it.", source_remove_inputs, NULL},
    {"POST", "/api/v1/sources/{id}/test", PERMIT_LOGIN, LANE_READ, source_test, "source.test", "Connects once.", source_id_inputs,
     test_outputs},
    {"GET", "/api/v1/sources/{id}/tables", PERMIT_LOAD, LANE_READ, source_tables, "source.tables", "Tables of a source.",
     source_id_inputs, tables_outputs},
    {"POST", "/api/v1/sources/{id}/propose", PERMIT_LOAD, LANE_READ, propose_source, "source.propose",
     "Proposes the fields of a table.", propose_source_inputs, propose_outputs},
    {"POST", "/api/v1/resources/{id}/jobs", PERMIT_LOAD, LANE_WRITE, load_post, "exchange.load",
     "Starts a load; it ends reconciled or failed.", load_inputs, job_outputs},
    {"GET", "/api/v1/resources/{id}/proxy", PERMIT_LOAD, LANE_READ, proxy_get, "proxy.get",
     "Where the records of a proxied entry stay.", proxy_id_inputs, proxy_outputs},
    {"POST", "/api/v1/resources/{id}/proxy/preview", PERMIT_LOAD, LANE_READ, proxy_preview, "proxy.preview",
     "Looks at a table before an entry is bound to it: its columns, its key, its first rows.", proxy_inputs,
     proxy_preview_outputs},
    {"POST", "/api/v1/resources/{id}/proxy", PERMIT_LOAD, LANE_READ, proxy_post, "proxy.bind",
     "The records stay in this table of the supplier; each read asks there.", proxy_inputs, proxy_made_outputs},
    {"POST", "/api/v1/resources/{id}/proxy/end", PERMIT_LOAD, LANE_WRITE, proxy_end, "proxy.end",
     "Records are stored again from the next load on; until then there are none.", proxy_id_inputs, NULL},
    {"GET", "/api/v1/data/{resource}/download", PERMIT_DATA_READ, LANE_READ, download_get, "record.download",
     "All records that the caller may see, as a file; they count against the quota. X-Yiwang-Provenance tells who, when and for "
     "which grant.",
     download_inputs, NULL, 0, ROUTE_STREAM},
    {"GET", "/api/v1/targets", PERMIT_LOGIN, LANE_READ, target_list, "target.list",
     "Databases, folders, SFTP servers and HTTP endpoints that deliveries may write to.", NULL, targets_outputs},
    {"POST", "/api/v1/targets", PERMIT_SYSTEM, LANE_WRITE, target_post, "target.create",
     "Adds a receiver's database, folder, SFTP server or HTTP endpoint; secrets are kept locked and never shown.", target_inputs,
     target_outputs},
    {"POST", "/api/v1/targets/try", PERMIT_SYSTEM, LANE_READ, target_try, "target.try",
     "Connects once to an address that is not kept.", target_try_inputs, test_outputs},
    {"GET", "/api/v1/targets/{id}", PERMIT_SYSTEM, LANE_READ, target_show, "target.get",
     "One target as it can be changed, without its secrets, and what uses it.", target_id_inputs, target_one_outputs},
    {"PUT", "/api/v1/targets/{id}", PERMIT_SYSTEM, LANE_WRITE, target_change, "target.change",
     "Changes it; the next run of a delivery begins with all records where it finds none of its own.", target_put_inputs,
     target_outputs},
    {"DELETE", "/api/v1/targets/{id}", PERMIT_SYSTEM, LANE_WRITE, target_remove, "target.remove",
     "Removes it with its secrets; refused while deliveries use it. Those that ended still name it.", target_delete_inputs, NULL},
    {"POST", "/api/v1/targets/{id}/test", PERMIT_LOGIN, LANE_READ, target_test, "target.test", "Connects once.", target_id_inputs,
     test_outputs},
    {"GET", "/api/v1/deliveries", PERMIT_JOBS_READ, LANE_READ, delivery_list, "delivery.list",
     "Deliveries to or from one's organisation; the data bureau sees all.", delivery_list_inputs, delivery_list_outputs},
    {"POST", "/api/v1/deliveries", PERMIT_KEYS, LANE_WRITE, delivery_post, "delivery.create",
     "Keeps what an account is granted up in a table of its department's database, or sends it as files; the first run begins at "
     "once.",
     delivery_inputs, delivery_made_outputs},
    {"GET", "/api/v1/deliveries/{id}", PERMIT_JOBS_READ, LANE_READ, delivery_get, "delivery.get",
     "One delivery with its last runs.", delivery_one_inputs, delivery_outputs},
    {"POST", "/api/v1/deliveries/{id}/run", PERMIT_KEYS, LANE_WRITE, delivery_run, "delivery.run", "Runs it now.",
     delivery_run_inputs, delivery_made_outputs},
    {"PUT", "/api/v1/deliveries/{id}/timetable", PERMIT_KEYS, LANE_WRITE, delivery_timetable_put, "delivery.timetable",
     "Sets when it runs by itself.", delivery_timetable_inputs, NULL},
    {"POST", "/api/v1/deliveries/{id}/pause", PERMIT_KEYS, LANE_WRITE, delivery_pause, "delivery.pause",
     "No runs until it is resumed.", delivery_pause_inputs, NULL},
    {"POST", "/api/v1/deliveries/{id}/resume", PERMIT_KEYS, LANE_WRITE, delivery_resume, "delivery.resume",
     "Goes on, with a run at once.", delivery_one_inputs, delivery_made_outputs},
    {"POST", "/api/v1/deliveries/{id}/stop", PERMIT_KEYS, LANE_WRITE, delivery_stop, "delivery.stop",
     "Ends it for good; the table stays in the target.", delivery_one_inputs, NULL},
    {"GET", "/api/v1/jobs/{id}/receipt", PERMIT_JOBS_READ, LANE_READ, receipt_get, "exchange.receipt",
     "The signed batch receipt of a reconciled job.", job_inputs, receipt_outputs},
    {"GET", "/api/v1/resources/{id}/quarantine.xlsx", PERMIT_LOAD, LANE_READ, workbook_get, "quarantine.download",
     "Refused rows as a workbook to mend, at most 100,000.", workbook_inputs, NULL, 0, ROUTE_STREAM},
    {"POST", "/api/v1/resources/{id}/quarantine/mend", PERMIT_LOAD, LANE_READ, workbook_mend, "quarantine.mend_upload",
     "Takes over the values of a mended workbook.", mend_inputs, mend_outputs},
    {"POST", "/api/v1/resources/{id}/quarantine/replay", PERMIT_LOAD, LANE_WRITE, replay_post, "quarantine.replay",
     "Loads mended rows; those refused again come back with new reasons.", replay_inputs, job_outputs},
    {"GET", "/api/v1/resources/{id}/quality", PERMIT_CATALOG_READ, LANE_READ, quality_get, "quality.read",
     "Scores of an entry's loads with their bases, by field and by rule, and what the patrol found.", quality_inputs,
     quality_outputs, 0, ROUTE_NO_EVIDENCE},
    {"GET", "/api/v1/quality", PERMIT_JOBS_READ, LANE_READ, quality_list, "quality.list",
     "Quality of one's organisation's entries (data bureau: of all), worst first.", quality_list_inputs, quality_list_outputs, 0,
     ROUTE_NO_EVIDENCE},
    {"POST", "/api/v1/quality/patrol", PERMIT_CATALOG_REVIEW, LANE_READ, quality_patrol, "quality.patrol",
     "A round of the patrol now, besides the hourly one.", NULL, patrol_outputs},
};

static const JobKind jobs[] = {
    {"exchange.load", load_job_run, .changes = true},
    {"exchange.replay", replay_job_run, .changes = true},
    {"exchange.deliver", deliver_job_run},
};

static const Setting settings[] = {
    {"deliveries.folder", "",
     "Folder of this machine below which folder targets are; deliveries: the state directory's own; empty: none",
     .good = target_folder_good,
     .advice = "Write an absolute path without . and .. parts, the word deliveries, or leave it empty."},
    {"deliveries.count_rows", "100000",
     "Rows up to which a receiver's table is counted in each run of a delivery; a larger one is counted once a day", 0,
     1000000000},
    {"deliveries.stall_seconds", "60", "Seconds without a byte after which a call to a receiver of files has failed", 1, 3600},
    {"proxy.timeout_seconds", "10", "Seconds that a supplier's database has to answer a read of proxied records", 1, 60},
    {"adapter.keep_days", "90", "Days after which the rows of an import from another platform are removed", 1, 3660},
    {"uploads.keep_days", "14", "Days after which an upload that no queued or running job needs is removed", 1, 3660},
    {"quality.order_below", "60", "Score of an entry below which a correction order is raised; 0: none", 0, 100},
    {"quality.order_after_hours", "24", "Hours that a finding of the patrol stands before it becomes a correction order", 0,
     8760},
};

static const Action actions[] = {
    {"order.judge", order_judge},   /* arg: OrderJudge of casework.h */
    {"order.passes", order_passes}, /* checks of processes; arg: CaseCheck */
    {"order.fails", order_fails},
    {"keeper.columns", proxy_columns},
    {"keeper.open", proxy_read},
    {"adapter.check", action_adapter_check}, /* PackPart of catalog.h */
    {"adapter.local", action_adapter_local},
    {"adapter.put", action_adapter_put},
};

static const Chore chores[] = {
    {"exchange.patrol", 60, patrol_chore},
    {"exchange.uploads", 60, uploads_chore},
    {"exchange.adapter_rows", 1440, adapter_rows_chore},
    {"exchange.deliveries", 1, deliveries_chore},
    {"exchange.delivery_cursors", 1440, delivery_cursors_chore},
    {"exchange.upload_files", 60, upload_files_chore, .everywhere = true},
};

static int exchange_start(App *app, Error *error) {
	int code = downloads_start(app, error);
	if (code == 0) code = proxies_start(app, error);
	return code < 0 ? code : odbc_proxies_start(app, error);
}

static void exchange_stop(App *app) {
	odbc_proxies_stop(app);
	proxies_stop(app);
	downloads_stop(app);
}

const Module exchange_module = {
    .name = "exchange",
    ROWS_OF(route, routes),
    ROWS_OF(migration, exchange_migrations),
    ROWS_OF(action, actions),
    ROWS_OF(job, jobs),
    ROWS_OF(setting, settings),
    ROWS_OF(chore, chores),
    .start = exchange_start,
    .stop = exchange_stop,
};
