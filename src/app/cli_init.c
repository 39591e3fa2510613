/* yiwang init, pack, user: making a city and looking after it from the machine itself. Main thread. */
#include "app/cli.h"
#include "app/demo_city.h"
#include "app/private.h"
#include "catalog/catalog.h"
#include "people/people.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- accounts a pack asks for ------------------------------------------------------------------------------------------ */

typedef struct NewAccount {
	const PackAccount *account;
	const char *password, *phc;
	int64_t account_id;
	char *secret; /* a service account's key */
} NewAccount;

static int account_write(Request *rq, void *context) {
	NewAccount *new = context;
	const PackAccount *account = new->account;
	int64_t org_id = 0, key_id;
	int code = db_int(rq->db, &org_id, "SELECT org_id FROM org WHERE code = $1", BIND(val_str(account->org_code)));
	if (code == 0)
		return fail(rq, ERR_NOT_FOUND, "The account %s belongs to the unknown organisation %s", account->login,
		            account->org_code);
	if (code > 0)
		code = account_create(rq, account->login, account->name, org_id, account->roles, new->phc, !account->service,
		                      &new->account_id);
	if (code >= 0 && account->service)
		code = api_key_create(rq, new->account_id, "init", rq->now_us + INT64_C(365) * 86400 * 1000000, &key_id,
		                      &new->secret);
	return code;
}

/* One line an account: "login password", or "login key" for a service account. */
static int accounts_make(Request *rq, const char *pack, Buf *lines) {
	const PackAccount *accounts;
	int count = 0, code = pack_accounts(rq, pack, &accounts, &count);
	for (int i = 0; i < count && code >= 0; i++) {
		NewAccount new = {.account = &accounts[i], .password = random_password(rq->arena, 16)};
		if (!accounts[i].service) new.phc = password_hash(rq->arena, text_of(new.password));
		code = request_write(rq, account_write, &new);
		if (code >= 0) buf_printf(lines, "%s %s\n", accounts[i].login, accounts[i].service ? new.secret : new.password);
	}
	return code < 0 ? code : 0;
}

/* --- init -------------------------------------------------------------------------------------------------------------- */

/* 0600 from its first byte, and never over another file. */
static int file_write(Error *error, const char *path, Text text) {
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool good = fd >= 0 && write(fd, text.at, text.len) == (ssize_t)text.len && fsync(fd) == 0;
	int why = errno;
	if (fd >= 0) close(fd);
	return good ? 0 : error_set(error, ERR_IO, "cannot write %s: %s", path, strerror(why));
}

static int pack_step(Request *rq, const char *pack, Buf *lines) {
	Buf report = {0};
	Arena *arena = arena_new();
	const char *dir = cli_shipped(arena, arena_printf(arena, "packs/%s", pack));
	int code = dir == NULL ? fail(rq, ERR_NOT_FOUND, "The pack %s does not lie beside the program", pack)
	                       : pack_load(rq, dir, false, &report);
	if (code >= 0) code = accounts_make(rq, dir, lines);
	buf_free(&report);
	arena_free(arena);
	return code;
}

/* Options of init. */
typedef struct Init {
	const char *dir, *store_url, *people, *seed;
	bool demo, no_data;
	int64_t people_count, seed_number;
} Init;

static int city_make(CliApp *city, const Init *init, Buf *lines) {
	int code = people_init(city->rq, lines);
	if (code >= 0) code = pack_step(city->rq, "base", lines);
	if (code >= 0 && init->demo) code = pack_step(city->rq, "demo", lines);
	if (code < 0) city->error = *city->rq->error;
	return code;
}

static int dir_make(Error *error, Arena *arena, const char *dir) {
	char *path = arena_strdup(arena, dir);
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	if (mkdir(dir, 0700) == 0 || errno == EEXIST) return 0;
	return error_set(error, ERR_IO, "cannot make the folder %s: %s", dir, strerror(errno));
}

/* Logins are written before the data is loaded: a load that is cut short goes on when the city is served. */
static int city_steps(CliApp *city, const Init *init, const char *credentials, Buf *lines) {
	Arena *arena = city->rq->arena;
	int code = city_make(city, init, lines);
	if (code >= 0) code = file_write(&city->error, credentials, buf_as_text(lines));
	if (code < 0 || !init->demo || init->no_data) return code;
	const char *data = cli_shipped(arena, "demo/data");
	if (data == NULL)
		return error_set(&city->error, ERR_NOT_FOUND,
		                 "The folder demo/data does not lie beside the program; --no-data leaves the data out");
	mkdir(arena_printf(arena, "%s/spool", init->dir), 0700); /* deliveries make their files there, as in a city that serves */
	DemoCity plan = {.shipped = data, .people = init->people_count, .seed = (uint64_t)init->seed_number};
	return demo_city_load(city->app, &plan, &city->error);
}

/* What init makes in DIR, deepest first. */
static const char *const made_here[] = {"first-credentials.txt", "store.url", "yiwang.db", "yiwang.db-wal", "yiwang.db-shm"};
static const char *const folders_here[] = {"keys", "evidence", "spool", "uploads", "demo", "open", "deliveries"};

static void tree_remove(const char *path) {
	char *const paths[] = {(char *)path, NULL};
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	for (FTSENT *entry; tree != NULL && (entry = fts_read(tree)) != NULL;)
		if (entry->fts_info != FTS_D) remove(entry->fts_accpath);
	if (tree != NULL) fts_close(tree);
}

/* Only for a folder that was empty (or not there) before: an init that failed must not stand in the way of the next. A store that
 * lies elsewhere keeps what was written into it; the message of the failure says why. */
static void city_remove(Arena *arena, const char *dir, bool dir_made) {
	for (size_t i = 0; i < sizeof made_here / sizeof made_here[0]; i++)
		remove(arena_printf(arena, "%s/%s", dir, made_here[i]));
	for (size_t i = 0; i < sizeof folders_here / sizeof folders_here[0]; i++)
		tree_remove(arena_printf(arena, "%s/%s", dir, folders_here[i]));
	if (dir_made) rmdir(dir);
}

typedef enum DirState { DIR_ABSENT, DIR_EMPTY, DIR_USED } DirState;

static DirState dir_state(const char *path) {
	DIR *dir = opendir(path);
	int entries = 0;
	if (dir == NULL) return errno == ENOENT ? DIR_ABSENT : DIR_USED;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		entries += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return entries == 0 ? DIR_EMPTY : DIR_USED;
}

static int init_options(int argc, char **argv, Init *init) {
	int words;
	const CliOption options[] = {{"--store", &init->store_url, NULL},
	                             {"--demo", NULL, &init->demo},
	                             {"--no-data", NULL, &init->no_data},
	                             {"--people", &init->people, NULL},
	                             {"--seed", &init->seed, NULL}};
	if (cli_options(argc, argv, options, sizeof options / sizeof options[0], &words) != CLI_OK || words != 1)
		return CLI_MISUSED;
	init->dir = argv[1];
	if (!init->demo && (init->no_data || init->people || init->seed)) {
		fprintf(stderr, "yiwang init: --no-data, --people and --seed go with --demo\n");
		return CLI_MISUSED;
	}
	return demo_numbers("init", init->people, &init->people_count, init->seed, &init->seed_number);
}

static int init_run(int argc, char **argv) {
	Init init = {.people_count = DEMO_PEOPLE, .seed_number = DEMO_SEED};
	if (init_options(argc, argv, &init) != CLI_OK) return CLI_MISUSED;
	Arena *arena = arena_new();
	CliApp city = {0};
	Buf lines = {0};
	const char *dir = init.dir, *credentials = arena_printf(arena, "%s/first-credentials.txt", dir);
	DirState before = dir_state(dir);
	int code = dir_make(&city.error, arena, dir);
	if (code == 0) code = app_secret_create(dir, &city.error);
	if (code == 0 && init.store_url != NULL)
		code = file_write(&city.error, arena_printf(arena, "%s/store.url", dir),
		                  text_of(arena_printf(arena, "%s\n", init.store_url)));
	if (code == 0) code = cli_open_jobs(&city, dir, init.store_url, init.demo && !init.no_data);
	if (code == 0) code = city_steps(&city, &init, credentials, &lines);
	Error error = city.error;
	cli_close(&city);
	if (code < 0 && before != DIR_USED) city_remove(arena, dir, before == DIR_ABSENT);
	if (code >= 0)
		printf("made %s; first logins and one-time passwords are in %s (keep it safe, then delete it)\n", dir,
		       credentials);
	if (lines.len > 0) explicit_bzero(lines.at, lines.len);
	buf_free(&lines);
	arena_free(arena);
	return code < 0 ? cli_failed(&error) : CLI_OK;
}

const Command command_init = {"init", "init DIR [--demo [--people N] [--seed N] [--no-data]] [--store URL]",
                              "Makes a city in DIR: keys, store, the three administrators with random one-time passwords "
                              "(DIR/first-credentials.txt, 0600) and the "
                              "base pack; --demo adds the demo city: its catalogue, real public data (demo/data) and generated "
                              "residents, enterprises, houses and "
                              "vehicles (--people, 20,000 when absent; --seed, 1), loaded as any department's files are, so that "
                              "planted faults lie in quarantine; "
                              "--no-data leaves the data out. --store keeps the data in PostgreSQL.",
                              init_run};

/* --- pack -------------------------------------------------------------------------------------------------------------- */

static int pack_run(int argc, char **argv) {
	const char *store_url = NULL;
	bool json = false;
	int words;
	const CliOption options[] = {{"--store", &store_url, NULL}, {"--json", NULL, &json}};
	if (cli_options(argc, argv, options, 2, &words) != CLI_OK || words != 3) return CLI_MISUSED;
	bool check = strcmp(argv[1], "check") == 0;
	if (!check && strcmp(argv[1], "load") != 0) return CLI_MISUSED;
	CliApp city;
	Buf report = {0};
	int code = cli_open(&city, argv[2], store_url);
	if (code != 0) return cli_failed(&city.error);
	code = pack_load(city.rq, argv[3], check, &report);
	Error error = *city.rq->error;
	cli_close(&city);
	if (code >= 0) printf("%.*s\n", (int)report.len, report.at ? report.at : "");
	buf_free(&report);
	return code < 0 ? cli_failed(&error) : CLI_OK;
}

const Command command_pack = {"pack", "pack check|load DIR PACK-DIR [--store URL] [--json]",
                              "check tells what loading the pack into the city of DIR would change (old pack, new pack, local "
                              "changes); load does it. Faults name "
                              "file and line. The report is JSON.",
                              pack_run};

/* --- user -------------------------------------------------------------------------------------------------------------- */

static int user_add(Request *rq, char **argv) {
	PackAccount account = {.login = argv[3], .name = argv[4], .org_code = argv[5], .roles = argv[6]};
	NewAccount new = {.account = &account, .password = random_password(rq->arena, 16)};
	new.phc = password_hash(rq->arena, text_of(new.password));
	int code = request_write(rq, account_write, &new);
	if (code >= 0) printf("%s %s\n", account.login, new.password);
	return code;
}

static int user_list(Request *rq, bool as_json) {
	Rows *rows;
	int code = db_query(
	    rq->db, &rows,
	    "SELECT a.login, a.name, o.name, a.state FROM account a LEFT JOIN org o ON o.org_id = a.org_id ORDER BY a.login",
	    NO_BIND);
	JsonWriter json;
	jw_begin(&json, &rq->body);
	if (code >= 0 && as_json) jw_array(&json);
	while (code >= 0 && (code = rows_next(rows)) > 0) {
		if (!as_json) {
			printf("%-20.*s %-12.*s %.*s  %.*s\n", TEXT_ARG(rows_text(rows, 0)), TEXT_ARG(rows_text(rows, 3)),
			       TEXT_ARG(rows_text(rows, 1)), TEXT_ARG(rows_text(rows, 2)));
			continue;
		}
		jw_object(&json);
		jw_kv_text(&json, "login", rows_text(rows, 0));
		jw_kv_text(&json, "name", rows_text(rows, 1));
		jw_kv_text(&json, "org", rows_text(rows, 2));
		jw_kv_text(&json, "state", rows_text(rows, 3));
		jw_object_end(&json);
	}
	if (code >= 0 && as_json) {
		jw_array_end(&json);
		printf("%.*s\n", (int)rq->body.len, rq->body.at);
	}
	return code;
}

static int user_run(int argc, char **argv) {
	const char *store_url = NULL;
	bool json = false;
	int words;
	const CliOption options[] = {{"--store", &store_url, NULL}, {"--json", NULL, &json}};
	if (cli_options(argc, argv, options, 2, &words) != CLI_OK || words < 2) return CLI_MISUSED;
	bool add = strcmp(argv[1], "add") == 0;
	if (add ? words != 6 : strcmp(argv[1], "list") != 0 || words != 2) return CLI_MISUSED;
	CliApp city;
	int code = cli_open(&city, argv[2], store_url);
	if (code != 0) return cli_failed(&city.error);
	code = add ? user_add(city.rq, argv) : user_list(city.rq, json);
	Error error = *city.rq->error;
	cli_close(&city);
	return code < 0 ? cli_failed(&error) : CLI_OK;
}

const Command command_user = {
    "user", "user list DIR [--json] [--store URL] | user add DIR LOGIN NAME ORG-CODE ROLES [--store URL]",
    "Lists accounts, or adds a person with roles (comma between them) and prints the one-time password once.", user_run};
