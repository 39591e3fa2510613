/* What carriers over libcurl share: limits, the watch over stalls, words for failures. One thread; lives in the carrier's arena.
 */
#ifndef YIWANG_EXCHANGE_CARRIER_CURL_H
#define YIWANG_EXCHANGE_CARRIER_CURL_H
#include "exchange/carrier.h"
#include <curl/curl.h>

typedef struct Wire {
	Carrier *carrier;
	CURL *curl;
	char why[CURL_ERROR_SIZE];
	int64_t bytes, moved_us, told_us; /* moved so far, when last; when step was called last */
	int stopped;                      /* code of the step or sink that ended the transfer */
	bool stalled;
	/* what is sent */
	Text head;  /* first */
	int fd;     /* then a file from 0 on; -1 = none */
	int64_t at; /* bytes given to curl */
	/* what comes back */
	FileSink *sink;
	void *sink_arg;
} Wire;

/* 0 or ERR_INTERNAL. Closed with arena. */
int wire_open(Wire *wire, Carrier *carrier);
/* Forgets the options of the transfer before, keeps the connection; sets limits and what is sent. protocols as
 * CURLOPT_PROTOCOLS_STR. */
void wire_begin(Wire *wire, const char *protocols, const char *url);
/* 0, the code of step or sink, or a failure in words. `doing` completes "the target could not …". */
int wire_run(Wire *wire, const char *doing);
int wire_failed(Wire *wire, CURLcode result, const char *doing);
CURLcode wire_perform(Wire *wire); /* without words */
#endif
