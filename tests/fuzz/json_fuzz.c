/* Fuzz target: JSON Lines and GeoJSON. Both come in by the first byte of the content, as real files do. */
#include "reader_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	reader_fuzz(data, size, &(ReaderOptions){.name = "fuzz", .sha256 = "-", .charset = "utf-8"});
	return 0;
}
