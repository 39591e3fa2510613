/* How well duplicates are found: Chicago's 311 requests of sanitation, whose clerks marked "- Dup" what was reported before. Each
 * request is asked about as it came, against the earlier ones that were still open that day, with the score the program itself
 * uses; prints precision and recall for several settings. `duplicates_bench FILE.csv.gz`; without the file it says so and ends
 * with 0. */
#include "event/internal.h"
#include <math.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

enum { ROWS_MAX = 100000, DAY = 24 };
typedef struct Ask {
	double lon, lat;
	int64_t cell, day, closed; /* days; closed: a late day while it is open */
	char nature[48];
	bool dup;
	int next; /* the one before of its cell, -1 none */
} Ask;
static Ask rows[ROWS_MAX];
static int count;

static Text read_all(const char *path) {
	gzFile file = gzopen(path, "rb");
	Buf out = {0};
	char block[65536];
	int got;
	while ((got = gzread(file, block, sizeof block)) > 0)
		buf_add(&out, block, (size_t)got);
	gzclose(file);
	return buf_as_text(&out);
}

static int by_day(const void *a, const void *b) {
	const Ask *left = a, *right = b;
	return left->day != right->day ? (left->day > right->day) - (left->day < right->day) : 0;
}

static void rows_read(Text bytes) {
	Arena *arena = arena_new();
	Csv *csv = csv_new(arena, ',');
	CsvRecord record;
	csv_feed(csv, bytes, true);
	for (csv_next(csv, &record); csv_next(csv, &record) && count < ROWS_MAX;) {
		Ask *ask = &rows[count];
		int32_t day, closed;
		if (record.fault || record.count < 15 || text_to_double(record.fields[13], &ask->lat) < 0 ||
		    text_to_double(record.fields[14], &ask->lon) < 0 || date_parse(record.fields[0], &day) < 0)
			continue;
		ask->day = day;
		ask->closed = date_parse(record.fields[2], &closed) == 0 ? closed : INT32_MAX;
		ask->dup = text_ends(record.fields[1], TEXT("Dup"));
		ask->cell = event_cell(ask->lon, ask->lat);
		snprintf(ask->nature, sizeof ask->nature, "%.*s", TEXT_ARG(record.fields[5]));
		count++;
	}
	arena_free(arena);
	qsort(rows, (size_t)count, sizeof *rows, by_day);
}

enum { BUCKETS = 1 << 17 };
static int heads[BUCKETS];
static int bucket(int64_t cell) {
	return (int)((uint64_t)cell * 0x9E3779B97F4A7C15u >> 47);
}

static int best_score(int at, int metres, int hours) {
	const Ask *ask = &rows[at];
	int best = 0;
	for (int dy = -1; dy <= 1; dy++)
		for (int dx = -1; dx <= 1; dx++)
			for (int i = heads[bucket(ask->cell + dy * 100000 + dx)];
			     i >= 0 && (ask->day - rows[i].day) * DAY <= hours; i = rows[i].next) {
				const Ask *other = &rows[i];
				if (other->cell != ask->cell + dy * 100000 + dx || other->closed < ask->day) continue;
				int score = duplicate_score(place_distance(ask->lon, ask->lat, other->lon, other->lat),
				                            (ask->day - other->day) * INT64_C(86400000000),
				                            strcmp(ask->nature, other->nature) == 0, metres, hours);
				if (score > best) best = score;
			}
	return best;
}

static void measure(int metres, int hours, int least) {
	int flagged = 0, right = 0, dups = 0;
	memset(heads, 0xff, sizeof heads);
	for (int i = 0; i < count; i++) {
		bool found = best_score(i, metres, hours) >= least;
		flagged += found;
		right += found && rows[i].dup;
		dups += rows[i].dup;
		rows[i].next = heads[bucket(rows[i].cell)];
		heads[bucket(rows[i].cell)] = i;
	}
	printf("%4d m %5d h score %3d: shown %6d, marked by the city %d, precision %.3f, recall %.3f\n", metres, hours, least,
	       flagged, dups, flagged ? (double)right / flagged : 0, dups ? (double)right / dups : 0);
}

int main(int argc, char **argv) {
	const char *path = argc > 1 ? argv[1] : "../shared/data/events/chicago_311_sanitation_2000_2013.csv.gz";
	static const int settings[][3] = {{5, 24 * 7, 400},   {5, 24 * 30, 400},  {10, 24 * 30, 400},
	                                  {30, 24 * 7, 400},  {30, 24 * 30, 400}, {30, 24 * 30, 700},
	                                  {30, 24 * 90, 400}, {80, 72, 400},      {80, 24 * 30, 400}};
	if (access(path, R_OK) != 0) {
		printf("skipped: there is no %s\n", path);
		return 0;
	}
	rows_read(read_all(path));
	printf("%d requests with a place\n", count);
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		measure(settings[i][0], settings[i][1], settings[i][2]);
	return 0;
}
