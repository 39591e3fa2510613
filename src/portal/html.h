/* Public pages: a page being written, and the one way text gets into it: html() puts typed arguments, each escaped for where it
 * stands, into a literal that holds {} for each. There is no argument that is not escaped, so nobody's text becomes markup. */
#ifndef YIWANG_PORTAL_HTML_H
#define YIWANG_PORTAL_HTML_H
#include "portal/parts.h"

typedef struct Page {
	Request *rq;
	bool english, big;
	Text q, subject, org, tag, format, sort, said; /* of the address; TEXT_NONE when not given */
	int64_t number;                                /* page of a list, 1.. */
} Page;

typedef enum ArgKind { ARG_TEXT, ARG_NUMBER, ARG_PLAIN, ARG_TIME, ARG_SIZE, ARG_DECIMAL } ArgKind;
typedef struct Arg {
	ArgKind kind;
	Text text;
	int64_t number;
	double decimal;
} Arg;
static inline Arg h_text(Text text) {
	return (Arg){.kind = ARG_TEXT, .text = text};
}
static inline Arg h_str(const char *string) {
	return h_text(text_of(string));
}
static inline Arg h_number(int64_t number) { /* 12,084 */
	return (Arg){.kind = ARG_NUMBER, .number = number};
}
static inline Arg h_plain(int64_t number) { /* 12084 */
	return (Arg){.kind = ARG_PLAIN, .number = number};
}
static inline Arg h_time(int64_t us) { /* 2026-11-22 15:34, in Shanghai */
	return (Arg){.kind = ARG_TIME, .number = us};
}
static inline Arg h_size(int64_t bytes) { /* 1.2 MB */
	return (Arg){.kind = ARG_SIZE, .number = bytes};
}
static inline Arg h_decimal(double decimal) { /* 4.2 */
	return (Arg){.kind = ARG_DECIMAL, .decimal = decimal};
}
/* The words of the page itself, by its language. */
static inline Arg h_say(const Page *page, const char *zh, const char *en) {
	return h_str(page->english ? en : zh);
}
#define ARGS(...) (const Arg[]){__VA_ARGS__}, (sizeof((const Arg[]){__VA_ARGS__}) / sizeof(Arg))
#define NO_ARGS NULL, 0
/* A literal with as many {} as arguments (asserted). Attributes are written with ". */
void html(Page *page, const char *literal, const Arg *args, size_t count);
void html_escape(Buf *out, Text text);

/* path?name=value…&lang=…: pairs of name and value (Text *; NULL or empty values are left out), ends with NULL. Values are
 * percent-encoded; the result goes into html() like any text. */
char *page_link(const Page *page, const char *path, ...);
/* Reads the address; headers of a page are set. */
void page_open(Page *page, Request *rq);
/* The page may run this city's own script and call this server (city_script); without it everything works but what it adds. */
void page_scripts(Page *page);
/* title: of the window and, unless head is false, the h1. place: home search developers, or "". */
void page_begin(Page *page, Arg title, const char *place);
/* 0, so that handlers can end with it. */
int page_end(Page *page);
/* A page that only says what is wrong, with a status. */
int page_refusal(Request *rq, int status, const char *zh, const char *en);
/* The gate, as a page when it is shut: 0 go on, 1 answered. */
int page_gate(Request *rq, Gate gate);
/* When it opens again, and that nothing written is lost, for a page that keeps it. In rq's arena. */
const char *gate_words(const Page *page, Gate gate);

/* --- city_photo.c: pictures that a form of the public carries ------------------------------------------------------------ */
enum { CITY_PHOTOS_MAX = 4 };
typedef struct CityPhotos {
	const char *given[CITY_PHOTOS_MAX]; /* "id.token" */
	int count;
} CityPhotos;
void city_photo_add(Request *rq, CityPhotos *photos, Text value); /* more than there is room for are left out */
/* Into rq's arena. 0, ERR_INVALID at "photos". */
int city_photo_ids(Request *rq, const CityPhotos *photos, const int64_t **out);
void city_photo_field(Page *page, const CityPhotos *photos);

/* A list of datasets. */
void page_datasets(Page *page, const Dataset *const *items, int count);
#endif
