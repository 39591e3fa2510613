/* Owns reading YAML: libyaml's events into a tree with lines, within limits. The tree lives in the caller's arena; any thread. */
#include "catalog/yaml.h"
#include <yaml.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Reader {
	yaml_parser_t parser;
	Arena *arena;
	const char *file;
	Error *error;
	int nodes;
} Reader;

static int line_of(yaml_mark_t mark) {
	return (int)mark.line + 1;
}

#define REFUSE(line, ...) refuse(reader, line, arena_printf(reader->arena, __VA_ARGS__))
static int refuse(Reader *reader, int line, const char *why) {
	return error_set(reader->error, ERR_INVALID, "%s:%d: %s", reader->file, line, why);
}

/* --- events ------------------------------------------------------------------------------------------------------------ */
static int next_event(Reader *reader, yaml_event_t *event) {
	if (yaml_parser_parse(&reader->parser, event)) return 0;
	size_t line = reader->parser.problem_mark.line + 1;
	const char *problem = reader->parser.problem ? reader->parser.problem : "unreadable";
	return REFUSE((int)line, "not YAML: %s (indent with blanks, put texts with : or # in quotes)", problem);
}

static int event_refused(Reader *reader, const yaml_event_t *event, int depth) {
	int line = line_of(event->start_mark);
	const yaml_char_t *anchor = NULL, *tag = NULL;
	if (event->type == YAML_ALIAS_EVENT) return REFUSE(line, "aliases (*name) are not read in packs: write the value out");
	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	}
	if (anchor) return REFUSE(line, "anchors (&name) are not read in packs: write the value out where it is needed");
	if (tag) return REFUSE(line, "tags (!name) are not read in packs: remove it");
	if (depth > YAML_DEPTH_MAX) return REFUSE(line, "nested deeper than %d levels", YAML_DEPTH_MAX);
	if (++reader->nodes > YAML_NODES_MAX) return REFUSE(line, "more than %d values in one file: split it", YAML_NODES_MAX);
	return 0;
}

static int read_node(Reader *reader, yaml_event_t *event, int depth, YamlNode **out);

static int read_scalar(Reader *reader, const yaml_event_t *event, YamlNode *node) {
	Text text = {(const char *)event->data.scalar.value, event->data.scalar.length};
	if (memchr(text.at, '\0', text.len) || !utf8_valid(text))
		return REFUSE(node->line, "a text holds a NUL or bytes that are not UTF-8");
	node->kind = YAML_SCALAR;
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->text = text_dup(reader->arena, text);
	return 0;
}

static int read_list(Reader *reader, YamlNode *node, int depth) {
	YamlNode **tail = &node->first;
	node->kind = YAML_LIST;
	for (;;) {
		yaml_event_t event;
		int code = next_event(reader, &event);
		if (code < 0) return code;
		bool end = event.type == YAML_SEQUENCE_END_EVENT;
		if (!end) code = read_node(reader, &event, depth + 1, tail);
		yaml_event_delete(&event);
		if (code < 0 || end) return code;
		tail = &(*tail)->next;
	}
}

/* Keys are compared by a small hash table, so that a long map is not quadratic. */
typedef struct KeySet {
	const YamlNode **slots;
	uint32_t mask, count;
} KeySet;

static void keys_insert(KeySet *keys, const YamlNode *node) {
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < node->key.len; i++)
		hash = (hash ^ (unsigned char)node->key.at[i]) * 16777619u;
	while (keys->slots[hash & keys->mask])
		hash++;
	keys->slots[hash & keys->mask] = node;
}

static const YamlNode *keys_find(const KeySet *keys, Text key) {
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < key.len; i++)
		hash = (hash ^ (unsigned char)key.at[i]) * 16777619u;
	for (; keys->slots[hash & keys->mask]; hash++)
		if (text_eq(keys->slots[hash & keys->mask]->key, key)) return keys->slots[hash & keys->mask];
	return NULL;
}

static void keys_add(Reader *reader, KeySet *keys, const YamlNode *node) {
	if ((keys->count + 1) * 2 > keys->mask) {
		KeySet bigger = {ARENA_ARRAY(reader->arena, const YamlNode *, (keys->mask + 1) * 4), (keys->mask + 1) * 4 - 1,
		                 keys->count};
		for (uint32_t i = 0; i <= keys->mask; i++)
			if (keys->slots[i]) keys_insert(&bigger, keys->slots[i]);
		*keys = bigger;
	}
	keys->count++;
	keys_insert(keys, node);
}

static int read_map(Reader *reader, YamlNode *node, int depth) {
	YamlNode **tail = &node->first;
	KeySet keys = {ARENA_ARRAY(reader->arena, const YamlNode *, 16), 15, 0};
	node->kind = YAML_MAP;
	for (;;) {
		yaml_event_t event;
		YamlNode *key = NULL;
		int code = next_event(reader, &event);
		if (code < 0) return code;
		bool end = event.type == YAML_MAPPING_END_EVENT;
		if (!end) code = read_node(reader, &event, depth + 1, &key);
		yaml_event_delete(&event);
		if (code < 0 || end) return code;
		if (key->kind != YAML_SCALAR || (key->plain && text_is(key->text, "<<")))
			return REFUSE(key->line, "a key must be a text (merge keys << are not read)");
		const YamlNode *twice = keys_find(&keys, key->text);
		if (twice)
			return REFUSE(key->line, "the key \"%.*s\" was given before, in line %d", TEXT_ARG(key->text),
			              twice->line);
		if ((code = next_event(reader, &event)) < 0) return code;
		code = read_node(reader, &event, depth + 1, tail);
		yaml_event_delete(&event);
		if (code < 0) return code;
		(*tail)->key = key->text;
		(*tail)->line = (*tail)->kind == YAML_SCALAR ? (*tail)->line : key->line;
		keys_add(reader, &keys, *tail);
		tail = &(*tail)->next;
	}
}

static int read_node(Reader *reader, yaml_event_t *event, int depth, YamlNode **out) {
	int code = event_refused(reader, event, depth);
	if (code < 0) return code;
	YamlNode *node = ARENA_NEW(reader->arena, YamlNode);
	node->line = line_of(event->start_mark);
	if (event->type == YAML_SCALAR_EVENT)
		code = read_scalar(reader, event, node);
	else if (event->type == YAML_SEQUENCE_START_EVENT)
		code = read_list(reader, node, depth);
	else if (event->type == YAML_MAPPING_START_EVENT)
		code = read_map(reader, node, depth);
	else
		return REFUSE(node->line, "a value is missing");
	if (code == 0) *out = node;
	return code;
}

/* One document: its root, then nothing. */
static int read_stream(Reader *reader, YamlNode **out) {
	YamlNode *root = NULL;
	int documents = 0;
	for (;;) {
		yaml_event_t event;
		int code = next_event(reader, &event), line = 0;
		if (code < 0) return code;
		yaml_event_type_t type = event.type;
		line = line_of(event.start_mark);
		if (type == YAML_DOCUMENT_START_EVENT)
			documents++;
		else if (type == YAML_SCALAR_EVENT || type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT ||
		         type == YAML_ALIAS_EVENT)
			code = documents > 1 ? 0 : read_node(reader, &event, 1, &root);
		yaml_event_delete(&event);
		if (code < 0) return code;
		if (documents > 1) return REFUSE(line, "a second document begins here: one file holds one");
		if (type == YAML_STREAM_END_EVENT) break;
	}
	if (!root) return REFUSE(1, "the file is empty");
	*out = root;
	return 0;
}

static void drop_parser(void *parser) {
	yaml_parser_delete(parser);
}

int yaml_parse(Arena *arena, const char *file, Text bytes, YamlNode **out, Error *error) {
	if (bytes.len > YAML_BYTES_MAX)
		return error_set(error, ERR_TOO_LARGE, "%s: larger than %d bytes: split it", file, YAML_BYTES_MAX);
	Reader *reader = ARENA_NEW(arena, Reader);
	*reader = (Reader){.arena = arena, .file = file, .error = error};
	if (!yaml_parser_initialize(&reader->parser))
		return error_set(error, ERR_INTERNAL, "%s: no memory for the YAML parser", file);
	arena_on_free(arena, drop_parser, &reader->parser);
	yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader->parser, (const unsigned char *)(bytes.at ? bytes.at : ""), bytes.len);
	return read_stream(reader, out);
}

int yaml_read(Arena *arena, const char *path, const char *shown, YamlNode **out, Error *error) {
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) return error_set(error, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", shown, strerror(errno));
	struct stat info;
	if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode) || info.st_size > YAML_BYTES_MAX) {
		close(fd);
		return error_set(error, ERR_TOO_LARGE, "%s: not a file of at most %d bytes", shown, YAML_BYTES_MAX);
	}
	char *bytes = arena_alloc_raw(arena, (size_t)info.st_size + 1);
	size_t length = 0;
	ssize_t got;
	while (length < (size_t)info.st_size && (got = read(fd, bytes + length, (size_t)info.st_size - length)) != 0) {
		if (got < 0 && errno != EINTR) {
			close(fd);
			return error_set(error, ERR_IO, "%s: %s", shown, strerror(errno));
		}
		length += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	return yaml_parse(arena, shown, (Text){bytes, length}, out, error);
}

/* --- as JSON ----------------------------------------------------------------------------------------------------------- */
/* 0, 17, -3 but not 01, +1, 1_000 or 0x10. */
static bool whole_number(Text text, int64_t *value) {
	size_t sign = text.len && text.at[0] == '-';
	if (text.len == sign || (text.at[sign] == '0' && text.len > sign + 1)) return false;
	for (size_t i = sign; i < text.len; i++)
		if (!isdigit((unsigned char)text.at[i])) return false;
	return text_to_int(text, value) == 0;
}

static json_t *scalar_json(const YamlNode *node) {
	int64_t whole;
	double real;
	Text text = node->text;
	if (!node->plain) return json_stringn(text.at, text.len);
	if (text.len == 0 || text_is(text, "null") || text_is(text, "~")) return json_null();
	if (text_is(text, "true") || text_is(text, "false")) return json_boolean(text.at[0] == 't');
	if (whole_number(text, &whole)) return json_integer(whole);
	bool decimal = memchr(text.at, '.', text.len) && (isdigit((unsigned char)text.at[0]) || text.at[0] == '-');
	if (decimal && text_to_double(text, &real) == 0) return json_real(real);
	return json_stringn(text.at, text.len);
}

json_t *yaml_json(const YamlNode *node) {
	if (node->kind == YAML_SCALAR) return scalar_json(node);
	json_t *json = node->kind == YAML_LIST ? json_array() : json_object();
	for (const YamlNode *child = node->first; child; child = child->next)
		if (node->kind == YAML_LIST)
			json_array_append_new(json, yaml_json(child));
		else
			json_object_setn_new_nocheck(json, child->key.at, child->key.len, yaml_json(child));
	return json;
}

const YamlNode *yaml_get(const YamlNode *map, const char *key) {
	for (const YamlNode *child = map && map->kind == YAML_MAP ? map->first : NULL; child; child = child->next)
		if (text_is(child->key, key)) return child;
	return NULL;
}

static const YamlNode *child_at(const YamlNode *list, long index) {
	const YamlNode *child = list->kind == YAML_LIST ? list->first : NULL;
	while (child && index-- > 0)
		child = child->next;
	return child;
}

int yaml_line(const YamlNode *root, const char *path) {
	const YamlNode *node = root;
	int line = root->line;
	while (node && *path) {
		if (*path == '[') {
			char *end;
			node = child_at(node, strtol(path + 1, &end, 10));
			path = *end == ']' ? end + 1 : end;
		} else {
			size_t length = strcspn(path, ".[");
			const YamlNode *child = node->kind == YAML_MAP ? node->first : NULL;
			while (child && !text_eq(child->key, (Text){path, length}))
				child = child->next;
			node = child;
			path += length;
		}
		if (*path == '.') path++;
		if (node) line = node->line;
	}
	return line;
}
