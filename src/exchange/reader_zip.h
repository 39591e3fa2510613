/* Zip: the entries of a zip file, inflated as they are read, with limits against bombs. Private to the XLSX reader. */
#ifndef YIWANG_EXCHANGE_READER_ZIP_H
#define YIWANG_EXCHANGE_READER_ZIP_H
#include "exchange/reader_private.h"

typedef struct ZipEntry {
	const char *name;
	int method; /* 0 stored, 8 deflated */
	bool encrypted;
	int64_t offset, packed, size;
	uint32_t crc;
} ZipEntry;
typedef struct Zip Zip;
typedef struct ZipStream ZipStream;

/* Reads the directory. ERR_INVALID rule "truncated" or "unsafe" (path tricks, doubled names, too many entries). */
int zip_open(Reader *reader, Zip **out);
void zip_close(Zip *zip);
const ZipEntry *zip_find(const Zip *zip, const char *name); /* or NULL; not case-sensitive, as Office reads them */
int zip_stream(Zip *zip, const ZipEntry *entry, ZipStream **out);
/* The next bytes: 1, 0 at the end (size and CRC checked), < 0 with rule "truncated", "bomb" or "encrypted". */
int zip_read(ZipStream *stream, Text *block);
void zip_stream_close(ZipStream *stream);
/* Packed bytes read of all streams so far. */
int64_t zip_done(const Zip *zip);
#endif
