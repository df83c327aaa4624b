/*
 * fill - a store with many events, for what opening a stream costs in it.
 *
 *   fill DIRECTORY EVENTS CHANNELS
 *
 * Channels feed/m0, feed/m1, … take turns; nothing is trimmed. The first event of each is appended like any other. The
 * rest goes into the table at once, and its index is made afterwards: ten million appends to ten thousand channels change
 * ten thousand pages of that index in every commit, which takes an hour instead of minutes.
 */
#include "base/buf.h"
#include "store/backends.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { ENTRIES_A_BATCH = 4000, KEEP = 1000000000 };

#define KEEP_MS (30 * 24 * 60 * 60 * (int64_t)1000)

static int64_t time_ms(void)
{
	struct timeval now;
	gettimeofday(&now, NULL);
	return (int64_t)now.tv_sec * 1000 + now.tv_usec / 1000;
}

static enum store_status append_firsts(struct store *store, long channels)
{
	static char names[ENTRIES_A_BATCH][32];
	static struct store_entry entries[ENTRIES_A_BATCH];
	enum store_status status = STORE_OK;
	for (long done = 0; done < channels && status == STORE_OK;) {
		size_t n = 0;
		for (; n < ENTRIES_A_BATCH && done < channels; n++, done++) {
			snprintf(names[n], sizeof names[n], "feed/m%ld", done);
			entries[n] = (struct store_entry){
				.channel = names[n], .name = "new-post", .time_ms = time_ms(), .values = "{}", .values_bytes = 2,
				.fragment = "<article>first</article>", .fragment_bytes = 24, .kind = "feed", .keep = KEEP, .keep_ms = KEEP_MS,
				.keep_set = true, .keep_ms_set = true,
			};
		}
		status = store_append(store, entries, n);
	}
	return status;
}

/* The statement that made the index, out of the store's own schema. */
static char *index_sql(sqlite3 *db)
{
	sqlite3_stmt *row = NULL;
	char *sql = NULL;
	if (sqlite3_prepare_v2(db, "SELECT sql FROM sqlite_master WHERE name = 'event_channel'", -1, &row, NULL) == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW)
		sql = must_copy((const char *)sqlite3_column_text(row, 0));
	sqlite3_finalize(row);
	return sql;
}

/* Nobody else has the database open. */
static bool add_rest(const char *directory, long events, long channels)
{
	static const char insert[] =
		"WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2)"
		" INSERT INTO event(seq, channel, ordinal, time_ms, age_ms, name, vals, fragment)"
		" SELECT i + 1, c.id, i / ?1 + 1, ?3, (SELECT age_ms FROM event WHERE seq = 1), 'new-post', printf('{\"title\":\"Post %d\"}', i),"
		" printf('<article class=\"runnel-post\"><h3>Post %d</h3><p>One of many that a store has kept.</p></article>', i)"
		" FROM n CROSS JOIN channel c ON c.name = 'feed/m' || (i % ?1)";
	struct buf path = BUF_INIT;
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;
	buf_print(&path, "%s/events.db", directory);
	bool ok = sqlite3_open(path.data, &db) == SQLITE_OK;
	char *index = ok ? index_sql(db) : NULL;
	ok = index && sqlite3_exec(db, "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF; PRAGMA cache_size = -100000;"
				   "BEGIN; DROP INDEX event_channel", NULL, NULL, NULL) == SQLITE_OK;
	ok = ok && sqlite3_prepare_v2(db, insert, -1, &statement, NULL) == SQLITE_OK;
	if (ok) {
		sqlite3_bind_int64(statement, 1, channels);
		sqlite3_bind_int64(statement, 2, events);
		sqlite3_bind_int64(statement, 3, time_ms());
		ok = sqlite3_step(statement) == SQLITE_DONE;
	}
	sqlite3_finalize(statement);
	ok = ok && sqlite3_exec(db, index, NULL, NULL, NULL) == SQLITE_OK &&
	     sqlite3_exec(db, "COMMIT; PRAGMA journal_mode = WAL", NULL, NULL, NULL) == SQLITE_OK;
	if (!ok)
		fprintf(stderr, "fill: %s\n", sqlite3_errmsg(db));
	sqlite3_close(db);
	free(index);
	buf_clear(&path);
	return ok;
}

int main(int argc, char **argv)
{
	struct store_options options = { 0 };
	struct store *store;
	long events = argc == 4 ? atol(argv[2]) : 0, channels = argc == 4 ? atol(argv[3]) : 0;
	if (channels < 1 || events <= channels) {
		fprintf(stderr, "usage: fill DIRECTORY EVENTS CHANNELS, more events than channels\n");
		return 64;
	}
	enum store_status status = backends_open(argv[1], &options, &store);
	if (status == STORE_OK) {
		status = append_firsts(store, channels);
		store_close(store);
	}
	if (status != STORE_OK)
		fprintf(stderr, "fill: %s\n", store_strerror(status));
	return status == STORE_OK && add_rest(argv[1], events, channels) ? 0 : 74;
}
