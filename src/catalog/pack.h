/* What the files that load packs share. Internal to the room. */
#ifndef YIWANG_CATALOG_PACK_H
#define YIWANG_CATALOG_PACK_H
#include "catalog/internal.h"
#include "catalog/yaml.h"

typedef enum PackKind {
	PACK_ORGANISATION,
	PACK_CODE_SET,
	PACK_ELEMENT,
	PACK_TEMPLATE,
	PACK_SYNONYM,
	PACK_RESOURCE,
	PACK_PROCESS,
	PACK_ADAPTER,
	PACK_SCHEME,
	PACK_EVENT_CLASS,
	PACK_PLATFORM,
	PACK_FILES, /* from here on: files taken whole */
	PACK_DIVISIONS = PACK_FILES,
	PACK_CALENDAR,
	PACK_SYSTEMS,
	PACK_MATERIALS,
	PACK_DUTIES,
	PACK_KIND_COUNT
} PackKind;

typedef struct PackFile {
	const char *shown;    /* "base/elements/population.yaml" */
	const char *path;     /* on disk */
	const YamlNode *root; /* NULL: not YAML (divisions) */
} PackFile;

typedef struct PackItem {
	PackKind kind;
	const char *name; /* code of an element or organisation, name of a set, resource code, file of divisions */
	const PackFile *file;
	const char *path;            /* where in the file: "elements[3]" */
	json_t *json;                /* normal form: what is compared and stored */
	char sha256[HEX_DIGEST_MAX]; /* of the normal form, or of the file */
	struct PackItem *next;
} PackItem;

/* One row a kind, in the order in which they are applied (later ones refer to earlier ones). */
typedef struct PackKindRow {
	const char *name;     /* in reports and table pack_item */
	const char *list;     /* key in pack.yaml */
	const char *inner;    /* key of the list inside a file; NULL: the file is one item */
	const char *identity; /* key of an item's name */
	const ShapeKey *keys;
	/* Checks what the shape cannot say and gives the normal form (in arena). path is the item's. */
	json_t *(*normal)(Request *rq, const json_t *json, const char *path, Problems *problems);
	/* The normal form of what the city has now, NULL when it has none. 0 or a code. */
	int (*local)(Request *rq, const char *name, json_t **out);
	/* In a write: stores it, replacing what is there. */
	int (*put)(Request *rq, const PackItem *item, Problems *problems);
	const char *load; /* files taken whole: the action that takes them (PackPart), NULL: this room does */
} PackKindRow;
extern const PackKindRow pack_kinds[PACK_KIND_COUNT];

/* sha256 of the canonical text (sorted keys). */
void pack_json_digest(Request *rq, const json_t *json, char out[HEX_DIGEST_MAX]);
/* Divisions from a CSV file (gzip or not) with the columns code, name, valid_from, valid_to: replaces those of that source.
 * In a write. The rows stored, or a negative code with file:line in the error. */
int64_t divisions_replace(Request *rq, const char *path, const char *source);
int org_by_code(Request *rq, const char *code, int64_t *out); /* 1, 0 none, <0 */
#endif
