/* How many features a collection has and where they lie, counted over the cells beside its rows. A count is kept until a record
 * changes (Finding.changed, read in the snapshot it is used in), so that it may be asked for with each page. Any thread. */
#include "record/ogc.h"
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

enum { SLOTS = 512, EXTENT_BITS = 12 };

typedef struct Slot {
	int64_t resource_id, changed;
	int generation_no;
	Size size;
} Slot;

typedef struct Sizes {
	pthread_mutex_t lock;
	Slot slots[SLOTS];
} Sizes;

static const char part_name[] = "map.sizes";

int sizes_start(App *app, Error *error) {
	(void)error;
	Sizes *sizes = calloc(1, sizeof *sizes);
	if (!sizes) abort();
	pthread_mutex_init(&sizes->lock, NULL);
	app_part_set(app, part_name, sizes);
	return 0;
}

void sizes_stop(App *app) {
	Sizes *sizes = app_part(app, part_name);
	if (sizes) pthread_mutex_destroy(&sizes->lock);
	free(sizes);
	app_part_set(app, part_name, NULL);
}

bool size_whole(const Finding *finding) {
	return !finding->target.plan->filter.len && !finding->filter->sql.len;
}

static Slot slot_of(const Finding *finding) {
	const Resource *resource = finding->target.plan->resource;
	return (Slot){
	    .resource_id = resource->resource_id, .changed = finding->changed, .generation_no = resource->generation_no};
}

static bool slot_take(const Finding *finding, Size *out) {
	Sizes *sizes = app_part(finding->rq->app, part_name);
	const Slot wanted = slot_of(finding);
	if (!sizes || !size_whole(finding)) return false;
	pthread_mutex_lock(&sizes->lock);
	const Slot *slot = &sizes->slots[store_id_slot(wanted.resource_id, SLOTS)];
	bool kept = slot->resource_id == wanted.resource_id && slot->changed == wanted.changed &&
	            slot->generation_no == wanted.generation_no;
	if (kept) *out = slot->size;
	pthread_mutex_unlock(&sizes->lock);
	return kept;
}

static void slot_put(const Finding *finding, const Size *size) {
	Sizes *sizes = app_part(finding->rq->app, part_name);
	Slot slot = slot_of(finding);
	if (!sizes || !size_whole(finding)) return;
	slot.size = *size;
	pthread_mutex_lock(&sizes->lock);
	sizes->slots[store_id_slot(slot.resource_id, SLOTS)] = slot;
	pthread_mutex_unlock(&sizes->lock);
}

bool size_kept(const Finding *finding) {
	Size size;
	return slot_take(finding, &size);
}

static int group_add(void *arg, int64_t least, int64_t greatest, int64_t rows) {
	Size *size = arg;
	const int64_t ends[] = {least, greatest};
	for (int i = 0; i < 2; i++) {
		int level = cell_level(ends[i]) < EXTENT_BITS ? cell_level(ends[i]) : EXTENT_BITS;
		double lon, lat, around = ldexp(360, -level); /* all that lies in the group and what sticks out of it */
		cell_middle(ends[i], &lon, &lat);
		if (!size->rows && i == 0) size->box = (Box){lon, lat, lon, lat};
		size->box = (Box){fmax(-180, fmin(size->box.west, lon - around)), fmax(-90, fmin(size->box.south, lat - around)),
		                  fmin(180, fmax(size->box.east, lon + around)), fmin(90, fmax(size->box.north, lat + around))};
	}
	size->rows += rows;
	return 0;
}

int size_of(Finding *finding, Size *out) {
	*out = (Size){0};
	if (slot_take(finding, out)) return 0;
	int code = finding_clusters(finding, (CellRange){0, INT64_MAX}, cluster_size(0, EXTENT_BITS), group_add, out);
	if (code == 0) slot_put(finding, out);
	return code;
}
