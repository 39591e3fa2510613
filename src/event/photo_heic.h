/* photo_heic: still pictures in the boxes of ISO/IEC 14496-12 and 23008-12 (HEIF with HEVC): whether one is whole, where its EXIF
 * lies, and the same file with every other byte blanked. Part of photo_meta. Any thread. */
#ifndef YIWANG_EVENT_PHOTO_HEIC_H
#define YIWANG_EVENT_PHOTO_HEIC_H
#include "event/photo_meta.h"

/* NULL when it is a whole picture, otherwise the box that is missing or wrong ("ispe"). exif: TIFF bytes, TEXT_NONE without. */
const char *heic_facts(Text bytes, Text *exif);
/* Writes the picture, everything at its old offset: what is no part of it is a `free` box or zeros, what follows the last box is
 * gone. 0, -1 it is not whole, or write's code. */
int heic_strip(Text bytes, PhotoWrite write, void *arg);
#endif
