/* export_file: the form of an exported range, which evidence_verify reads. Private to evidence.
 *
 * "YWEVEXP1", then sections: u8 type ‖ u64 BE length ‖ payload
 *   'H'  once, first: JSON {format, from, to, made_at, node, directory, key, first, last, open}
 *   'K'  a checkpoint: signature (64) ‖ body (checkpoint.h); numbers first..last in order, before all entries
 *   'S'  up to about 1 MiB of one stream: u8 name length ‖ name ‖ whole frames (entry.h); a stream's sections follow one another
 *   'E'  once, last: u64 BE count of entries
 * A range is rounded out to checkpoints: it holds, of each stream of the directory, the entries after the head in checkpoint
 * `first` (all from 1 when first is 0) up to the head in checkpoint `last`, and when `open`, everything written since. So the
 * signed head in `first` is the hash before each stream's first entry, and nothing can be cut at either end unseen. */
#ifndef YIWANG_EVIDENCE_EXPORT_FILE_H
#define YIWANG_EVIDENCE_EXPORT_FILE_H
#include "evidence/checkpoint.h"

enum { EXPORT_MAGIC_LEN = 8, SECTION_HEADER = 9, SECTION_PIECE = 1 << 20, SECTION_MAX = (4 << 20) };
#define EXPORT_MAGIC "YWEVEXP1"
#define EXPORT_SIZE_MAX (INT64_C(16) << 30) /* bytes of one export */
#endif
