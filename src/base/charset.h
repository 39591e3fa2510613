/* Charsets and Unicode forms, by ICU. */
#ifndef YIWANG_BASE_CHARSET_H
#define YIWANG_BASE_CHARSET_H
#include "base/buf.h"
#include "base/error.h"

typedef enum Charset { CHARSET_UTF8, CHARSET_GB18030, CHARSET_UTF16LE, CHARSET_UTF16BE } Charset;
const char *charset_name(Charset charset);
int charset_parse(Text name, Charset *charset); /* "utf-8", "gb18030", "gbk", "gb2312", "utf-16le"…: 0 or -1 */
/* From a BOM, or UTF-8 when the sample is valid UTF-8 but for a few bytes (a character cut at its end is allowed), else GB18030.
 */
Charset charset_guess(Text sample);

/* Streaming conversion to UTF-8. An undecodable sequence becomes U+FFFD and is counted with the byte offset of the first. */
typedef struct Decoder Decoder;
Decoder *decoder_new(Arena *arena, Charset charset);
void decoder_feed(Decoder *decoder, Text bytes, bool last, Buf *out);
int64_t decoder_bad_count(const Decoder *decoder);
int64_t decoder_first_bad(const Decoder *decoder); /* -1 = none */

/* NFC of valid UTF-8 (fast path returns the input itself). */
Text text_nfc(Arena *arena, Text text);
/* Full-width ASCII and ideographic space to half-width (not NFKC: names keep their characters). Fast path returns the input
 * itself. */
Text text_half_width(Arena *arena, Text text);
/* UTF-8 to GB18030 bytes, for exports. */
void text_to_gb18030(Buf *out, Text text);
#endif
