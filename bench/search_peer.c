/* What catalogue search is measured against: bare FTS5 in process. Reads MATCH expressions, one a line, and answers for each
 * "ranked µs, counted µs": SELECT rowid … ORDER BY rank LIMIT 50, and SELECT count(*).   search_peer FILE.db <expressions */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double run(sqlite3_stmt *statement, const char *match) {
	struct timespec from, to;
	clock_gettime(CLOCK_MONOTONIC, &from);
	sqlite3_bind_text(statement, 1, match, -1, SQLITE_STATIC);
	int result;
	while ((result = sqlite3_step(statement)) == SQLITE_ROW)
		sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	clock_gettime(CLOCK_MONOTONIC, &to);
	if (result != SQLITE_DONE) return -1;
	return (double)(to.tv_sec - from.tv_sec) * 1e6 + (double)(to.tv_nsec - from.tv_nsec) / 1e3;
}

int main(int argc, char **argv) {
	sqlite3 *db;
	sqlite3_stmt *ranked, *counted;
	char line[1000];
	if (argc != 2 || sqlite3_open(argv[1], &db) != SQLITE_OK) return 2;
	sqlite3_exec(db, "PRAGMA cache_size=-16000", NULL, NULL, NULL);
	if (sqlite3_prepare_v2(db, "SELECT rowid FROM entry WHERE entry MATCH ? ORDER BY rank LIMIT 50", -1, &ranked, NULL) !=
	        SQLITE_OK ||
	    sqlite3_prepare_v2(db, "SELECT count(*) FROM entry WHERE entry MATCH ?", -1, &counted, NULL) != SQLITE_OK) {
		fprintf(stderr, "search_peer: %s\n", sqlite3_errmsg(db));
		return 1;
	}
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		printf("%.1f %.1f\n", run(ranked, line), run(counted, line));
		fflush(stdout);
	}
	return 0;
}
