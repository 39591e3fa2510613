/* Fuzz target: pictures of strangers. What is said of place and time lies in its ranges; a picture without metadata says nothing
 * of place and time, keeps its kind and its way up, and taking the metadata away again changes nothing. */
#include "event/photo_meta.h"
#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int keep(void *arg, Text piece) {
	buf_text(arg, piece);
	return 0;
}

static void facts_check(const PhotoFacts *facts) {
	if (facts->orientation < 0 || facts->orientation > 8) abort();
	if (facts->placed && !(fabs(facts->lon) <= 180 && fabs(facts->lat) <= 90)) abort();
	if (facts->placed && facts->bad_place) abort();
	if (facts->taken_us < 0) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	PhotoFacts facts, left;
	Buf once = {0}, twice = {0};
	char *copy = malloc(size ? size : 1);
	if (size) memcpy(copy, data, size);
	photo_facts((Text){copy, size}, &facts);
	facts_check(&facts);
	if (facts.type != PHOTO_NONE && photo_strip((Text){copy, size}, &facts, keep, &once) == 0) {
		photo_facts(buf_as_text(&once), &left);
		if (left.type != facts.type || left.lacks || left.placed || left.bad_place || left.taken_us) abort();
		if (facts.type == PHOTO_JPEG && facts.orientation > 1 && left.orientation != facts.orientation) abort();
		if (photo_strip(buf_as_text(&once), &left, keep, &twice) < 0) abort();
		if (!text_eq(buf_as_text(&once), buf_as_text(&twice))) abort();
	}
	buf_free(&once);
	buf_free(&twice);
	free(copy);
	return 0;
}
