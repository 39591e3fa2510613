/* static: the pages of web/dist. The folder is listed once at start: only listed files are served, so no path leads elsewhere.
 * Immutable after start; server threads. */
#include "app/private.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 4096, DEPTH_MAX = 6 };

typedef struct StaticFile {
	const char *path; /* "/assets/index-3f2a.js" */
	const char *disk;
	const char *type, *etag;
	bool gzip;   /* there is a .gz beside it */
	bool hashed; /* its name changes with its content: cached for ever */
} StaticFile;
struct StaticSite {
	StaticFile *files; /* by path */
	size_t count;
	const StaticFile *console, *desk, *phone; /* the pages that find their views themselves */
};

const HttpHeader page_headers[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Content-Security-Policy",
     "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; worker-src 'self'; "
     "img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"},
};
const size_t page_header_count = sizeof page_headers / sizeof page_headers[0];

static const struct {
	const char *suffix, *type;
} types[] = {{".html", "text/html; charset=utf-8"},
             {".js", "text/javascript; charset=utf-8"},
             {".mjs", "text/javascript; charset=utf-8"},
             {".css", "text/css; charset=utf-8"},
             {".json", "application/json"},
             {".svg", "image/svg+xml"},
             {".png", "image/png"},
             {".jpg", "image/jpeg"},
             {".webp", "image/webp"},
             {".ico", "image/x-icon"},
             {".woff2", "font/woff2"},
             {".woff", "font/woff"},
             {".txt", "text/plain; charset=utf-8"},
             {".webmanifest", "application/manifest+json"},
             {".wasm", "application/wasm"},
             {".map", "application/json"},
             {".pbf", "application/x-protobuf"}};

static const char *type_of(Text path) {
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (text_ends(path, text_of(types[i].suffix))) return types[i].type;
	return "application/octet-stream";
}

/* "name-<8 or more of the bundler's hash characters>.ext", as the bundler writes under assets/. */
static bool is_hashed(const char *path) {
	const char *dash = strrchr(path, '-'), *dot = strrchr(path, '.');
	return strstr(path, "/assets/") == path && dash != NULL && dot != NULL && dot - dash >= 9;
}

static void file_add(Arena *arena, struct StaticSite *site, const char *root, const char *path, const struct stat *about) {
	struct stat gzip;
	char *disk = arena_printf(arena, "%s%s", root, path);
	bool has_gzip = stat(arena_printf(arena, "%s.gz", disk), &gzip) == 0 && S_ISREG(gzip.st_mode);
	site->files[site->count++] = (StaticFile){
	    .path = path,
	    .disk = disk,
	    .type = type_of(text_of(path)),
	    .etag = arena_printf(arena, "\"%llx-%llx\"", (long long)about->st_size,
	                         (long long)about->st_mtim.tv_sec * 1000000000 + about->st_mtim.tv_nsec),
	    .gzip = has_gzip,
	    .hashed = is_hashed(path),
	};
}

static void folder_list(Arena *arena, struct StaticSite *site, const char *root, const char *at, int depth) {
	DIR *dir = depth < DEPTH_MAX ? opendir(arena_printf(arena, "%s%s", root, at)) : NULL;
	for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
		struct stat about;
		const char *path = arena_printf(arena, "%s/%s", at, entry->d_name);
		if (entry->d_name[0] == '.' || site->count >= FILES_MAX ||
		    lstat(arena_printf(arena, "%s%s", root, path), &about) != 0)
			continue;
		if (S_ISDIR(about.st_mode))
			folder_list(arena, site, root, path, depth + 1);
		else if (S_ISREG(about.st_mode) && !text_ends(text_of(path), TEXT(".gz")))
			file_add(arena, site, root, path, &about);
	}
	if (dir != NULL) closedir(dir);
}

static int by_path(const void *a, const void *b) {
	return strcmp(((const StaticFile *)a)->path, ((const StaticFile *)b)->path);
}

static const StaticFile *file_find(const struct StaticSite *site, Text path) {
	char name[512];
	if (path.len >= sizeof name || site->count == 0) return NULL;
	memcpy(name, path.at, path.len);
	name[path.len] = '\0';
	StaticFile wanted = {.path = name};
	return bsearch(&wanted, site->files, site->count, sizeof wanted, by_path);
}

struct StaticSite *static_open(Arena *arena, const char *dir) {
	struct StaticSite *site = ARENA_NEW(arena, struct StaticSite);
	site->files = ARENA_ARRAY(arena, StaticFile, FILES_MAX);
	folder_list(arena, site, dir, "", 0);
	qsort(site->files, site->count, sizeof *site->files, by_path);
	site->console = file_find(site, TEXT("/index.html"));
	site->desk = file_find(site, TEXT("/desk.html"));
	site->phone = file_find(site, TEXT("/m.html"));
	return site;
}

static bool is_below(Text path, const char *top) {
	return text_starts(path, text_of(top)) && (path.len == strlen(top) || path.at[strlen(top)] == '/');
}

/* A path without a dot in its last segment is a view of a page, which finds it itself: /desk and below of the desk, /m and below
 * of the phone page, else of the console. */
static const StaticFile *page_find(const struct StaticSite *site, Text path) {
	const StaticFile *file = file_find(site, path);
	const char *slash = memrchr(path.at, '/', path.len);
	if (file == NULL && slash != NULL && memchr(slash, '.', path.len - (size_t)(slash - path.at)) == NULL)
		file = is_below(path, "/desk") ? site->desk : is_below(path, "/m") ? site->phone : site->console;
	return file;
}

static bool accepts_gzip(HttpCall *call) {
	Text accept = http_header(call, "Accept-Encoding");
	return text_find(accept, TEXT("gzip")) >= 0 && text_find(accept, TEXT("gzip;q=0")) < 0;
}

bool static_reply(const struct StaticSite *site, HttpCall *call) {
	const StaticFile *file = site ? page_find(site, http_path(call)) : NULL;
	if (file == NULL) return false;
	HttpHeader headers[10];
	size_t count = 0;
	for (; count < page_header_count; count++)
		headers[count] = page_headers[count];
	headers[count++] = (HttpHeader){"Content-Type", file->type};
	headers[count++] = (HttpHeader){"ETag", file->etag};
	headers[count++] = (HttpHeader){"Cache-Control", file->hashed ? "public, max-age=31536000, immutable" : "no-cache"};
	if (file->gzip) headers[count++] = (HttpHeader){"Vary", "Accept-Encoding"};
	headers[count] = (HttpHeader){NULL, NULL};
	if (text_find(http_header(call, "If-None-Match"), text_of(file->etag)) >= 0) {
		http_reply(call, 304, headers, TEXT(""));
		return true;
	}
	bool gzip = file->gzip && accepts_gzip(call);
	int fd = open(gzip ? arena_printf(http_arena(call), "%s.gz", file->disk) : file->disk, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat about;
	if (fd < 0 || fstat(fd, &about) != 0) return false;
	if (gzip) headers[count++] = (HttpHeader){"Content-Encoding", "gzip"};
	headers[count] = (HttpHeader){NULL, NULL};
	http_reply_file(call, 200, headers, fd, 0, about.st_size); /* as it is now, not as it was listed */
	return true;
}
