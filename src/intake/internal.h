/* What the files of this room share. */
#ifndef YIWANG_INTAKE_INTERNAL_H
#define YIWANG_INTAKE_INTERNAL_H
#include "event/event.h"
#include "exchange/exchange.h"
#include "intake/intake.h"
#include <stdlib.h>
#include <unicode/ucal.h>

enum { INTAKE_ROUTES = 12, CLASSES_MAX = 1000, COLUMN_VALUES_MAX = 200 };
extern const Route intake_routes[INTAKE_ROUTES];

/* --- mapping.c: how a sending system's columns become an event -------------------------------------------------------------- */
typedef enum ImportField {
	IMPORT_NUMBER,
	IMPORT_CLASS,
	IMPORT_HAPPENED,
	IMPORT_CLOSED,
	IMPORT_LON,
	IMPORT_LAT,
	IMPORT_ADDRESS,
	IMPORT_DESCRIPTION,
	IMPORT_COMPONENT,
	IMPORT_GRADE,
	IMPORT_NAME,
	IMPORT_PHONE,
	IMPORT_CONFIDENTIAL,
	IMPORT_FIELDS
} ImportField;
extern const char *const import_field_names[IMPORT_FIELDS];
/* Made of {"columns": {field: column}, "classes": {value: class}, "other": class or "", "zone": "Asia/Shanghai", "crs": "WGS84"};
 * lives in the request's arena. */
typedef struct Mapping {
	int column_of[IMPORT_FIELDS]; /* -1 none */
	const json_t *classes;
	const char *other;
	int crs;
	UCalendar *zone;
} Mapping;
/* Against the columns of the file. 0, or ERR_INVALID at "mapping.…". classes: are they all such as may be reported under. */
int mapping_read(Request *rq, const json_t *document, const Reader *reader, bool classes, Mapping *out);
/* A time of the file, in its zone where it names none itself: 0 or -1. */
int mapping_time(const Mapping *mapping, Text text, int64_t *us);
/* A row as a report of channel file. 0, or ERR_INVALID with the field's name and value. history: a row with a closing time is
 * history; else it is refused. */
int mapping_row(Request *rq, const Mapping *mapping, const ReaderRow *row, bool history, EventReport *out);
/* What a new system's columns seem to be: {field: column}. */
json_t *columns_proposed(const Reader *reader);

/* --- import.c --------------------------------------------------------------------------------------------------------------- */
int import_job(Request *rq, Job *job);

/* --- look.c ----------------------------------------------------------------------------------------------------------------- */
int import_look(Request *rq);

/* --- shifts.c: shifts by file ---------------------------------------------------------------------------------------------- */
int shifts_import(Request *rq);

/* --- routes.c --------------------------------------------------------------------------------------------------------------- */
int refused_chore(Request *rq);
#endif
