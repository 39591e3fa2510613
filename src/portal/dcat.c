/* DCAT-AP 2 as JSON-LD: the catalogue in pages of 100 (hydra:next), and one dataset. The context is written out, so that nothing
 * has to be fetched to read it. LANE_READ. */
#include "portal/html.h"
#include <stdio.h>

enum { PER_PAGE = 100 };

static void context(JsonWriter *json) {
	jw_key(json, "@context");
	jw_raw(json, TEXT("{\"dcat\":\"http://www.w3.org/ns/dcat#\",\"dct\":\"http://purl.org/dc/terms/\",\"foaf\":\"http://"
	                  "xmlns.com/foaf/0.1/\","
	                  "\"vcard\":\"http://www.w3.org/2006/vcard/ns#\",\"rdfs\":\"http://www.w3.org/2000/01/rdf-schema#\","
	                  "\"hydra\":\"http://www.w3.org/ns/hydra/core#\",\"xsd\":\"http://www.w3.org/2001/XMLSchema#\"}"));
}

static void reference(JsonWriter *json, const char *key, const char *uri) {
	jw_key(json, key);
	jw_object(json);
	jw_kv_str(json, "@id", uri);
	jw_object_end(json);
}

static void words(JsonWriter *json, const char *key, const char *text) {
	jw_key(json, key);
	jw_object(json);
	jw_kv_str(json, "@value", text);
	jw_kv_str(json, "@language", "zh");
	jw_object_end(json);
}

static void moment(JsonWriter *json, const char *key, int64_t us) {
	char text[CLOCK_TEXT_MAX];
	if (!us) return;
	jw_key(json, key);
	jw_object(json);
	jw_kv_str(json, "@type", "xsd:dateTime");
	jw_kv_str(json, "@value", clock_format_utc(us, text));
	jw_object_end(json);
}

static void labelled(JsonWriter *json, const char *key, const char *type, const char *label) {
	jw_key(json, key);
	jw_object(json);
	jw_kv_str(json, "@type", type);
	words(json, "rdfs:label", label);
	jw_object_end(json);
}

static void licence(JsonWriter *json, const Dataset *dataset) {
	if (dataset->licence->uri)
		reference(json, "dct:license", dataset->licence->uri);
	else
		labelled(json, "dct:license", "dct:LicenseDocument", dataset->licence->zh);
}

static void distribution(Request *rq, const Dataset *dataset, const Format *format, int64_t loaded_us) {
	JsonWriter *json = &rq->json;
	const char *base = base_url(rq);
	const char *url = arena_printf(rq->arena, "%s/open/datasets/%s/download/%s", base, dataset->name, format->key);
	int64_t size, made;
	jw_object(json);
	jw_kv_str(json, "@id", url);
	jw_kv_str(json, "@type", "dcat:Distribution");
	words(json, "dct:title", format->name);
	reference(json, "dcat:accessURL", arena_printf(rq->arena, "%s/open/datasets/%s", base, dataset->name));
	reference(json, "dcat:downloadURL", url);
	reference(json, "dct:format", format->uri);
	if (strcmp(format->key, "jsonl") != 0) /* has no registered media type */
		reference(json, "dcat:mediaType",
		          arena_printf(rq->arena, "https://www.iana.org/assignments/media-types/%s", format->media));
	if (file_ready(file_path(rq, dataset, loaded_us, format), &size, &made)) {
		jw_key(json, "dcat:byteSize");
		jw_object(json);
		jw_kv_str(json, "@type", "xsd:decimal");
		jw_kv_str(json, "@value", arena_printf(rq->arena, "%lld", (long long)size));
		jw_object_end(json);
	}
	licence(json, dataset);
	if (*dataset->attribution) labelled(json, "dct:rights", "dct:RightsStatement", dataset->attribution);
	moment(json, "dct:issued", dataset->issued_us);
	moment(json, "dct:modified", loaded_us);
	jw_object_end(json);
}

static void publisher(Request *rq, const Dataset *dataset) {
	JsonWriter *json = &rq->json;
	const char *id = arena_printf(rq->arena, "%s/open/search?org=%s", base_url(rq), dataset->org_key);
	jw_key(json, "dct:publisher");
	jw_object(json);
	jw_kv_str(json, "@id", id);
	jw_kv_str(json, "@type", "foaf:Organization");
	words(json, "foaf:name", dataset->org);
	jw_object_end(json);
	jw_key(json, "dcat:contactPoint");
	jw_object(json);
	jw_kv_str(json, "@type", "vcard:Organization");
	jw_kv_str(json, "vcard:fn", dataset->org); /* the entry's contact may be a person: it stays inside */
	jw_object_end(json);
}

static void dataset_members(Request *rq, const Dataset *dataset) {
	JsonWriter *json = &rq->json;
	int64_t rows = dataset->rows, loaded_us = dataset->loaded_us;
	const char *page = arena_printf(rq->arena, "%s/open/datasets/%s", base_url(rq), dataset->name);
	dataset_fresh(rq, dataset, &rows, &loaded_us);
	jw_kv_str(json, "@id", page);
	jw_kv_str(json, "@type", "dcat:Dataset");
	jw_kv_str(json, "dct:identifier", arena_printf(rq->arena, "%lld", (long long)dataset->resource_id));
	words(json, "dct:title", dataset->title);
	words(json, "dct:description", *dataset->notes ? dataset->notes : dataset->title);
	moment(json, "dct:issued", dataset->issued_us);
	moment(json, "dct:modified", loaded_us > dataset->modified_us ? loaded_us : dataset->modified_us);
	reference(json, "dct:accrualPeriodicity", dataset->frequency->uri);
	reference(json, "dcat:theme", dataset->subject->uri);
	reference(json, "dct:accessRights", "http://publications.europa.eu/resource/authority/access-right/PUBLIC");
	reference(json, "dct:language", "http://publications.europa.eu/resource/authority/language/ZHO");
	reference(json, "dcat:landingPage", page);
	publisher(rq, dataset);
	jw_key(json, "dcat:keyword");
	jw_array(json);
	for (int i = 0; i < dataset->tag_count; i++) {
		jw_object(json);
		jw_kv_str(json, "@value", dataset->tags[i]);
		jw_kv_str(json, "@language", "zh");
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_key(json, "dcat:distribution");
	jw_array(json);
	for (const Format *format = formats; format->key; format++)
		if (dataset_has(dataset, format)) distribution(rq, dataset, format, loaded_us);
	jw_array_end(json);
}

static void linked(Request *rq) {
	rq->content_type = "application/ld+json";
	rq->content_policy = NULL;
	rq->any_origin = true;
}

int dcat_dataset(Request *rq, const Dataset *dataset) {
	linked(rq);
	jw_object(&rq->json);
	context(&rq->json);
	dataset_members(rq, dataset);
	jw_object_end(&rq->json);
	return 0;
}

static const char *catalog_page(Request *rq, int64_t number) {
	return arena_printf(rq->arena, "%s/open/catalog.jsonld?page=%lld", base_url(rq), (long long)number);
}

static void hydra_view(Request *rq, int64_t number, int64_t last) {
	JsonWriter *json = &rq->json;
	jw_key(json, "hydra:view");
	jw_object(json);
	jw_kv_str(json, "@id", catalog_page(rq, number));
	jw_kv_str(json, "@type", "hydra:PartialCollectionView");
	reference(json, "hydra:first", catalog_page(rq, 1));
	reference(json, "hydra:last", catalog_page(rq, last));
	if (number < last) reference(json, "hydra:next", catalog_page(rq, number + 1));
	if (number > 1) reference(json, "hydra:previous", catalog_page(rq, number - 1));
	jw_object_end(json);
}

int dcat_catalog(Request *rq) {
	Page page;
	const Shelf *shelf;
	if (page_gate(rq, GATE_CALL)) return 0;
	int code = shelf_get(rq, &shelf);
	if (code < 0) return code;
	page_open(&page, rq);
	linked(rq);
	JsonWriter *json = &rq->json;
	int64_t last = shelf->count ? (shelf->count + PER_PAGE - 1) / PER_PAGE : 1, from = (page.number - 1) * PER_PAGE,
	        newest = 0;
	for (int i = 0; i < shelf->count; i++)
		newest = shelf->items[i].modified_us > newest ? shelf->items[i].modified_us : newest;
	jw_object(json);
	context(json);
	jw_kv_str(json, "@id", arena_printf(rq->arena, "%s/open/catalog.jsonld", base_url(rq)));
	jw_kv_str(json, "@type", "dcat:Catalog");
	words(json, "dct:title", "公共数据开放目录");
	words(json, "dct:description", "各部门经审核向社会开放的公共数据");
	reference(json, "foaf:homepage", arena_printf(rq->arena, "%s/open", base_url(rq)));
	jw_key(json, "dct:publisher");
	jw_object(json);
	jw_kv_str(json, "@id", arena_printf(rq->arena, "%s/open", base_url(rq)));
	jw_kv_str(json, "@type", "foaf:Organization");
	words(json, "foaf:name", "公共数据开放平台");
	jw_object_end(json);
	moment(json, "dct:modified", newest);
	jw_kv_int(json, "hydra:totalItems", shelf->count);
	hydra_view(rq, page.number, last);
	jw_key(json, "dcat:dataset");
	jw_array(json);
	for (int64_t i = from; i < shelf->count && i < from + PER_PAGE; i++) {
		jw_object(json);
		dataset_members(rq, &shelf->items[i]);
		jw_object_end(json);
	}
	jw_array_end(json);
	jw_object_end(json);
	return 0;
}
