/* expression: rules in Lua 5.4, caged: no libraries but the few functions below, a capped allocator, an instruction limit with a
 * look at the processor's clock, text chunks only, and an environment of its own for each expression.
 * Thread: any; each thread keeps one Lua state with the expressions it has met, freed with the thread.
 * Lifetime: an Expression lives in its arena; a thread's compiled copies are dropped all at once when KEPT_MAX are there. */
#include "core/core.h"
#include <lauxlib.h>
#include <lua.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum {
	SOURCE_MAX = 4096,
	NAMES_MAX = 200,      /* Lua allows 200 locals */
	MEMORY_MAX = 1 << 20, /* on top of what the compiled expressions take */
	STATE_MAX = 8 << 20,  /* compiled expressions of one thread */
	INSTRUCTIONS_MAX = 100000,
	HOOK_EVERY = 100,
	CPU_NS_MAX = 50000000, /* one instruction may copy up to 1 MiB, so instructions alone are no limit */
	KEPT_MAX = 256,
};

struct Expression {
	uint64_t id; /* never used twice in a process */
	Text chunk;  /* "local a, b = ... return (source)" */
	int used_count;
	int *used; /* positions in names of the locals, in order */
};

typedef struct Cage {
	lua_State *lua;
	size_t used, cap;
	int64_t instructions, cpu_from;
	struct {
		uint64_t id;
		int ref;
	} kept[KEPT_MAX]; /* open addressing by id; id 0 = free */
	int kept_count;
} Cage;

static pthread_key_t cage_key;
static pthread_once_t cage_once = PTHREAD_ONCE_INIT;

/* --- the cage --------------------------------------------------------------------------------------------------------------- */
static void *cage_alloc(void *context, void *block, size_t old, size_t wanted) {
	Cage *cage = context;
	size_t had = block ? old : 0; /* without a block Lua passes a type code as the old size */
	if (wanted == 0) {
		free(block);
		cage->used -= had;
		return NULL;
	}
	if (wanted > had && cage->used + (wanted - had) > cage->cap) return NULL;
	void *moved = realloc(block, wanted);
	if (moved) cage->used += wanted - had;
	return moved;
}

static int64_t cpu_now(void) {
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static Cage *cage_of(lua_State *lua) {
	void *cage;
	lua_getallocf(lua, &cage);
	return cage;
}

static void cage_hook(lua_State *lua, lua_Debug *debug) {
	Cage *cage = cage_of(lua);
	cage->instructions += HOOK_EVERY;
	if (cage->instructions > INSTRUCTIONS_MAX) luaL_error(lua, "more than %d steps", INSTRUCTIONS_MAX);
	int64_t now = cpu_now();
	if (cage->cpu_from == 0) cage->cpu_from = now;
	if (now - cage->cpu_from > CPU_NS_MAX) luaL_error(lua, "more than %d ms of processor time", CPU_NS_MAX / 1000000);
}

static int lua_len_characters(lua_State *lua) {
	size_t len;
	const char *bytes = luaL_checklstring(lua, 1, &len);
	lua_pushinteger(lua, (lua_Integer)utf8_count((Text){bytes, len}));
	return 1;
}

static int lua_absolute(lua_State *lua) {
	if (lua_isinteger(lua, 1)) {
		lua_Integer value = lua_tointeger(lua, 1);
		lua_pushinteger(lua, value < 0 ? (lua_Integer)(0u - (lua_Unsigned)value) : value);
	} else {
		lua_Number value = luaL_checknumber(lua, 1);
		lua_pushnumber(lua, value < 0 ? -value : value);
	}
	return 1;
}

static int lua_floor_number(lua_State *lua) {
	if (lua_isinteger(lua, 1))
		lua_settop(lua, 1);
	else {
		lua_Number value = luaL_checknumber(lua, 1), whole = __builtin_floor(value);
		lua_Integer integer;
		if (lua_numbertointeger(whole, &integer))
			lua_pushinteger(lua, integer);
		else
			lua_pushnumber(lua, whole);
	}
	return 1;
}

static int extreme(lua_State *lua, int op) {
	int best = 1;
	luaL_checknumber(lua, 1);
	for (int i = 2; i <= lua_gettop(lua); i++) {
		luaL_checknumber(lua, i);
		if (op > 0 ? lua_compare(lua, best, i, LUA_OPLT) : lua_compare(lua, i, best, LUA_OPLT)) best = i;
	}
	lua_pushvalue(lua, best);
	return 1;
}

static int lua_minimum(lua_State *lua) {
	return extreme(lua, -1);
}

static int lua_maximum(lua_State *lua) {
	return extreme(lua, 1);
}

/* A fresh table, so that no expression can change another's functions. */
static void push_environment(lua_State *lua) {
	static const luaL_Reg functions[] = {{"abs", lua_absolute}, {"floor", lua_floor_number}, {"min", lua_minimum},
	                                     {"max", lua_maximum},  {"len", lua_len_characters}, {NULL, NULL}};
	lua_newtable(lua);
	luaL_setfuncs(lua, functions, 0);
	lua_newtable(lua);
	luaL_setfuncs(lua, functions, 0);
	lua_setfield(lua, -2, "math");
}

static void cage_free(void *object) {
	Cage *cage = object;
	if (cage->lua) lua_close(cage->lua);
	free(cage);
}

static void cage_key_make(void) {
	if (pthread_key_create(&cage_key, cage_free) != 0) abort();
}

static Cage *cage_mine(void) {
	pthread_once(&cage_once, cage_key_make);
	Cage *cage = pthread_getspecific(cage_key);
	if (!cage) {
		cage = calloc(1, sizeof *cage);
		if (!cage) abort();
		pthread_setspecific(cage_key, cage);
	}
	if (cage->kept_count > KEPT_MAX / 2 || cage->used > STATE_MAX) {
		lua_close(cage->lua);
		*cage = (Cage){0};
	}
	if (!cage->lua) {
		cage->cap = SIZE_MAX;
		cage->lua = lua_newstate(cage_alloc, cage);
		if (!cage->lua) abort();
		lua_sethook(cage->lua, cage_hook, LUA_MASKCOUNT, HOOK_EVERY);
	}
	return cage;
}

/* --- one call into the cage, all of it protected -------------------------------------------------------------------------- */
typedef struct Call {
	const Expression *expression;
	const Val *values; /* NULL = compile only */
	int ref, result;
	double *number; /* NULL = its truth is asked for */
} Call;

static void push_value(lua_State *lua, const Val *value) {
	switch (value->kind) {
	case VAL_INT:
		lua_pushinteger(lua, value->i);
		break;
	case VAL_DOUBLE:
		lua_pushnumber(lua, value->d);
		break;
	case VAL_TEXT:
		lua_pushlstring(lua, value->t.at, value->t.len);
		break;
	default:
		lua_pushnil(lua);
	}
}

static int compile_protected(lua_State *lua) {
	Call *call = lua_touserdata(lua, 1);
	const Expression *expression = call->expression;
	if (luaL_loadbufferx(lua, expression->chunk.at, expression->chunk.len, "=expression", "t") != LUA_OK)
		return lua_error(lua);
	push_environment(lua);
	lua_setupvalue(lua, -2, 1); /* a main chunk has one upvalue: _ENV */
	call->ref = luaL_ref(lua, LUA_REGISTRYINDEX);
	return 0;
}

static int test_protected(lua_State *lua) {
	Call *call = lua_touserdata(lua, 1);
	const Expression *expression = call->expression;
	luaL_checkstack(lua, expression->used_count + 2, "names");
	lua_rawgeti(lua, LUA_REGISTRYINDEX, call->ref);
	for (int i = 0; i < expression->used_count; i++)
		push_value(lua, &call->values[expression->used[i]]);
	lua_call(lua, expression->used_count, 1);
	if (!call->number) {
		call->result = lua_toboolean(lua, -1);
		return 0;
	}
	bool given = lua_type(lua, -1) == LUA_TNUMBER;
	if (!given && !lua_isnil(lua, -1)) luaL_error(lua, "it gives no number");
	if (given) *call->number = lua_tonumber(lua, -1);
	call->result = given && isfinite(*call->number);
	return 0;
}

static int cage_call(Cage *cage, lua_CFunction function, Call *call, Error *error) {
	cage->instructions = 0;
	cage->cpu_from = 0;
	cage->cap = cage->used + MEMORY_MAX;
	lua_pushcfunction(cage->lua, function); /* neither push allocates */
	lua_pushlightuserdata(cage->lua, call);
	int status = lua_pcall(cage->lua, 1, 0, 0);
	int code = 0;
	if (status == LUA_ERRMEM)
		code = error_set(error, ERR_INVALID, "The expression used more than 1 MiB of memory");
	else if (status != LUA_OK) {
		const char *why = lua_type(cage->lua, -1) == LUA_TSTRING ? lua_tostring(cage->lua, -1) : "it raised an error";
		const char *prefix = "expression:1: ";
		if (strncmp(why, prefix, strlen(prefix)) == 0) why += strlen(prefix);
		code = error_set(error, ERR_INVALID, "The expression failed: %.300s", why);
	}
	lua_settop(cage->lua, 0);
	cage->cap = SIZE_MAX;
	return code;
}

/* Where id is or belongs: never full, since a state is dropped at half of KEPT_MAX. */
static size_t kept_at(const Cage *cage, uint64_t id) {
	size_t at = id % KEPT_MAX;
	while (cage->kept[at].id && cage->kept[at].id != id)
		at = (at + 1) % KEPT_MAX;
	return at;
}

static int kept_compile(Cage *cage, Expression *expression, Error *error) {
	Call call = {.expression = expression};
	int code = cage_call(cage, compile_protected, &call, error);
	if (code) return code;
	size_t at = kept_at(cage, expression->id);
	cage->kept[at].id = expression->id;
	cage->kept[at].ref = call.ref;
	cage->kept_count++;
	return 0;
}

/* --- exported ---------------------------------------------------------------------------------------------------------- */
static bool is_word_byte(char byte) {
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
}

static bool is_word_in(Text source, Text name) {
	for (Text rest = source;;) {
		ptrdiff_t at = text_find(rest, name);
		if (at < 0) return false;
		const char *start = rest.at + at, *end = start + name.len;
		if ((start == source.at || !is_word_byte(start[-1])) && (end == source.at + source.len || !is_word_byte(*end)))
			return true;
		rest = (Text){start + 1, rest.len - (size_t)at - 1};
	}
}

static bool is_lua_word(Text name) {
	static const char *const words[] = {"and",      "break",  "do",   "else", "elseif", "end",  "false", "for",
	                                    "function", "goto",   "if",   "in",   "local",  "nil",  "not",   "or",
	                                    "repeat",   "return", "then", "true", "until",  "while"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_is(name, words[i])) return true;
	return false;
}

int expression_compile(Arena *arena, Text source, const char *const *names, int name_count, Expression **out, Error *error) {
	static _Atomic uint64_t next_id = 1;
	if (source.len == 0 || source.len > SOURCE_MAX || !utf8_valid(source))
		return error_set(error, ERR_INVALID, "An expression is 1 to %d bytes of UTF-8", SOURCE_MAX);
	Expression *expression = ARENA_NEW(arena, Expression);
	expression->id = atomic_fetch_add(&next_id, 1);
	expression->used = ARENA_ARRAY(arena, int, NAMES_MAX);
	Buf *chunk = ARENA_NEW(arena, Buf);
	buf_in(chunk, arena);
	for (int i = 0; i < name_count; i++) {
		Text name = text_of(names[i]);
		if (is_lua_word(name) || !is_word_in(source, name)) continue;
		if (expression->used_count == NAMES_MAX)
			return error_set(error, ERR_INVALID, "An expression uses at most %d names", NAMES_MAX);
		buf_str(chunk, expression->used_count ? ", " : "local ");
		buf_text(chunk, name);
		expression->used[expression->used_count++] = i;
	}
	buf_str(chunk, expression->used_count ? " = ... return (" : "return (");
	buf_text(chunk, source);
	buf_str(chunk, "\n)"); /* the line end closes a comment */
	expression->chunk = buf_as_text(chunk);
	int code = kept_compile(cage_mine(), expression, error);
	if (code) return code;
	*out = expression;
	return 0;
}

static int expression_run(Expression *expression, const Val *values, double *number, Error *error) {
	Cage *cage = cage_mine();
	size_t at = kept_at(cage, expression->id);
	if (!cage->kept[at].id) { /* this thread meets it for the first time */
		int code = kept_compile(cage, expression, error);
		if (code) return code;
	}
	Call call = {.expression = expression, .values = values, .ref = cage->kept[at].ref, .number = number};
	int code = cage_call(cage, test_protected, &call, error);
	return code ? code : call.result;
}

int expression_test(Expression *expression, const Val *values, Error *error) {
	return expression_run(expression, values, NULL, error);
}

int expression_number(Expression *expression, const Val *values, double *out, Error *error) {
	return expression_run(expression, values, out, error);
}
