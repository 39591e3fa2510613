/* Fuzz target: XLSX. A zip as it comes; or, so that the fuzzer gets past deflate and checksums, an input that begins with 'W',
 * 'S' or 'H' becomes the workbook, styles or sheet of a well-formed zip of stored entries. */
#include "reader_fuzz.h"
#include <zlib.h>

typedef struct Part {
	const char *name;
	Text text;
} Part;

static void le(Buf *out, uint64_t value, int bytes) {
	for (int i = 0; i < bytes; i++)
		buf_char(out, i < 8 ? (char)(value >> 8 * i) : 0);
}

static void entry(Buf *out, const Part *part, size_t at, bool central) {
	uint32_t crc = (uint32_t)crc32(0, (const Bytef *)part->text.at, (uInt)part->text.len);
	buf_add(out, central ? "PK\1\2\x14\0\x14\0\0\0\0\0\0\0\0\0" : "PK\3\4\x14\0\0\0\0\0\0\0\0\0", central ? 16 : 14);
	le(out, crc, 4);
	le(out, part->text.len, 4);
	le(out, part->text.len, 4);
	le(out, strlen(part->name), 2);
	le(out, 0, 2);
	if (central) {
		le(out, 0, 10);
		le(out, at, 4);
	}
	buf_str(out, part->name);
	if (!central) buf_text(out, part->text);
}

static void pack(Text input, Buf *out) {
	Part parts[] = {
	    {"xl/workbook.xml", TEXT("<workbook xmlns:r=\"r\"><sheets><sheet name=\"S\" r:id=\"a\"/></sheets></workbook>")},
	    {"xl/_rels/workbook.xml.rels", TEXT("<Relationships><Relationship Id=\"a\" Target=\"sheet.xml\"/></Relationships>")},
	    {"xl/sharedStrings.xml", TEXT("<sst><si><t>a</t></si><si><t>b</t></si></sst>")},
	    {"xl/styles.xml",
	     TEXT("<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>")},
	    {"xl/sheet.xml",
	     TEXT("<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c></row>"
	          "<row><c s=\"1\"><v>45000</v></c><c s=\"2\"><v>1.5</v></c></row></sheetData></worksheet>")},
	};
	enum { PARTS = sizeof parts / sizeof *parts };
	size_t at[PARTS];
	Text body = {input.at + 1, input.len - 1};
	parts[input.at[0] == 'W' ? 0 : input.at[0] == 'S' ? 3 : 4].text = body;
	for (int i = 0; i < PARTS; i++) {
		at[i] = out->len;
		entry(out, &parts[i], 0, false);
	}
	size_t directory = out->len;
	for (int i = 0; i < PARTS; i++)
		entry(out, &parts[i], at[i], true);
	size_t length = out->len - directory;
	buf_add(out, "PK\5\6\0\0\0\0", 8);
	le(out, PARTS, 2);
	le(out, PARTS, 2);
	le(out, length, 4);
	le(out, directory, 4);
	le(out, 0, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const ReaderOptions options = {.name = "fuzz.xlsx", .sha256 = "-"};
	if (size < 2) return 0;
	if (!strchr("WSH", data[0]) || data[0] == 0) {
		reader_fuzz(data, size, &options);
		return 0;
	}
	Buf zip = {0};
	pack((Text){(const char *)data, size}, &zip);
	reader_fuzz((const uint8_t *)zip.at, zip.len, &options);
	buf_free(&zip);
	return 0;
}
