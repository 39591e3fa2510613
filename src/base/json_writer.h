/* JsonWriter: streaming JSON output into a Buf. Commas are its own business; nesting is checked by assert.
 * 64-bit ids go out as strings (json_id), since browsers keep 53 bits. */
#ifndef YIWANG_BASE_JSON_WRITER_H
#define YIWANG_BASE_JSON_WRITER_H
#include "base/buf.h"

enum { JSON_DEPTH_MAX = 32 };
typedef struct JsonWriter {
	Buf *out;
	int depth;
	bool comma, after_key;
} JsonWriter;

void json_begin(JsonWriter *json, Buf *out);
void json_object(JsonWriter *json);
void json_object_end(JsonWriter *json);
void json_array(JsonWriter *json);
void json_array_end(JsonWriter *json);
void json_key(JsonWriter *json, const char *key);
void json_key_text(JsonWriter *json, Text key);
void json_text(JsonWriter *json, Text value); /* TEXT_NONE (at == NULL) writes null; bytes must be UTF-8 */
void json_str(JsonWriter *json, const char *value); /* NULL writes null */
void json_int(JsonWriter *json, int64_t value);
void json_id(JsonWriter *json, int64_t value); /* as a string */
void json_double(JsonWriter *json, double value); /* shortest form that reads back equal; not finite → null */
void json_bool(JsonWriter *json, bool value);
void json_null(JsonWriter *json);
void json_raw(JsonWriter *json, Text json_text); /* already JSON */
void json_time(JsonWriter *json, int64_t us);    /* clock_format, 0 → null */
/* key and value in one. */
void json_kv_text(JsonWriter *json, const char *key, Text value);
void json_kv_str(JsonWriter *json, const char *key, const char *value);
void json_kv_int(JsonWriter *json, const char *key, int64_t value);
void json_kv_id(JsonWriter *json, const char *key, int64_t value);
void json_kv_bool(JsonWriter *json, const char *key, bool value);
void json_kv_time(JsonWriter *json, const char *key, int64_t us);
#endif
