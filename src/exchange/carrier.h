/* Carriers: they bring a parcel (one run's data file with its signed manifest) to a receiver that takes files: a folder of this
 * machine, an SFTP server, an HTTP endpoint; one attempt a call. The mark is at the receiver: the newest parcel it says it holds;
 * what the mark says was delivered, was. One owner, one thread (job threads); calls wait for the receiver, with limits, and call
 * `step`. */
#ifndef YIWANG_EXCHANGE_CARRIER_H
#define YIWANG_EXCHANGE_CARRIER_H
#include "core/core.h"

typedef struct Parcel {
	int64_t sequence;     /* 1, 2, 3, …, never another parcel under the same number once the receiver has it */
	const char *name;     /* of the data file */
	int fd;               /* the data file, from 0 on */
	int64_t size;         /* its bytes */
	Digest sha256;        /* of its bytes */
	const char *manifest; /* signed document, one line of JSON without line end */
	const char *run;      /* tells the runs apart that may be at it at once */
	Digest digest;        /* what the receiver says of the parcel when it has it: of carrier_digest */
} Parcel;

typedef struct CarrierMark {
	int64_t sequence;     /* of the newest parcel there; 0 = none */
	Digest digest;        /* what the receiver says of it */
	const char *manifest; /* its text, where the receiver keeps manifests; else NULL */
} CarrierMark;

typedef struct Carrier {
	const struct CarrierKind *kind;
	Arena *arena;
	Error *error;
	const char *name; /* of the delivery at the receiver: small letters, digits and _ */
	int64_t delivery_id;
	const SigningKey *key; /* the node's; NULL only for test */
	int stall_seconds;     /* no byte for so long: the call has failed, ERR_BUSY */
	/* At least each second while it waits: 0, or a code that ends the call with it. */
	int (*step)(void *arg, int64_t bytes);
	void *arg;
} Carrier;

/* All: 0 or a code with the Error filled: ERR_BUSY (try later), else ERR_CONFLICT or ERR_FULL with a rule target_…. */
typedef struct CarrierKind {
	/* The digest is of the whole body that was posted; else of the manifest alone, with its line end. */
	bool digest_of_body;
	/* Nothing is changed at the receiver. Closed with arena. The carrier's struct is in arena. */
	int (*open)(const Carrier *with, const char *url, Carrier **out);
	int (*mark)(Carrier *carrier, CarrierMark *out);
	/* One look, for a person: what was found there. */
	int (*test)(Carrier *carrier, const char **found);
	/* The receiver has the parcel wholly, and its bytes were compared, or it has none of it. A parcel that it has already
	 * under this number with this digest is no error; another one under this number is (ERR_BUSY rule target_mark). */
	int (*send)(Carrier *carrier, const Parcel *parcel);
} CarrierKind;
extern const CarrierKind carrier_folder, carrier_sftp, carrier_http;

/* Sets parcel->digest. ERR_IO when the file cannot be read. */
int carrier_digest(const CarrierKind *kind, Parcel *parcel, Error *error);

/* --- for carriers ------------------------------------------------------------------------------------------------ */
/* A place that keeps files under names, all of one delivery in one folder. Carriers over it share mark and send. */
typedef struct FilePlace {
	Carrier carrier;
	const struct FilePlaceOps *ops;
} FilePlace;
typedef int FileSink(void *arg, const void *bytes, size_t count);
typedef struct FilePlaceOps {
	/* Names of the files there, one a line; none when the folder is missing. */
	int (*list)(FilePlace *place, Buf *out);
	/* Makes the folder where it is missing, and the file, replacing one of that name; durable. */
	int (*put)(FilePlace *place, const char *name, int fd, Text bytes, int64_t size); /* fd < 0: the bytes */
	int (*get)(FilePlace *place, const char *name, FileSink *sink, void *arg);
	/* *taken: there is a file of the new name; nothing was done. */
	int (*rename)(FilePlace *place, const char *from, const char *to, bool *taken);
	int (*remove)(FilePlace *place, const char *name);
} FilePlaceOps;
int file_place_mark(Carrier *carrier, CarrierMark *out);
int file_place_send(Carrier *carrier, const Parcel *parcel);

#define CARRIER_LATER "It is tried again at the next run."
#endif
