/* Log: one logfmt line an event, written whole so that threads do not mix. The level is the process's. */
#include "base/log.h"
#include "base/clock.h"
#include <stdatomic.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static _Atomic int threshold = LOG_LEVEL_INFO;

void log_set_level(LogLevel level) {
	atomic_store_explicit(&threshold, (int)level, memory_order_relaxed);
}

void log_line(LogLevel level, const char *format, ...) {
	static const char *const names[] = {"error", "warn", "info", "debug"};
	if ((int)level > atomic_load_explicit(&threshold, memory_order_relaxed)) return;
	char line[2048], at[CLOCK_TEXT_MAX];
	int head = snprintf(line, sizeof line, "at=%s level=%s ", clock_format(clock_now_us(), at), names[level]);
	va_list args;
	va_start(args, format);
	int body = vsnprintf(line + head, sizeof line - (size_t)head - 1, format, args);
	va_end(args);
	size_t length = (size_t)head + (body < 0 ? 0 : (size_t)body);
	if (length > sizeof line - 2) length = sizeof line - 2;
	for (size_t i = (size_t)head; i < length; i++) /* a value must not begin a line of its own */
		if ((unsigned char)line[i] < ' ') line[i] = ' ';
	line[length++] = '\n';
	ssize_t written = write(STDERR_FILENO, line, length);
	(void)written; /* there is nowhere left to report it */
}
