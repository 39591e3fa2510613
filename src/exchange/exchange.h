/* exchange: uploads, sources, readers of outside formats, load jobs, reconciliation, batch receipts, mending. */
#ifndef YIWANG_EXCHANGE_EXCHANGE_H
#define YIWANG_EXCHANGE_EXCHANGE_H
#include "record/record.h"
#include "exchange/adapter_file.h"
#include "exchange/reader.h"
#include "exchange/upload.h"
#include "exchange/receipt.h"
extern const Module exchange_module;
/* Offline check of a batch receipt: signature, the key (trusted_key hex, or NULL = the receipt's own), and when source_path is
 * not NULL that it is the very file. The signed body goes to out. 0 or ERR_INVALID with what is wrong. */
int receipt_verify(const char *path, const char *trusted_key, const char *source_path, Buf *out, Error *error);
/* Offline check of a folder of parcels (docs/receipts.md): signatures, order, data files; tells a gap. A line a parcel goes to
 * out. 0, ERR_NOT_FOUND or ERR_INVALID with what is wrong. */
int parcels_verify(const char *dir, const char *trusted_key, Buf *out, Error *error);
/* In a write: no load or destruction of this resource may be queued or running: 0 or ERR_CONFLICT rule "job_active". */
int load_may_begin(Request *rq, const Resource *resource);
/* The dry run of an import (POST /adapters/{adapter}/imports) over a file of this machine, which is moved away; rq has the
 * route's inputs. Not in a write. */
int adapter_bring(Request *rq, const char *path);
/* The limited process of an ODBC driver: `yiwang` is run as this hidden command by itself, with a socket as file 3. */
#define ODBC_CHILD_COMMAND "odbc-child"
int odbc_child_main(void);
#include "exchange/load.h"
#endif
