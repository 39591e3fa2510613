/* odbc.h: starts the limited process, speaks odbc_wire.h with it, and never waits longer than a bound. */
#include "exchange/odbc.h"
#include "exchange/exchange.h"
#include "exchange/odbc_wire.h"
#include "base/cage.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MS = 16 * 60 * 1000, CONNECT_MS = 20 * 1000, CLOSE_MS = 2000 };

/* --- faults ---------------------------------------------------------------------------------------------------------------- */

static int fault_set(OdbcLink *link, const char *state, int32_t native, Text message) {
	OdbcFault *fault = &link->fault;
	size_t most = utf8_valid_prefix(message), at = 0;
	size_t secret = link->secret ? strlen(link->secret) : 0;
	message.len = utf8_cut((Text){message.at, most}, sizeof fault->message - 1);
	*fault = (OdbcFault){.native = native};
	snprintf(fault->state, sizeof fault->state, "%s", state);
	for (size_t i = 0; i < message.len; i++) {
		if (secret >= 3 && message.len - i >= secret && memcmp(message.at + i, link->secret, secret) == 0) {
			memcpy(fault->message + at, "***", 3);
			at += 3;
			i += secret - 1;
		} else
			fault->message[at++] = (unsigned char)message.at[i] < ' ' ? ' ' : message.at[i];
	}
	fault->message[at] = '\0';
	return ERR_IO;
}

/* The process is gone, or is made to go; says how it ended. */
static int link_lost(OdbcLink *link, const char *state, const char *why) {
	char text[120];
	int status = 0;
	if (link->fd >= 0) {
		close(link->fd);
		link->fd = -1;
		if (link->pid > 0) kill(link->pid, SIGKILL); /* it is ours until waited for */
		while (link->pid > 0 && waitpid(link->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	if (why)
		snprintf(text, sizeof text, "%s", why);
	else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		snprintf(text, sizeof text, "it crashed (signal %d)", WTERMSIG(status));
	else if (WIFSIGNALED(status))
		snprintf(text, sizeof text, "it was killed");
	else
		snprintf(text, sizeof text, "it ended by itself (status %d)", WEXITSTATUS(status));
	return fault_set(link, state, 0, text_of(text));
}

/* --- the process ----------------------------------------------------------------------------------------------------------- */

/* Only what finds drivers and data sources (a user's own file is none: unixODBC opens it to write), and a UTF-8 locale. */
static char **environment(Arena *arena) {
	static const char *const kept[] = {"ODBCSYSINI", "ODBCINSTINI"};
	char **list = ARENA_ARRAY(arena, char *, 8);
	int count = 0;
	list[count++] = "LANG=C.UTF-8";
	list[count++] = "TMPDIR=."; /* the folder of targets: no other may be written to */
	list[count++] = "SQLITE_TMPDIR=.";
#ifdef __SANITIZE_ADDRESS__ /* what drivers do with their own strings is not ours to mend: MariaDB's reads past them */
	list[count++] = "ASAN_OPTIONS=replace_str=0:replace_intrin=0:intercept_strlen=0:intercept_strchr=0:intercept_strndup=0:"
	                "detect_leaks=0";
#endif
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (getenv(kept[i])) list[count++] = arena_printf(arena, "%s=%s", kept[i], getenv(kept[i]));
	return list;
}

/* In order: the process sees the end of its socket, disconnects, ends; else it is killed. */
void odbc_close(OdbcLink *link) {
	int status;
	if (link->fd < 0) return;
	close(link->fd);
	link->fd = -1;
	for (int i = 0; i < CLOSE_MS / 10; i++) {
		pid_t ended = waitpid(link->pid, &status, WNOHANG);
		if (ended != 0 && !(ended < 0 && errno == EINTR)) return;
		clock_sleep_us(10000);
	}
	kill(link->pid, SIGKILL);
	while (waitpid(link->pid, &status, 0) < 0 && errno == EINTR)
		;
}

static void link_free(void *object) {
	odbc_close(object);
}

int odbc_start(Arena *arena, const char *folder, OdbcLink *link) {
	int pair[2];
	*link = (OdbcLink){.arena = arena, .fd = -1, .answer_ms = ANSWER_MS};
	buf_in(&link->out, arena);
	buf_in(&link->in, arena);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return fault_set(link, ODBC_STATE_ENDED, errno, text_of(strerror(errno)));
	/* posix_spawn's dup2 onto the same number would leave it close-on-exec */
	int high = fcntl(pair[1], F_DUPFD_CLOEXEC, ODBC_FD + 1);
	close(pair[1]);
	static char *const arguments[] = {"yiwang", ODBC_CHILD_COMMAND, NULL};
	const CageStart start = {folder, arguments, environment(arena), .fd = high, .fd_there = ODBC_FD};
	int failed = high < 0 ? errno : cage_spawn(&start, &link->pid);
	if (high >= 0) close(high);
	if (failed) {
		close(pair[0]);
		return fault_set(link, ODBC_STATE_ENDED, failed, text_of(strerror(failed)));
	}
	link->fd = pair[0];
	arena_on_free(arena, link_free, link);
	return 0;
}

/* --- frames ---------------------------------------------------------------------------------------------------------------- */

static int wait_for(OdbcLink *link, short events, int64_t until_us) {
	struct pollfd wait = {.fd = link->fd, .events = events};
	for (;;) {
		int64_t left = (until_us - clock_monotonic_us()) / 1000;
		int ready = left <= 0 ? 0 : poll(&wait, 1, (int)left);
		if (ready > 0) return 0;
		if (ready == 0) return link_lost(link, ODBC_STATE_SLOW, "the driver did not answer in time");
		if (errno != EINTR) return link_lost(link, ODBC_STATE_ENDED, strerror(errno));
	}
}

static bool again(void) {
	return errno == EINTR || errno == EAGAIN;
}

static int out_send(OdbcLink *link, int64_t until_us) {
	wire_end(&link->out);
	if (link->fd < 0) return ERR_IO; /* the fault that ended the link stays */
	if (link->out.len > ODBC_FRAME_MAX) return fault_set(link, "HY000", 0, TEXT("the batch is too large"));
	for (size_t at = 0; at < link->out.len;) {
		int code = wait_for(link, POLLOUT, until_us);
		if (code < 0) return code;
		ssize_t sent = send(link->fd, link->out.at + at, link->out.len - at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && again()) continue;
		if (sent < 0) return link_lost(link, ODBC_STATE_ENDED, NULL);
		at += (size_t)sent;
	}
	return 0;
}

static int read_all(OdbcLink *link, char *to, size_t length, int64_t until_us) {
	while (length > 0) {
		int code = wait_for(link, POLLIN, until_us);
		if (code < 0) return code;
		ssize_t got = recv(link->fd, to, length, MSG_DONTWAIT);
		if (got < 0 && again()) continue;
		if (got <= 0) {
			/* let it end by itself, so that its own end is told rather than our kill */
			siginfo_t info;
			for (int i = 0; i < 100 && link->pid > 0; i++) {
				info.si_pid = 0;
				if (waitid(P_PID, (id_t)link->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid) break;
				clock_sleep_us(10000);
			}
			return link_lost(link, ODBC_STATE_ENDED, NULL);
		}
		to += got;
		length -= (size_t)got;
	}
	return 0;
}

static int frame_read(OdbcLink *link, int64_t until_us, char *kind, Wire *out) {
	char header[ODBC_HEADER];
	int code = read_all(link, header, sizeof header, until_us);
	if (code < 0) return code;
	Wire head = {header, header + 4, false};
	size_t length = (size_t)wire_number(&head, 4);
	if (length < 1 || length > ODBC_FRAME_MAX) return link_lost(link, ODBC_STATE_ENDED, "it answered nonsense");
	buf_reset(&link->in);
	code = read_all(link, buf_reserve(&link->in, length), length - 1, until_us);
	*kind = header[4];
	*out = (Wire){link->in.at, link->in.at + length - 1, false};
	return code;
}

static int error_read(OdbcLink *link, Wire *wire) {
	char state[6];
	Text text = wire_text(wire);
	int32_t native = (int32_t)wire_number(wire, 4);
	Text message = wire_text(wire);
	snprintf(state, sizeof state, "%.*s", TEXT_ARG(text));
	return fault_set(link, state, native, message.at ? message : TEXT("no reason given"));
}

/* Gives the rows of a frame to `row` until it answers negatively. */
static int rows_read(OdbcLink *link, Wire *wire, int columns, OdbcRow *row, void *arg) {
	Text cells[ODBC_COLUMNS_MAX];
	uint32_t rows = (uint32_t)wire_number(wire, 4);
	int code = 0;
	for (uint32_t r = 0; r < rows && code == 0 && !wire->bad; r++) {
		for (int c = 0; c < columns; c++)
			cells[c] = wire_text(wire);
		if (!wire->bad) code = row(arg, cells);
	}
	return wire->bad ? link_lost(link, ODBC_STATE_ENDED, "it answered nonsense") : code;
}

/* Sends what is in link->out and takes the answer. */
static int ask_within(OdbcLink *link, int ms, int columns, OdbcRow *row, void *arg, int64_t *count) {
	int64_t until = clock_monotonic_us() + (int64_t)ms * 1000;
	int code = out_send(link, until), told = 0;
	char kind;
	Wire wire;
	while (code == 0 && (code = frame_read(link, until, &kind, &wire)) == 0) {
		if (kind == (char)ODBC_DONE) {
			int64_t number = (int64_t)wire_number(&wire, 8);
			if (count) *count = number;
			return told;
		}
		if (kind == (char)ODBC_ERROR) return error_read(link, &wire);
		if (kind != (char)ODBC_ROWS || !row) return link_lost(link, ODBC_STATE_ENDED, "it answered nonsense");
		if (told == 0) told = rows_read(link, &wire, columns, row, arg);
		if (link->fd < 0) return told;
		until = clock_monotonic_us() + (int64_t)ms * 1000; /* it goes on */
	}
	return code;
}

static int ask(OdbcLink *link, int64_t *count) {
	return ask_within(link, link->answer_ms, 0, NULL, NULL, count);
}

/* --- calls ----------------------------------------------------------------------------------------------------------------- */

int odbc_connect(OdbcLink *link, const char *connection, const char *secret) {
	link->secret = secret;
	wire_begin(&link->out, ODBC_OPEN);
	wire_put_text(&link->out, text_of(connection));
	return ask_within(link, CONNECT_MS, 0, NULL, NULL, NULL);
}

typedef struct Take {
	Arena *arena;
	void *out;
} Take;

static int info_row(void *arg, const Text *cells) {
	const Take *take = arg;
	OdbcInfo *info = take->out;
	char **texts[] = {&info->dbms, &info->dbms_version, &info->driver, &info->driver_version};
	for (int i = 0; i < 4; i++)
		*texts[i] = text_cstr(take->arena, cells[i]);
	return 0;
}

int odbc_info(OdbcLink *link, OdbcInfo *out) {
	Take take = {link->arena, out};
	*out = (OdbcInfo){"", "", "", ""};
	wire_begin(&link->out, ODBC_INFO);
	return ask_within(link, CONNECT_MS, 4, info_row, &take, NULL);
}

int odbc_commit(OdbcLink *link) {
	wire_begin(&link->out, ODBC_COMMIT);
	return ask(link, NULL);
}

int odbc_rollback(OdbcLink *link) {
	wire_begin(&link->out, ODBC_ROLLBACK);
	return ask(link, NULL);
}

int odbc_execute(OdbcLink *link, const char *sql, int64_t *changed) {
	wire_begin(&link->out, ODBC_EXECUTE);
	wire_put_text(&link->out, text_of(sql));
	return ask(link, changed);
}

int odbc_rows_in(OdbcLink *link, const char *types, int group, const char *sql, Text rows, int64_t *changed) {
	wire_begin(&link->out, ODBC_ROWS_IN);
	wire_put_text(&link->out, text_of(types));
	buf_be16(&link->out, (uint16_t)group);
	wire_put_text(&link->out, text_of(sql));
	buf_text(&link->out, rows);
	return ask(link, changed);
}

int odbc_query(OdbcLink *link, const char *types, const char *sql, OdbcRow *row, void *arg) {
	wire_begin(&link->out, ODBC_QUERY);
	wire_put_text(&link->out, text_of(types));
	wire_put_text(&link->out, text_of(sql));
	return ask_within(link, link->answer_ms, (int)strlen(types), row, arg, NULL);
}

int odbc_query_begin(OdbcLink *link, const char *types, const char *sql, const char *const *values, int count) {
	wire_begin(&link->out, ODBC_QUERY);
	wire_put_text(&link->out, text_of(types));
	wire_put_text(&link->out, text_of(sql));
	for (int i = 0; i < count; i++)
		wire_put_text(&link->out, values[i] ? text_of(values[i]) : TEXT_NONE);
	link->columns = (int)strlen(types);
	link->rows_left = 0;
	link->until_us = clock_monotonic_us() + (int64_t)link->answer_ms * 1000;
	return out_send(link, link->until_us);
}

int odbc_query_next(OdbcLink *link, Text *cells) {
	Wire wire;
	while (link->rows_left == 0) {
		char kind;
		int code = frame_read(link, link->until_us, &kind, &wire);
		if (code < 0) return code;
		if (kind == (char)ODBC_DONE) return 0;
		if (kind == (char)ODBC_ERROR) return error_read(link, &wire);
		if (kind != (char)ODBC_ROWS) return link_lost(link, ODBC_STATE_ENDED, "it answered nonsense");
		link->rows_left = (uint32_t)wire_number(&wire, 4);
		link->rows_at = wire.at;
		link->rows_end = wire.end;
		link->until_us = clock_monotonic_us() + (int64_t)link->answer_ms * 1000; /* it goes on */
	}
	wire = (Wire){link->rows_at, link->rows_end, false};
	for (int i = 0; i < link->columns; i++)
		cells[i] = wire_text(&wire);
	if (wire.bad) return link_lost(link, ODBC_STATE_ENDED, "it answered nonsense");
	link->rows_at = wire.at;
	link->rows_left--;
	return 1;
}

static int column_row(void *arg, const Text *cells) {
	Buf *out = arg;
	buf_printf(out, "%s%.*s %.*s(%.*s,%.*s)", out->len ? ";" : "", TEXT_ARG(cells[0]), TEXT_ARG(cells[1]), TEXT_ARG(cells[2]),
	           TEXT_ARG(cells[3]));
	return 0;
}

int odbc_columns(OdbcLink *link, const char *catalog, const char *schema, const char *table, char **out) {
	Buf columns = {0};
	wire_begin(&link->out, ODBC_COLUMNS);
	wire_put_text(&link->out, text_of(catalog));
	wire_put_text(&link->out, text_of(schema));
	wire_put_text(&link->out, text_of(table));
	int code = ask_within(link, link->answer_ms, 4, column_row, &columns, NULL);
	*out = text_cstr(link->arena, buf_as_text(&columns));
	buf_free(&columns);
	return code;
}

/* --- addresses ------------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name, *not_in; /* characters that a value may not hold */
	size_t most;
} keys[ODBC_KEYS] = {
    [ODBC_DIALECT] = {"Dialect", "/", 20},  [ODBC_DRIVER] = {"Driver", "/\\", 100}, [ODBC_DSN] = {"DSN", "/\\", 100},
    [ODBC_SERVER] = {"Server", "/\\", 253}, [ODBC_PORT] = {"Port", "/", 5},         [ODBC_DATABASE] = {"Database", "\\:?", 200},
    [ODBC_UID] = {"Uid", "", 100},          [ODBC_PWD] = {"Pwd", "", 200},
};

#define BAD(advice, ...) error_field(error, ERR_INVALID, "url", TEXT_NONE, "odbc_address", advice, __VA_ARGS__)
#define HOW "Write odbc:Dialect=mariadb;Driver={MariaDB Unicode};Server=host;Port=3306;Database=name;Uid=user;Pwd={password}."

/* A value up to ; or the end, or in braces. False: the braces do not close. */
static bool value_take(Arena *arena, Text *text, char **out) {
	Buf value = {0};
	size_t at = 0;
	bool braced = text->len > 0 && text->at[0] == '{', closed = !braced;
	for (at = braced; at < text->len; at++) {
		char c = text->at[at];
		if (braced && c == '}') {
			if (at + 1 < text->len && text->at[at + 1] == '}')
				at++;
			else {
				closed = true;
				at++;
				break;
			}
		} else if (!braced && c == ';')
			break;
		buf_char(&value, c);
	}
	*out = text_cstr(arena, braced ? buf_as_text(&value) : text_trim(buf_as_text(&value)));
	buf_free(&value);
	*text = (Text){text->at + at, text->len - at};
	return closed && (text->len == 0 || text->at[0] == ';');
}

/* Files of databases lie in the folder that the process runs in. */
static bool leads_out(const char *path) {
	return path[0] == '/' || strcmp(path, "..") == 0 || strncmp(path, "../", 3) == 0 || strstr(path, "/../") ||
	       text_ends(text_of(path), TEXT("/.."));
}

static int value_check(int key, const char *value, Error *error) {
	if (strlen(value) > keys[key].most) return BAD("Shorten it.", "the value of %s is too long", keys[key].name);
	if (strpbrk(value, keys[key].not_in) || (key == ODBC_DATABASE && leads_out(value)))
		return BAD("Name a driver, a database, or a file in the folder of targets; paths do not come in here.",
		           "the value of %s holds what it may not", keys[key].name);
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < ' ') return BAD(HOW, "the value of %s holds what it may not", keys[key].name);
	return 0;
}

static int key_find(Text name) {
	for (int i = 0; i < ODBC_KEYS; i++)
		if (strlen(keys[i].name) == name.len && strncasecmp(keys[i].name, name.at, name.len) == 0) return i;
	return -1;
}

int odbc_address_parse(Arena *arena, Text url, OdbcAddress *out, Error *error) {
	for (int i = 0; i < ODBC_KEYS; i++)
		out->values[i] = "";
	if (url.len < 5 || strncasecmp(url.at, "odbc:", 5) != 0) return BAD(HOW, "the address is not that of an ODBC database");
	for (Text left = {url.at + 5, url.len - 5}; left.len > 0;) {
		ptrdiff_t equals = text_find(left, TEXT("="));
		Text name = text_trim((Text){left.at, equals < 0 ? 0 : (size_t)equals});
		int key = key_find(name);
		if (key < 0)
			return BAD("Leave it out, or write it into a data source (DSN) of odbc.ini on the server.",
			           "an address of ODBC has no key %.*s", (int)utf8_cut(name, 40), name.at);
		left = (Text){left.at + equals + 1, left.len - (size_t)equals - 1};
		if (*out->values[key]) return BAD(HOW, "%s is given twice", keys[key].name);
		if (!value_take(arena, &left, &out->values[key]))
			return BAD(HOW, "the braces of %s do not close", keys[key].name);
		int code = value_check(key, out->values[key], error);
		if (code < 0) return code;
		if (left.len > 0) left = text_trim((Text){left.at + 1, left.len - 1});
	}
	if (!*out->values[ODBC_DRIVER] == !*out->values[ODBC_DSN]) return BAD(HOW, "an address of ODBC names a Driver or a DSN");
	return 0;
}

char *odbc_address_connection(Arena *arena, const OdbcAddress *address, const char *more) {
	Buf out = {0};
	for (int i = ODBC_DRIVER; i < ODBC_KEYS; i++) {
		const char *value = address->values[i];
		if (!*value) continue;
		bool braces = i == ODBC_DRIVER || strpbrk(value, ";={} "); /* SQLite's driver takes none it does not need */
		buf_printf(&out, "%s=%s", keys[i].name, braces ? "{" : "");
		for (const char *c = value; *c; c++) {
			if (*c == '}') buf_char(&out, '}');
			buf_char(&out, *c);
		}
		buf_str(&out, braces ? "};" : ";");
	}
	buf_str(&out, more);
	char *text = text_cstr(arena, buf_as_text(&out));
	buf_free(&out);
	return text;
}
