/* The tables of exchange. */
#ifndef YIWANG_EXCHANGE_SCHEMA_H
#define YIWANG_EXCHANGE_SCHEMA_H
#include "store/store.h"
enum { EXCHANGE_MIGRATIONS = 14 };
extern const Migration exchange_migrations[EXCHANGE_MIGRATIONS];
#endif
