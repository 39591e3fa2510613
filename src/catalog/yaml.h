/* yaml: the small part of YAML 1.1 that packs are written in, as a tree that remembers its lines. Internal to the room. */
#ifndef YIWANG_CATALOG_YAML_H
#define YIWANG_CATALOG_YAML_H
#include "core/core.h"

/* What is refused, on purpose: anchors and aliases (a few lines can grow to gigabytes), tags, several documents, keys given
 * twice, keys that are not texts, NUL and invalid UTF-8, and more than these: */
enum { YAML_BYTES_MAX = 4 << 20, YAML_DEPTH_MAX = 24, YAML_NODES_MAX = 200000 };

typedef enum YamlKind { YAML_SCALAR, YAML_LIST, YAML_MAP } YamlKind;
typedef struct YamlNode YamlNode;
struct YamlNode {
	YamlKind kind;
	int line;               /* 1-based */
	bool plain;             /* a scalar without quotes: may be a number, true, false or null */
	Text text;              /* scalars */
	Text key;               /* inside a map */
	YamlNode *first, *next; /* children; next sibling */
};

/* Parses the bytes into arena: 0, or ERR_INVALID with "file:line: what is wrong; what to do" in error. */
int yaml_parse(Arena *arena, const char *file, Text bytes, YamlNode **out, Error *error);
/* The same from a file of at most YAML_BYTES_MAX; ERR_NOT_FOUND, ERR_TOO_LARGE, ERR_IO. shown is the name in messages. */
int yaml_read(Arena *arena, const char *path, const char *shown, YamlNode **out, Error *error);
/* The tree as JSON (a new reference): plain true, false, null and decimal numbers without leading zeros become what they look
 * like, everything else is a text; so codes such as 01 stay texts. */
json_t *yaml_json(const YamlNode *node);
/* Line of the node a problem's path ("fields[3].mask") is about; of its nearest parent when it is missing. */
int yaml_line(const YamlNode *root, const char *path);
const YamlNode *yaml_get(const YamlNode *map, const char *key); /* NULL when absent */
#endif
