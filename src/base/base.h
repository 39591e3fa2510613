/* base: memory, text, errors, time, log, JSON output, CSV input, charsets. Knows nothing of cities.
 * Everything here is safe to use from any thread as long as one object stays with one thread. */
#ifndef YIWANG_BASE_H
#define YIWANG_BASE_H
#include "base/arena.h"
#include "base/text.h"
#include "base/error.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/json_writer.h"
#include "base/csv.h"
#include "base/charset.h"
#include "base/handover.h"
#include "base/wait.h"
#endif
