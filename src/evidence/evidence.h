/* evidence: what was done, by whom, with what, provable afterwards. Many short chains under one seal (docs/decisions/).
 *
 * Streams of a process: r<seat>.<directory id> = reads, logins and refusals (mapped segment, appended before the answer);
 * w<seat>.<directory id> = writes: evidence_write puts the entry in table evidence_outbox in the same transaction, the process's
 * keeper moves it to the stream once. A seat is the first free one in the state directory. Every entry is chained: hash =
 * SHA-256(previous hash ‖ body). The sealer signs checkpoints over all stream heads and the previous checkpoint (Ed25519,
 * keys/evidence.pem), every setting "evidence.seal_seconds", and copies them to "evidence.witness". After a failed sync nothing
 * more is accepted (ERR_IO). */
#ifndef YIWANG_EVIDENCE_EVIDENCE_H
#define YIWANG_EVIDENCE_EVIDENCE_H
#include "core/core.h"

typedef struct EvidenceEntry {
	int64_t at_us;
	int64_t account_id, org_id; /* 0 = nobody / system */
	const char *actor;          /* login, "system", "anonymous" */
	const char *action;         /* "record.read", "catalog.publish", "session.login" … */
	int64_t resource_id, subject_id, row_count;
	int status;          /* HTTP-like: 200 done, 4xx refused, 5xx failed */
	const char *purpose; /* a grant's purpose, or "" */
	const char *address; /* peer, or "" */
	const char *detail;  /* JSON object text without clear personal values, or "" (≤ 4 KiB) */
} EvidenceEntry;

extern const Module evidence_module;
/* Opens or recovers the streams under DIR/evidence; torn tails (a cut write) are measured, kept and reported. Called by start. */
int evidence_open(App *app, Error *error);
void evidence_close(App *app);
/* A read, login or refusal: in the segment (survives a kill) when this returns. ~1 µs. ERR_FULL, ERR_IO: the answer must not go
 * out. */
int evidence_read(App *app, const EvidenceEntry *entry);
/* The same, and calls done(arg) once it is on disk (group fsync; other thread). */
int evidence_read_durable(App *app, const EvidenceEntry *entry, void (*done)(void *arg, int result), void *arg);
/* In a write transaction: part of it. */
int evidence_write(Request *rq, const EvidenceEntry *entry);
/* An entry filled from the request (actor, route action, about_*, address). */
void evidence_entry(const Request *rq, EvidenceEntry *entry);
/* What the auditor is told at a glance: entries that no checkpoint covers yet, files that recovery put aside, and when the newest
 * checkpoint was signed (0 = none). LANE_READ. */
typedef struct EvidenceHealth {
	int64_t unsealed, torn, sealed_at;
} EvidenceHealth;
int evidence_health(Request *rq, EvidenceHealth *out);
/* Begins a new signing key on purpose, where the old one is lost for good (DIR/keys/evidence.pem is already the new one): entry
 * "evidence.new_key" with both public keys, and a checkpoint over everything signed with the new key. CLI. number: its number. */
int evidence_new_key(Request *rq, int64_t *number);
/* `yiwang verify FILE [--checkpoint FILE]`: no store, no App. The report goes to out in any case but an unreadable file; 0 whole,
 * ERR_INVALID with the first bad entry. checkpoint_path (may be NULL): checkpoint lines kept elsewhere, or public keys
 * in hex, a line each, oldest first. */
int evidence_verify(const char *export_path, const char *checkpoint_path, Buf *out, bool as_json, Error *error);
#endif
