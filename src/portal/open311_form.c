/* Open311: forms that are posted, urlencoded or multipart with pictures, read from the file they were spooled to; whose key they
 * bring; pictures as they are given out again, by an address that carries a keyed hash. One request. */
#include "people/people.h"
#include "portal/open311.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PLAIN_MAX = 64 << 10, PARTS_MAX = 100 };

/* --- the body -------------------------------------------------------------------------------------------------------------- */
typedef struct Mapped {
	void *at;
	size_t size;
} Mapped;

static void unmap(void *object) {
	Mapped *mapped = object;
	munmap(mapped->at, mapped->size);
}

static int body_map(Request *rq, Text *out) {
	const char *path = http_body_path(rq->call);
	struct stat about;
	*out = TEXT("");
	if (!path || !http_body_size(rq->call)) return 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *at =
	    fd >= 0 && fstat(fd, &about) == 0 ? mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	if (fd >= 0) close(fd);
	if (at == MAP_FAILED) return fail(rq, ERR_IO, "could not read the form: %s", strerror(errno));
	Mapped *mapped = ARENA_NEW(rq->arena, Mapped);
	*mapped = (Mapped){at, (size_t)about.st_size};
	arena_on_free(rq->arena, unmap, mapped);
	*out = (Text){at, (size_t)about.st_size};
	return 0;
}

/* --- fields ---------------------------------------------------------------------------------------------------------------- */
static int value_take(const Open311 *call, const Open311Field *fields, Text name, Text value, void *out) {
	bool known = false;
	if (!utf8_valid(name) || !utf8_valid(value) || (value.len && memchr(value.at, '\0', value.len)))
		return open311_bad(call, "", TEXT_NONE, "The form is not valid UTF-8");
	for (; fields->name; fields++) {
		if (!text_is(name, fields->name)) continue;
		*(Text *)((char *)out + fields->at) = text_trim(value);
		known = true;
	}
	if (known || !text_starts(name, TEXT("attribute["))) return 0;
	return open311_bad(call, text_cstr(call->rq->arena, name), TEXT_NONE, "The service has no such attribute");
}

static int plain_read(const Open311 *call, Text body, const Open311Field *fields, void *out) {
	Text name, value;
	int more, code = 0;
	if (body.len > PLAIN_MAX)
		return error_field(call->rq->error, ERR_TOO_LARGE, "", TEXT_NONE, "open311", "",
		                   "A form without pictures has at most 64 KiB");
	while (code == 0 && (more = query_next(call->rq->arena, &body, &name, &value)) != 0)
		code = more < 0 ? open311_bad(call, "", TEXT_NONE, "The form is not well formed")
		                : value_take(call, fields, name, value, out);
	return code;
}

static int part_take(const Open311 *call, const FormPart *part, const Open311Field *fields, void *out, Open311Media *media) {
	if (!part->file) {
		if (part->content.len > PLAIN_MAX)
			return error_field(call->rq->error, ERR_TOO_LARGE, text_cstr(call->rq->arena, part->name), TEXT_NONE,
			                   "open311", "", "A field has at most 64 KiB");
		return value_take(call, fields, part->name, part->content, out);
	}
	if (!part->content.len || (!text_is(part->name, "media") && !text_is(part->name, "media[]"))) return 0;
	if (!media || media->count == EVENT_PHOTOS_MAX)
		return open311_bad(call, "media", TEXT_NONE,
		                   media ? "At most 9 pictures go with a report" : "Pictures go with a report");
	media->bytes[media->count] = part->content;
	media->names[media->count++] = part->file_name;
	return 0;
}

static int parts_read(const Open311 *call, Text type, Text body, const Open311Field *fields, void *out, Open311Media *media) {
	FormPart part;
	int more, parts = 0, code = 0;
	while (code == 0 && (more = multipart_next(call->rq->arena, type, &body, &part)) != 0)
		code = more < 0 || ++parts > PARTS_MAX ? open311_bad(call, "", TEXT_NONE, "The form is not well formed")
		                                       : part_take(call, &part, fields, out, media);
	return code;
}

int open311_form(const Open311 *call, const Open311Field *fields, void *out, Open311Media *media) {
	Request *rq = call->rq;
	Text body, type = http_header(rq->call, "Content-Type");
	int code = body_map(rq, &body);
	if (code < 0) return code;
	if (text_starts(type, TEXT("application/x-www-form-urlencoded"))) return plain_read(call, body, fields, out);
	if (text_starts(type, TEXT("multipart/form-data"))) return parts_read(call, type, body, fields, out, media);
	return open311_bad(
	    call, "", TEXT_NONE,
	    "A report is a form: application/x-www-form-urlencoded or multipart/form-data; XML and JSON bodies are "
	    "not read");
}

/* --- the key --------------------------------------------------------------------------------------------------------------- */
int open311_party(const Open311 *call, Text api_key) {
	Request *rq = call->rq;
	Text channel;
	int code = api_key.len ? people_key(rq, api_key) : 0;
	if (code < 0) return code;
	if (rq->party.kind != PARTY_SERVICE || !party_may(&rq->party, PERMIT_EVENT_REPORT))
		return error_field(rq->error, ERR_FORBIDDEN, "api_key", TEXT_NONE, "permission", "",
		                   "An api_key is needed that may report events");
	code = event_source_channel(rq, &channel);
	if (code < 0 || text_is(channel, "open311")) return code;
	return error_field(rq->error, ERR_FORBIDDEN, "api_key", TEXT_NONE, "source", "",
	                   "The account of this api_key is not named as an Open311 source");
}

/* --- pictures that are given out ------------------------------------------------------------------------------------------- */
/* "public" addresses lead to the picture as long as the city shows pictures; "own" ones are only told to whoever sent it. */
static const char *media_token(Request *rq, const char *to, int64_t photo_id) {
	return keyed_token(rq, arena_printf(rq->arena, "open311 media %s", to), photo_id);
}

bool open311_own(const Request *rq, const EventPublic *event) {
	return rq->party.kind == PARTY_SERVICE && rq->party.account_id == event->source_account;
}

const char *open311_media_url(Request *rq, const EventPublic *event, bool own) {
	const char *to = own ? "own" : "public";
	if (!event->photo_id || (!own && !setting_int(rq, "open311.media_public"))) return "";
	return arena_printf(rq->arena, "%s/open311/v2/media/%lld.%s", base_url(rq), (long long)event->photo_id,
	                    media_token(rq, to, event->photo_id));
}

static int media_missing(Request *rq) {
	return fail(rq, ERR_NOT_FOUND, "There is no such picture");
}

int open311_media(Request *rq) {
	Text id = in_text(rq, "id");
	const char *dot = memchr(id.at, '.', id.len);
	EventPhoto photo;
	EventPublic event;
	int64_t photo_id;
	int fd, code = gate_pass(rq, GATE_FILE);
	if (code < 0) return code;
	if (!dot || text_to_int((Text){id.at, (size_t)(dot - id.at)}, &photo_id) < 0 || id.at + id.len - dot != 33)
		return media_missing(rq);
	bool own = equal_constant_time(dot + 1, media_token(rq, "own", photo_id), 32),
	     shown = equal_constant_time(dot + 1, media_token(rq, "public", photo_id), 32);
	if (!own && !(shown && setting_int(rq, "open311.media_public"))) return media_missing(rq);
	if ((code = event_photo_open(rq, photo_id, &photo, &fd)) < 0) return code;
	code = event_public_case(rq, photo.case_id, &event);
	if (code < 0 || event.photo_id != photo_id) {
		close(fd);
		return code < 0 && code != ERR_NOT_FOUND ? code : media_missing(rq);
	}
	rq->send_fd = fd;
	rq->content_type = photo.mime;
	rq->cache_control = "private, max-age=3600";
	rq->about_subject = photo.case_id;
	return 0;
}
