/* statement: the cache of prepared statements of one connection, keyed by SQL text, least recently used out first.
 * Thread: the Db's. Lifetime: the connection's. */
#include "store/store_parts.h"

static uint32_t hash_sql(const char *sql) {
	uint32_t hash = 2166136261u;
	for (; *sql; sql++)
		hash = (hash ^ (uint8_t)*sql) * 16777619u;
	return hash;
}

static size_t pointer_place(const char *sql) {
	return (((uintptr_t)sql >> 2) * 2654435761u >> 7) % STATEMENT_POINTERS;
}

Statement *statement_find(StatementCache *cache, const char *sql, bool (*fits)(const Statement *, const void *),
                          const void *about) {
	size_t place = pointer_place(sql);
	Statement *found = cache->pointers[place].sql == sql ? cache->pointers[place].statement : NULL;
	if (!found || strcmp(found->sql, sql) != 0 || !fits(found, about)) {
		uint32_t hash = hash_sql(sql);
		found = cache->buckets[hash % STATEMENT_BUCKETS];
		while (found && (found->hash != hash || strcmp(found->sql, sql) != 0 || !fits(found, about)))
			found = found->next;
		if (!found) return NULL;
		cache->pointers[place].sql = sql;
		cache->pointers[place].statement = found;
	}
	found->used = ++cache->tick;
	return found;
}

void statement_remove(StatementCache *cache, Statement *statement) {
	Statement **link = &cache->buckets[statement->hash % STATEMENT_BUCKETS];
	while (*link && *link != statement)
		link = &(*link)->next;
	if (!*link) return;
	*link = statement->next;
	cache->count--;
	for (size_t i = 0; i < STATEMENT_POINTERS; i++)
		if (cache->pointers[i].statement == statement) cache->pointers[i].sql = NULL, cache->pointers[i].statement = NULL;
}

static Statement *least_used(StatementCache *cache) {
	Statement *least = NULL;
	for (int i = 0; i < STATEMENT_BUCKETS; i++)
		for (Statement *at = cache->buckets[i]; at; at = at->next)
			if (!at->busy && (!least || at->used < least->used)) least = at;
	return least;
}

Statement *statement_add(StatementCache *cache, const char *sql, Statement *statement) {
	Statement *out = cache->count >= STATEMENTS_MAX ? least_used(cache) : NULL;
	if (out) statement_remove(cache, out);
	statement->hash = hash_sql(sql);
	statement->used = ++cache->tick;
	Statement **bucket = &cache->buckets[statement->hash % STATEMENT_BUCKETS];
	statement->next = *bucket;
	*bucket = statement;
	cache->count++;
	size_t place = pointer_place(sql);
	cache->pointers[place].sql = sql;
	cache->pointers[place].statement = statement;
	return out;
}
