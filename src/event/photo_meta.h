/* photo_meta: what a picture file is, what its EXIF says of place and time, and the same picture without metadata. Knows no
 * store. Formats: JPEG (ITU-T T.81), PNG (with eXIf), WebP (RIFF), HEIC (photo_heic). EXIF: CIPA DC-008 (TIFF 6.0 directories).
 */
#ifndef YIWANG_EVENT_PHOTO_META_H
#define YIWANG_EVENT_PHOTO_META_H
#include "base/base.h"

typedef enum PhotoType { PHOTO_NONE, PHOTO_JPEG, PHOTO_PNG, PHOTO_WEBP, PHOTO_HEIC } PhotoType;
const char *photo_mime(PhotoType type);      /* "image/jpeg"; "" for PHOTO_NONE */
const char *photo_extension(PhotoType type); /* "jpg"; "" for PHOTO_NONE */
PhotoType photo_type_of(Text mime);          /* PHOTO_NONE when it is none of ours */
/* What a file that is none of ours seems to be: "PDF", "MP4"; "" unknown. */
const char *photo_other(Text bytes);

typedef struct PhotoFacts {
	PhotoType type; /* what the file begins as */
	const char
	    *lacks;      /* NULL: its parts are there, in order and inside the file; else the part that is not ("SOS", "IDAT") */
	int orientation; /* EXIF 1..8; 0 not said */
	bool placed;     /* lon, lat are what the camera wrote, degrees WGS-84, and could be true (not 0,0, in range) */
	double lon, lat;
	int64_t taken_us; /* UTC µs; a time without zone is Asia/Shanghai; 0 not said */
	bool bad_place;   /* a place was written that cannot be: 0,0, out of range, divided by 0 */
} PhotoFacts;
/* Looks at the whole file; pixels are not decoded. What EXIF says is a claim: nothing here can know whether it is true. */
void photo_facts(Text bytes, PhotoFacts *out);

typedef int (*PhotoWrite)(void *arg, Text piece); /* 0, or a code that ends it */
/* The picture without EXIF, XMP, IPTC, comments and whatever follows its end; the orientation is kept (JPEG). Pieces
 * point into bytes or live during the call. 0, -1 the file lacks something, or write's code. */
int photo_strip(Text bytes, const PhotoFacts *facts, PhotoWrite write, void *arg);
#endif
