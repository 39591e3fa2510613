/* ogr.h: a folder of its own below spool/ holds the file under a name of ours; `yiwang` runs itself again there, puts itself into
 * the cage and becomes ogrinfo or ogr2ogr. The caller's thread waits; folder and process go with the request's arena. */
#include "place/ogr.h"
#include "base/cage.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the process ------------------------------------------------------------------------------------------------------ */
int place_ogr_child_main(int argc, char **argv) {
	if (argc < 3 || cage_set(false) != 0) return CAGE_NONE;
	execv(argv[2], argv + 2);
	return 1;
}

static int process_wait(pid_t pid) {
	int status = 0;
	for (int64_t until = clock_monotonic_us() + (int64_t)OGR_SECONDS * 1000000;; clock_sleep_us(5000)) {
		pid_t ended = waitpid(pid, &status, WNOHANG);
		if (ended == pid) return status;
		if (ended < 0 && errno != EINTR) return -1;
		if (clock_monotonic_us() < until) continue;
		kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		return status;
	}
}

/* What it wrote to its outputs goes to the files out and err of the folder. The wait's status, or -1. */
static int process_run(const char *folder, char *const *arguments) {
	/* no network driver, no plugin, nothing that a file may name elsewhere */
	static char *const environment[] = {"LANG=C.UTF-8",
	                                    "TMPDIR=.",
	                                    "CPL_TMPDIR=.",
	                                    "GDAL_SKIP=OGR_VRT,GTI,DERIVED",
	                                    "PROJ_NETWORK=OFF",
	                                    "GDAL_DRIVER_PATH=disable",
	                                    "CPL_CURL_ENABLE_VSIMEM=NO",
#ifdef __SANITIZE_ADDRESS__
	                                    "ASAN_OPTIONS=detect_leaks=0",
#endif
	                                    NULL};
	const CageStart start = {
	    .folder = folder, .arguments = arguments, .environment = environment, .out = "out", .err = "err"};
	pid_t pid;
	return cage_spawn(&start, &pid) ? -1 : process_wait(pid);
}

/* --- the folder ------------------------------------------------------------------------------------------------------- */
static void folder_remove(void *path) {
	DIR *folder = opendir(path);
	struct dirent *entry;
	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2) unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder) closedir(folder);
	rmdir(path);
}

static void file_close(void *file) {
	fclose(file);
}

/* At most 64 KiB of a file, for messages and what ogrinfo tells. */
static char *file_head(Arena *arena, const char *folder, const char *name) {
	char *text = arena_alloc(arena, 65537);
	FILE *file = fopen(arena_printf(arena, "%s/%s", folder, name), "rb");
	if (!file) return text;
	size_t length = fread(text, 1, 65536, file);
	fclose(file);
	text[utf8_valid_prefix((Text){text, length})] = '\0';
	return text;
}

static int bad(Request *rq, const char *field, const char *rule, const char *advice, const char *message) {
	return error_field(rq->error, ERR_INVALID, field, TEXT_NONE, rule, advice, "%s", message);
}

static const char *process_words(Arena *arena, const char *folder) {
	char *text = file_head(arena, folder, "err"), *line = strstr(text, "ERROR");
	if (!line) line = text;
	line[strcspn(line, "\n")] = '\0';
	line[utf8_cut(text_of(line), 200)] = '\0';
	return line;
}

static int process_failed(Request *rq, const char *folder, int status) {
	if (status == -1 || (WIFEXITED(status) && WEXITSTATUS(status) == CAGE_NONE))
		return fail(rq, ERR_IO, "The process that reads maps could not be started");
	if (WIFSIGNALED(status))
		return bad(rq, "file", "reader_ended", "Save it anew from the program it comes from, or in parts.",
		           "The reader of this file crashed, or used more time or memory than it may");
	return error_field(rq->error, ERR_INVALID, "file", text_of(process_words(rq->arena, folder)), "format",
	                   "Send a GeoPackage, GeoJSON, or a zip with the .shp, .shx, .dbf and .prj of one Shapefile.",
	                   "GDAL cannot read this file");
}

/* --- what is in it ---------------------------------------------------------------------------------------------------- */
static const struct OgrFormat {
	const char *magic, *name, *file, *opened;
	size_t length;
} formats[] = {{"PK\3\4", "Shapefile", "in.zip", "/vsizip/in.zip", 4},
               {"SQLite format 3", "GeoPackage", "in.gpkg", "in.gpkg", 16},
               {"{", "GeoJSON", "in.geojson", "in.geojson", 1}};

static const struct OgrFormat *format_of(const char *path) {
	char head[64] = "";
	FILE *file = fopen(path, "rb");
	size_t length = file ? fread(head, 1, sizeof head, file) : 0;
	if (file) fclose(file);
	size_t from = length >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	while (from < length && (head[from] == ' ' || head[from] == '\n' || head[from] == '\r' || head[from] == '\t'))
		from++;
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (length - from >= formats[i].length && memcmp(head + from, formats[i].magic, formats[i].length) == 0)
			return &formats[i];
	return NULL;
}

/* The last ID["EPSG",n] of a layer's system is the system's own. */
static int epsg_of(const char *at, const char *end) {
	int epsg = 0, number;
	while ((at = strstr(at, "ID[\"EPSG\",")) && at < end) {
		at += strlen("ID[\"EPSG\",");
		if (sscanf(at, "%d]", &number) == 1) epsg = number;
	}
	return epsg;
}

static const char *line_after(Arena *arena, const char *block, const char *end, const char *key) {
	const char *at = strstr(block, key);
	if (!at || at >= end) return "";
	at += strlen(key);
	return arena_strndup(arena, at, strcspn(at, "\n"));
}

/* The named layer, or the only one with polygons, of what ogrinfo told. */
static int layer_choose(Request *rq, const char *told, const char *wanted, OgrLayer *out) {
	int found = 0;
	for (const char *at = strstr(told, "\nLayer name: "); at;) {
		const char *next = strstr(at + 1, "\nLayer name: "), *end = next ? next : at + strlen(at);
		OgrLayer layer = {line_after(rq->arena, at, end, "Layer name: "), line_after(rq->arena, at, end, "Geometry: "),
		                  0};
		const char *system = strstr(at, "Layer SRS WKT:");
		layer.epsg = system && system < end ? epsg_of(system, end) : 0;
		if (wanted ? strcmp(wanted, layer.name) == 0
		           : strstr(layer.geometry, "Polygon") || strstr(layer.geometry, "Unknown")) {
			if (found++ == 0) *out = layer;
		}
		at = next;
	}
	if (wanted && !found)
		return bad(rq, "layer", "unknown_layer", "Name a layer as it is in the file.",
		           "There is no such layer in the file");
	if (!found) return bad(rq, "file", "no_polygons", "Areas come as polygons.", "There is no layer of polygons in the file");
	if (found > 1)
		return bad(rq, "layer", "several_layers", "Name the layer that holds the areas.",
		           "The file has several layers of polygons");
	return 0;
}

static int crs_choose(Request *rq, const OgrSource *source, OgrResult *out) {
	out->crs = source->crs ? source->crs : out->layer.epsg;
	if (out->crs) return 0;
	return bad(rq, "crs", "unknown_crs", "Name it: ask whoever made the file; the file has none in its .prj.",
	           "The file does not say which coordinate system it is in");
}

int ogr_read(Request *rq, const OgrSource *source, OgrResult *out) {
	Arena *arena = rq->arena;
	const struct OgrFormat *format = format_of(source->path);
	if (!format)
		return bad(rq, "file", "format",
		           "Send a GeoPackage, GeoJSON, or a zip with the .shp, .shx, .dbf and .prj of one Shapefile.",
		           "This is none of the formats read here");
	char *folder = arena_printf(arena, "%s/map-XXXXXX", app_path(arena, rq->app, "spool"));
	if (!mkdtemp(folder)) return fail(rq, ERR_IO, "cannot make a folder for the file: %s", strerror(errno));
	arena_on_free(arena, folder_remove, folder);
	if (link(source->path, arena_printf(arena, "%s/%s", folder, format->file)) != 0)
		return fail(rq, ERR_IO, "cannot lay the file out for its reader: %s", strerror(errno));
	char *info[] = {"yiwang", PLACE_OGR_CHILD_COMMAND, "/usr/bin/ogrinfo", "-ro", "-so", "-al", (char *)format->opened, NULL};
	int status = process_run(folder, info);
	if (status != 0) return process_failed(rq, folder, status);
	*out = (OgrResult){.format = format->name};
	int code = layer_choose(rq, file_head(arena, folder, "out"), source->layer, &out->layer);
	if (code == 0) code = crs_choose(rq, source, out);
	if (code < 0) return code;
	/* GCJ-02 and BD-09 are no systems of EPSG: taken as they are, undone by place_convert */
	bool own = out->crs == PLACE_GCJ02 || out->crs == PLACE_BD09;
	char *from = arena_printf(arena, "EPSG:%d", own ? PLACE_WGS84 : out->crs),
	     *encoding = source->encoding ? arena_printf(arena, "ENCODING=%s", source->encoding) : NULL;
	char *convert[24] = {"yiwang",
	                     PLACE_OGR_CHILD_COMMAND,
	                     "/usr/bin/ogr2ogr",
	                     "-f",
	                     "GeoJSONSeq",
	                     "out.jsonl",
	                     (char *)format->opened,
	                     (char *)out->layer.name,
	                     "-s_srs",
	                     from,
	                     "-t_srs",
	                     "EPSG:4326",
	                     "-dim",
	                     "XY",
	                     "-nlt",
	                     "CONVERT_TO_LINEAR",
	                     "-lco",
	                     "RS=NO",
	                     "-lco",
	                     "COORDINATE_PRECISION=9"};
	if (encoding && strcmp(format->name, "Shapefile") == 0) convert[20] = "-oo", convert[21] = encoding;
	status = process_run(folder, convert);
	if (status != 0) return process_failed(rq, folder, status);
	out->file = fopen(arena_printf(arena, "%s/out.jsonl", folder), "rb");
	if (!out->file) return fail(rq, ERR_IO, "GDAL wrote nothing");
	arena_on_free(arena, file_close, out->file);
	return 0;
}
