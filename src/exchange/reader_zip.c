/* Zip, as far as XLSX needs it (APPNOTE 6.3: stored and deflated, zip64 sizes, no encryption, no parts). Reads by pread, so that
 * the directory and several streams do not disturb each other. One owner, one thread, life of its Reader. */
#include "exchange/reader_zip.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { ENTRIES_MAX = 10000, DIRECTORY_MAX = 16 << 20, PACKED_BLOCK = 64 << 10, PLAIN_BLOCK = 64 << 10, RATIO_MAX = 100 };
#define RATIO_FREE (INT64_C(64) << 20)  /* of one entry, before its ratio counts */
#define INFLATED_MAX (INT64_C(4) << 30) /* of all that is read */

struct Zip {
	Reader *reader;
	int fd;
	int64_t size, inflated, done;
	ZipEntry *entries;
	int count;
};

struct ZipStream {
	Zip *zip;
	const ZipEntry *entry;
	int64_t at, packed_left, produced;
	z_stream z;
	bool open, ended;
	uint32_t crc;
	char packed[PACKED_BLOCK], plain[PLAIN_BLOCK];
};

static uint64_t le(const unsigned char *p, int bytes) {
	uint64_t value = 0;
	for (int i = bytes - 1; i >= 0; i--)
		value = value << 8 | p[i];
	return value;
}

static int cut_off(Zip *zip, const char *what) {
	return reader_refuse(zip->reader, "truncated", "Send the file again.", "the zip file is damaged or cut off (%s)", what);
}

static int read_at(Zip *zip, int64_t at, void *to, size_t size) {
	if (at < 0 || at > zip->size || (int64_t)size > zip->size - at) return -1;
	for (size_t done = 0; done < size;) {
		ssize_t n = pread(zip->fd, (char *)to + done, size - done, at + (int64_t)done);
		if (n <= 0) return -1;
		done += (size_t)n;
	}
	return 0;
}

/* --- directory ------------------------------------------------------------------------------------------------------- */
typedef struct Directory {
	int64_t count, size, offset;
} Directory;

/* The end record lies in the last 64 KiB; zip64's, when there is one, is pointed at just before it. */
static int directory_find(Zip *zip, Arena *arena, Directory *out) {
	int64_t tail = zip->size < 65557 ? zip->size : 65557;
	unsigned char *bytes = arena_alloc_raw(arena, (size_t)tail + 1), *end = NULL;
	if (tail < 22 || read_at(zip, zip->size - tail, bytes, (size_t)tail) != 0) return -1;
	for (int64_t i = tail - 22; i >= 0 && !end; i--)
		if (memcmp(bytes + i, "PK\5\6", 4) == 0) end = bytes + i;
	if (!end) return -1;
	*out = (Directory){(int64_t)le(end + 10, 2), (int64_t)le(end + 12, 4), (int64_t)le(end + 16, 4)};
	if (end - bytes < 20 || memcmp(end - 20, "PK\6\7", 4) != 0) return 0;
	unsigned char wide[56];
	if (read_at(zip, (int64_t)le(end - 12, 8), wide, sizeof wide) != 0 || memcmp(wide, "PK\6\6", 4) != 0) return -1;
	*out = (Directory){(int64_t)le(wide + 32, 8), (int64_t)le(wide + 40, 8), (int64_t)le(wide + 48, 8)};
	return 0;
}

/* Sizes and offset that do not fit 32 bits come from the zip64 extra field, in this order. */
static void widen(ZipEntry *entry, const unsigned char *extra, size_t length) {
	for (size_t at = 0; at + 4 <= length;) {
		size_t size = (size_t)le(extra + at + 2, 2), from = at + 4;
		if (le(extra + at, 2) == 1 && from + size <= length) {
			int64_t *const wanted[] = {&entry->size, &entry->packed, &entry->offset};
			for (int i = 0; i < 3; i++)
				if (*wanted[i] == 0xFFFFFFFF && size >= 8) {
					*wanted[i] = (int64_t)le(extra + from, 8);
					from += 8;
					size -= 8;
				}
			return;
		}
		at = from + size;
	}
}

static bool tricky(Text name) {
	return name.len == 0 || name.at[0] == '/' || memchr(name.at, 0, name.len) || memchr(name.at, '\\', name.len) ||
	       text_find(name, TEXT("../")) >= 0 || text_ends(name, TEXT("..")) || memchr(name.at, ':', name.len);
}

static int entry_read(Zip *zip, const unsigned char *p, size_t left, size_t *used) {
	if (left < 46 || memcmp(p, "PK\1\2", 4) != 0) return cut_off(zip, "directory");
	size_t name_len = (size_t)le(p + 28, 2), extra_len = (size_t)le(p + 30, 2), comment_len = (size_t)le(p + 32, 2);
	*used = 46 + name_len + extra_len + comment_len;
	if (*used > left) return cut_off(zip, "directory");
	Text name = {(const char *)p + 46, name_len};
	if (tricky(name))
		return reader_refuse(zip->reader, "unsafe", "Save the workbook again with a spreadsheet program.",
		                     "an entry's name is a path out of the file");
	ZipEntry entry = {.name = text_cstr(zip->reader->arena, name),
	                  .method = (int)le(p + 10, 2),
	                  .encrypted = p[8] & 1,
	                  .packed = (int64_t)le(p + 20, 4),
	                  .size = (int64_t)le(p + 24, 4),
	                  .offset = (int64_t)le(p + 42, 4),
	                  .crc = (uint32_t)le(p + 16, 4)};
	widen(&entry, p + 46 + name_len, extra_len);
	if (entry.packed < 0 || entry.size < 0 || entry.offset < 0 || entry.packed > zip->size || entry.offset > zip->size)
		return cut_off(zip, "sizes");
	if (zip_find(zip, entry.name))
		return reader_refuse(zip->reader, "unsafe", "Save the workbook again with a spreadsheet program.",
		                     "the entry %.80s comes twice", entry.name);
	zip->entries[zip->count++] = entry;
	return 0;
}

static int directory_read(Zip *zip, Arena *arena) {
	Directory directory;
	if (directory_find(zip, arena, &directory) != 0) return cut_off(zip, "no directory");
	if (directory.count > ENTRIES_MAX || directory.size > DIRECTORY_MAX || directory.count < 0 || directory.size < 0)
		return reader_refuse(zip->reader, "unsafe", "Save the workbook again with a spreadsheet program.",
		                     "it has more than %d entries", ENTRIES_MAX);
	unsigned char *bytes = arena_alloc_raw(arena, (size_t)directory.size + 1);
	if (read_at(zip, directory.offset, bytes, (size_t)directory.size) != 0) return cut_off(zip, "directory");
	zip->entries = ARENA_ARRAY(zip->reader->arena, ZipEntry, directory.count + 1);
	size_t at = 0, used = 0;
	for (int64_t i = 0; i < directory.count; i++, at += used) {
		int code = entry_read(zip, bytes + at, (size_t)directory.size - at, &used);
		if (code < 0) return code;
	}
	return 0;
}

int zip_open(Reader *reader, Zip **out) {
	Zip *zip = ARENA_NEW(reader->arena, Zip);
	zip->reader = reader;
	zip->fd = open(reader->path, O_RDONLY | O_CLOEXEC);
	*out = zip; /* so that the reader closes it whatever happens */
	struct stat info;
	if (zip->fd < 0 || fstat(zip->fd, &info) != 0)
		return error_set(reader->error, ERR_IO, "%s could not be opened", reader->name);
	zip->size = info.st_size;
	return directory_read(zip, reader->row);
}

void zip_close(Zip *zip) {
	if (zip->fd >= 0) close(zip->fd);
	zip->fd = -1;
}

const ZipEntry *zip_find(const Zip *zip, const char *name) {
	for (int i = 0; i < zip->count; i++)
		if (strcasecmp(zip->entries[i].name, name) == 0) return &zip->entries[i];
	return NULL;
}

int64_t zip_done(const Zip *zip) {
	return zip->done;
}

/* --- streams ---------------------------------------------------------------------------------------------------------------- */
int zip_stream(Zip *zip, const ZipEntry *entry, ZipStream **out) {
	unsigned char head[30];
	if (entry->encrypted)
		return reader_refuse(zip->reader, "encrypted", "Remove the password and save again.",
		                     "the zip entry %.80s is encrypted", entry->name);
	if (entry->method != 0 && entry->method != 8)
		return reader_refuse(zip->reader, "format", "Save the workbook again with a spreadsheet program.",
		                     "zip method %d is not read", entry->method);
	if (read_at(zip, entry->offset, head, sizeof head) != 0 || memcmp(head, "PK\3\4", 4) != 0)
		return cut_off(zip, entry->name);
	ZipStream *stream = arena_alloc_raw(zip->reader->arena, sizeof *stream);
	memset(&stream->z, 0, sizeof stream->z);
	stream->zip = zip;
	stream->entry = entry;
	stream->at = entry->offset + 30 + (int64_t)le(head + 26, 2) + (int64_t)le(head + 28, 2);
	stream->packed_left = entry->packed;
	stream->produced = 0;
	stream->ended = false;
	stream->crc = (uint32_t)crc32(0, NULL, 0);
	stream->open = entry->method == 8;
	if (stream->open && inflateInit2(&stream->z, -15) != Z_OK)
		return error_set(zip->reader->error, ERR_INTERNAL, "zlib could not start");
	*out = stream;
	return 0;
}

static int packed_next(ZipStream *stream, size_t *got) {
	size_t n = stream->packed_left < PACKED_BLOCK ? (size_t)stream->packed_left : PACKED_BLOCK;
	if (n && read_at(stream->zip, stream->at, stream->packed, n) != 0) return cut_off(stream->zip, stream->entry->name);
	stream->at += (int64_t)n;
	stream->packed_left -= (int64_t)n;
	stream->zip->done += (int64_t)n;
	*got = n;
	return 0;
}

static int check_bomb(ZipStream *stream) {
	Zip *zip = stream->zip;
	if (zip->inflated > INFLATED_MAX)
		return reader_refuse(zip->reader, "bomb", "Split the workbook, or give CSV.", "it inflates to more than %lld GiB",
		                     (long long)(INFLATED_MAX >> 30));
	if (stream->produced > RATIO_FREE && stream->produced / RATIO_MAX > stream->entry->packed - stream->packed_left)
		return reader_refuse(zip->reader, "bomb", "Give the table as CSV.",
		                     "%.80s inflates to more than %d times its size", stream->entry->name, RATIO_MAX);
	return 0;
}

static int stream_end(ZipStream *stream) {
	stream->ended = true;
	if (stream->produced != stream->entry->size || stream->crc != stream->entry->crc)
		return cut_off(stream->zip, stream->entry->name);
	return 0;
}

static int inflate_next(ZipStream *stream, Text *block) {
	z_stream *z = &stream->z;
	z->next_out = (Bytef *)stream->plain;
	z->avail_out = PLAIN_BLOCK;
	int result = Z_OK;
	while (z->avail_out == PLAIN_BLOCK && result != Z_STREAM_END) {
		if (z->avail_in == 0) {
			size_t got;
			int code = packed_next(stream, &got);
			if (code < 0) return code;
			if (got == 0) return cut_off(stream->zip, stream->entry->name);
			z->next_in = (Bytef *)stream->packed;
			z->avail_in = (uInt)got;
		}
		result = inflate(z, Z_NO_FLUSH);
		if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
			return cut_off(stream->zip, stream->entry->name);
	}
	*block = (Text){stream->plain, PLAIN_BLOCK - z->avail_out};
	return result == Z_STREAM_END ? 0 : 1;
}

int zip_read(ZipStream *stream, Text *block) {
	if (stream->ended) return 0;
	int code;
	if (stream->open) {
		code = inflate_next(stream, block);
	} else {
		code = packed_next(stream, &block->len);
		block->at = stream->packed;
		code = code < 0 ? code : block->len > 0;
	}
	if (code < 0) return code;
	stream->produced += (int64_t)block->len;
	stream->zip->inflated += (int64_t)block->len;
	stream->crc = (uint32_t)crc32(stream->crc, (const Bytef *)block->at, (uInt)block->len);
	int checked = check_bomb(stream);
	if (checked == 0 && code == 0) checked = stream_end(stream);
	return checked < 0 ? checked : block->len > 0;
}

void zip_stream_close(ZipStream *stream) {
	if (stream->open) inflateEnd(&stream->z);
	stream->open = false;
	stream->ended = true;
}
