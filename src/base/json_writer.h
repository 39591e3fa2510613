/* JsonWriter: streaming JSON output into a Buf. Commas are its own business; nesting is checked by assert.
 * 64-bit ids go out as strings (jw_id), since browsers keep 53 bits. */
#ifndef YIWANG_BASE_JSON_WRITER_H
#define YIWANG_BASE_JSON_WRITER_H
#include "base/buf.h"

enum { JSON_DEPTH_MAX = 32 };
typedef struct JsonWriter {
	Buf *out;
	int depth;
	bool comma, after_key;
} JsonWriter;

void jw_begin(JsonWriter *json, Buf *out);
void jw_object(JsonWriter *json);
void jw_object_end(JsonWriter *json);
void jw_array(JsonWriter *json);
void jw_array_end(JsonWriter *json);
void jw_key(JsonWriter *json, const char *key);
void jw_key_text(JsonWriter *json, Text key);
void jw_text(JsonWriter *json, Text value);       /* TEXT_NONE (at == NULL) writes null; bytes must be UTF-8 */
void jw_str(JsonWriter *json, const char *value); /* NULL writes null */
void jw_int(JsonWriter *json, int64_t value);
void jw_id(JsonWriter *json, int64_t value);    /* as a string */
void jw_double(JsonWriter *json, double value); /* shortest form that reads back equal; not finite → null */
/* The same text into any buffer; value must be finite. */
void double_to_buf(Buf *out, double value);
void jw_bool(JsonWriter *json, bool value);
void jw_null(JsonWriter *json);
void jw_raw(JsonWriter *json, Text json_text); /* already JSON */
void jw_time(JsonWriter *json, int64_t us);    /* clock_format, 0 → null */
/* key and value in one. */
void jw_kv_text(JsonWriter *json, const char *key, Text value);
void jw_kv_str(JsonWriter *json, const char *key, const char *value);
void jw_kv_int(JsonWriter *json, const char *key, int64_t value);
void jw_kv_id(JsonWriter *json, const char *key, int64_t value);
void jw_kv_bool(JsonWriter *json, const char *key, bool value);
void jw_kv_time(JsonWriter *json, const char *key, int64_t us);
#endif
