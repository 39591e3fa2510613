/* Input: the bytes of a spooled file, gunzipped when they are gzip, decoded to UTF-8 when told the charset. One owner, one
 * thread, life of its Reader. Memory: two blocks and the sample. */
#include "exchange/reader_private.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define INFLATED_FREE (INT64_C(64) << 20) /* below this no ratio is asked for */
#define INFLATED_MAX (INT64_C(64) << 30)
enum { RATIO_MAX = 1000 };

struct Input {
	Reader *reader;
	int fd;
	int64_t size, read, inflated;
	bool gzip, stream_open, member_done, at_end, sampled;
	z_stream z;
	char *raw, *plain; /* INPUT_BLOCK each; plain only for gzip */
	Buf sample;        /* first bytes, given out before anything else is read */
	size_t sample_at;
	Charset charset;
	Arena *decoding; /* of the decoder: begun anew by a rewind */
	Decoder *decoder;
	Buf decoded;
};

static int read_raw(Input *input, char *to, size_t *got) {
	ssize_t n;
	do
		n = read(input->fd, to, INPUT_BLOCK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set(input->reader->error, ERR_IO, "%s could not be read: %s", input->reader->name, strerror(errno));
	input->read += n;
	*got = (size_t)n;
	return n > 0;
}

static int damaged(Input *input) {
	return reader_refuse(input->reader, "truncated", "Send the file again.",
	                     "the gzip data is damaged or cut off at byte %lld", (long long)(input->read - input->z.avail_in));
}

/* More compressed bytes: 1, 0 at the end of the file, < 0. */
static int refill(Input *input) {
	size_t got;
	int code = read_raw(input, input->raw, &got);
	input->z.next_in = (Bytef *)input->raw;
	input->z.avail_in = code > 0 ? (uInt)got : 0;
	return code;
}

/* After a member's end: another member, padding of zeros, or the end. 1 = another one, 0 = the end. */
static int next_member(Input *input) {
	for (;;) {
		while (input->z.avail_in && *input->z.next_in == 0)
			input->z.next_in++, input->z.avail_in--;
		if (input->z.avail_in) break;
		int code = refill(input);
		if (code <= 0) return code;
	}
	if (*input->z.next_in != 0x1F) return damaged(input);
	inflateReset(&input->z);
	input->member_done = false;
	return 1;
}

static int check_bomb(Input *input) {
	int64_t consumed = input->read - input->z.avail_in;
	if (input->inflated > INFLATED_MAX)
		return reader_refuse(input->reader, "bomb", "Split the file.", "it inflates to more than %lld GiB",
		                     (long long)(INFLATED_MAX >> 30));
	if (input->inflated > INFLATED_FREE && input->inflated / RATIO_MAX > consumed)
		return reader_refuse(input->reader, "bomb", "Give the file without gzip.",
		                     "it inflates to more than %d times its size", RATIO_MAX);
	return 0;
}

static int inflate_block(Input *input, Text *block) {
	input->z.next_out = (Bytef *)input->plain;
	input->z.avail_out = INPUT_BLOCK;
	while (input->z.avail_out == INPUT_BLOCK) {
		int code;
		if (input->member_done && (code = next_member(input)) <= 0) return code;
		if (input->z.avail_in == 0 && (code = refill(input)) <= 0) return code < 0 ? code : damaged(input);
		int result = inflate(&input->z, Z_NO_FLUSH);
		if (result == Z_STREAM_END)
			input->member_done = true;
		else if (result != Z_OK && result != Z_BUF_ERROR)
			return damaged(input);
	}
	*block = (Text){input->plain, INPUT_BLOCK - input->z.avail_out};
	input->inflated += (int64_t)block->len;
	int code = check_bomb(input);
	return code < 0 ? code : 1;
}

/* The next bytes, not decoded. */
static int input_bytes(Input *input, Text *block) {
	if (input->gzip) return inflate_block(input, block);
	size_t got;
	int code = read_raw(input, input->raw, &got);
	*block = (Text){input->raw, got};
	return code;
}

static int take_sample(Input *input) {
	size_t got;
	int code = read_raw(input, input->raw, &got);
	if (code < 0) return code;
	input->gzip = got >= 2 && memcmp(input->raw, "\x1F\x8B", 2) == 0;
	if (input->gzip) {
		input->plain = arena_alloc_raw(input->reader->arena, INPUT_BLOCK);
		if (inflateInit2(&input->z, 15 + 16) != Z_OK)
			return error_set(input->reader->error, ERR_INTERNAL, "zlib could not start");
		input->stream_open = true;
		input->z.next_in = (Bytef *)input->raw;
		input->z.avail_in = (uInt)got;
	} else {
		buf_add(&input->sample, input->raw, got);
	}
	Text block;
	while (input->sample.len < INPUT_SAMPLE && (code = input_bytes(input, &block)) > 0)
		buf_text(&input->sample, block);
	return code < 0 ? code : 0;
}

int input_open(Reader *reader, Input **out) {
	Input *input = ARENA_NEW(reader->arena, Input);
	input->reader = reader;
	buf_in(&input->sample, reader->arena);
	buf_in(&input->decoded, reader->arena);
	input->raw = arena_alloc_raw(reader->arena, INPUT_BLOCK);
	input->fd = open(reader->path, O_RDONLY | O_CLOEXEC);
	*out = input; /* so that closing the reader closes the file on any failure below */
	struct stat info;
	if (input->fd < 0 || fstat(input->fd, &info) != 0 || !S_ISREG(info.st_mode))
		return error_set(reader->error, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s could not be opened", reader->name);
	input->size = info.st_size;
	return take_sample(input);
}

Text input_sample(Input *input) {
	return buf_as_text(&input->sample);
}

bool input_gzip(const Input *input) {
	return input->gzip;
}

void input_set_charset(Input *input, Charset charset) {
	input->charset = charset;
	arena_free(input->decoding);
	input->decoding = NULL;
	if (charset != CHARSET_UTF8) {
		input->decoding = arena_new();
		input->decoder = decoder_new(input->decoding, charset);
	}
}

int input_next(Input *input, Text *block) {
	do {
		Text bytes = TEXT_NONE;
		int code = 1;
		if (input->at_end) return 0;
		if (input->sample_at < input->sample.len) {
			bytes = (Text){input->sample.at + input->sample_at, input->sample.len - input->sample_at};
			input->sample_at = input->sample.len;
		} else {
			code = input_bytes(input, &bytes);
		}
		if (code < 0) return code;
		input->at_end = code == 0;
		if (input->charset == CHARSET_UTF8) {
			*block = bytes;
			return code;
		}
		buf_reset(&input->decoded);
		decoder_feed(input->decoder, code ? bytes : TEXT_NONE, code == 0, &input->decoded);
		*block = buf_as_text(&input->decoded);
	} while (block->len == 0);
	return 1;
}

int input_rewind(Input *input) {
	if (lseek(input->fd, 0, SEEK_SET) != 0)
		return error_set(input->reader->error, ERR_IO, "%s could not be read again", input->reader->name);
	if (input->gzip) {
		inflateReset(&input->z);
		input->z.avail_in = 0;
	}
	input->read = input->inflated = 0;
	input->member_done = input->at_end = false;
	input->sample_at = input->sample.len; /* it is read again with the rest */
	input_set_charset(input, input->charset);
	return 0;
}

bool input_was_bad(const Input *input) {
	return input->charset != CHARSET_UTF8 && decoder_bad_count(input->decoder) > 0;
}

void input_progress(const Input *input, int64_t *done, int64_t *total) {
	*done = input->read - (input->gzip ? input->z.avail_in : 0);
	*total = input->size;
}

void input_close(Input *input) {
	if (input->fd >= 0) close(input->fd);
	input->fd = -1;
	if (input->stream_open) inflateEnd(&input->z);
	input->stream_open = false;
	arena_free(input->decoding);
	input->decoding = NULL;
}
