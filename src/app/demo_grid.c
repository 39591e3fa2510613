/* The grids of the demo city: names and codes are the real divisions of Jiangyin (demo/data), borders are drawn by this file and
 * belong to no place (演示示意): a lattice is divided among towns, villages and grids, and bent a little, so that neighbours
 * share every corner. Pure but for reading two files; main thread. */
#include "app/demo.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDE = 560, HIGH = 260, DIVISIONS_MAX = 600, GRIDS = 3 };
typedef struct Division {
	char code[16], parent[16], name[128];
	int x1, y1, x2, y2; /* of the lattice */
	int weight;
} Division;
typedef struct Plan {
	Division *at;
	int count;
} Plan;

/* --- the lattice ------------------------------------------------------------------------------------------------------ */
static json_t *corner(int x, int y) {
	double lon = 120.02 + x * 0.001 + 0.006 * sin(y * 0.05) + 0.003 * sin(x * 0.031 + y * 0.07),
	       lat = 31.70 + y * 0.001 + 0.005 * sin(x * 0.037) + 0.002 * sin(y * 0.09 + x * 0.02);
	return json_pack("[f,f]", round(lon * 1e7) / 1e7, round(lat * 1e7) / 1e7);
}

static json_t *shape(const Division *one) {
	json_t *ring = json_array();
	for (int x = one->x1; x < one->x2; x++)
		json_array_append_new(ring, corner(x, one->y1));
	for (int y = one->y1; y < one->y2; y++)
		json_array_append_new(ring, corner(one->x2, y));
	for (int x = one->x2; x > one->x1; x--)
		json_array_append_new(ring, corner(x, one->y2));
	for (int y = one->y2; y >= one->y1; y--)
		json_array_append_new(ring, corner(one->x1, y));
	return json_pack("{s:s, s:[o]}", "type", "Polygon", "coordinates", ring);
}

/* The rectangle among them by weight: halves across its longer side, and so on. */
static void divide(Division *at, int count, int x1, int y1, int x2, int y2) {
	int all = 0, first = 0, half = count / 2;
	if (count == 1) {
		at->x1 = x1, at->y1 = y1, at->x2 = x2, at->y2 = y2;
		return;
	}
	for (int i = 0; i < count; i++) {
		all += at[i].weight;
		if (i < half) first += at[i].weight;
	}
	if (x2 - x1 >= y2 - y1) {
		int cut = x1 + (x2 - x1) * first / all;
		divide(at, half, x1, y1, cut, y2);
		divide(at + half, count - half, cut, y1, x2, y2);
	} else {
		int cut = y1 + (y2 - y1) * first / all;
		divide(at, half, x1, y1, x2, cut);
		divide(at + half, count - half, x1, cut, x2, y2);
	}
}

/* --- the divisions ---------------------------------------------------------------------------------------------------- */
/* Lines "code12,name,town_code12,…"; the first `digits` of the code count, the first `above` of them are the parent's. */
static int divisions_read(Plan *plan, const char *path, int digits, int above, Error *error) {
	char line[1024], name[sizeof plan->at->name];
	FILE *in = fopen(path, "re");
	if (!in) return error_set(error, ERR_INVALID, "the list of divisions %s cannot be read", path);
	while (plan->count < DIVISIONS_MAX && fgets(line, sizeof line, in)) {
		if (strspn(line, "0123456789") != 12 || sscanf(line + 13, "%127[^,]", name) != 1) continue;
		Division *one = &plan->at[plan->count++];
		*one = (Division){.weight = 1};
		snprintf(one->code, sizeof one->code, "%.*s", digits, line);
		snprintf(one->parent, sizeof one->parent, "%.*s", above, line);
		memcpy(one->name, name, sizeof name);
	}
	fclose(in);
	return plan->count ? 0 : error_set(error, ERR_INVALID, "%s holds no divisions", path);
}

/* Divides each parent's rectangle among those below it, which stand together. */
static void divide_below(const Plan *parents, Plan *plan) {
	for (int p = 0; p < parents->count; p++) {
		const Division *parent = &parents->at[p];
		int first = 0, end;
		while (first < plan->count && strcmp(plan->at[first].parent, parent->code) != 0)
			first++;
		for (end = first; end < plan->count && strcmp(plan->at[end].parent, parent->code) == 0; end++)
			;
		if (end > first) divide(plan->at + first, end - first, parent->x1, parent->y1, parent->x2, parent->y2);
	}
}

static void weigh(Plan *parents, const Plan *plan) {
	for (int p = 0; p < parents->count; p++) {
		parents->at[p].weight = 0;
		for (int i = 0; i < plan->count; i++)
			parents->at[p].weight += strcmp(plan->at[i].parent, parents->at[p].code) == 0;
		if (parents->at[p].weight == 0) parents->at[p].weight = 1;
	}
}

static void grids_make(const Plan *villages, Plan *grids) {
	for (int v = 0; v < villages->count; v++)
		for (int i = 1; i <= GRIDS; i++) {
			Division *one = &grids->at[grids->count++];
			*one = (Division){.weight = 1};
			snprintf(one->parent, sizeof one->parent, "%s", villages->at[v].code);
			snprintf(one->code, sizeof one->code, "%.12s%03d", villages->at[v].code, i);
			snprintf(one->name, sizeof one->name, "%.100s第%d网格", villages->at[v].name, i);
		}
}

static json_t *collection(const Plan *plan) {
	json_t *features = json_array();
	for (int i = 0; i < plan->count; i++) {
		const Division *one = &plan->at[i];
		json_array_append_new(features,
		                      json_pack("{s:s, s:{s:s, s:s, s:s}, s:o}", "type", "Feature", "properties", "code",
		                                one->code, "name", one->name, "parent", one->parent, "geometry", shape(one)));
	}
	return json_pack("{s:s, s:o}", "type", "FeatureCollection", "features", features);
}

int demo_grids(const char *shipped, json_t *levels[4], Error *error) {
	Arena *arena = arena_new();
	Plan plans[4];
	for (int level = 0; level < 4; level++)
		plans[level] = (Plan){ARENA_ARRAY(arena, Division, DIVISIONS_MAX * GRIDS), 0};
	plans[0].at[plans[0].count++] = (Division){.code = "320281", .name = "演示市（边界为示意）", .weight = 1};
	int code = divisions_read(&plans[1], arena_printf(arena, "%s/jiangyin_towns.csv", shipped), 9, 6, error);
	if (code == 0) code = divisions_read(&plans[2], arena_printf(arena, "%s/jiangyin_villages.csv", shipped), 12, 9, error);
	if (code == 0) {
		weigh(&plans[1], &plans[2]);
		grids_make(&plans[2], &plans[3]);
		divide(plans[0].at, 1, 0, 0, WIDE, HIGH);
		for (int level = 1; level < 4; level++)
			divide_below(&plans[level - 1], &plans[level]);
		for (int level = 0; level < 4; level++)
			levels[level] = collection(&plans[level]);
	}
	arena_free(arena);
	return code;
}
