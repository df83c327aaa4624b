/*
 * The SQLite store's schema, its statements, and opening it.
 */
#include "store/sqlite.h"

#include "base/buf.h"
#include "base/log.h"
#include "store/reserve.h"
#include "base/stop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCHEMA_VERSION = 5, BUSY_MS_DEFAULT = 5000 };

/*
 * A commit costs by the pages it writes, so an append writes two: the end of the log and the end of
 * its index. What can be derived is not stored: the head is the last seq (or meta.head, where that was removed), a
 * channel's count the distance of its last ordinal from what was trimmed (only its oldest events ever go). No statement on
 * the way of an append or of a stream that opens touches a channel's oldest event: in a large store that page has long
 * left memory. A channel that was emptied keeps its row for a while, so that its readers learn what they lost; after that,
 * meta.forgotten is the highest seq that went, and stands for every channel without a row.
 */
static const char schema[] =
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE clock(age_ms INTEGER, wall_ms INTEGER, uptime_ms INTEGER, boot TEXT);" /* one row: struct store_age */
	"CREATE TABLE kind(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	" keep INTEGER NOT NULL, keep_ms INTEGER NOT NULL, keep_set INTEGER NOT NULL, keep_ms_set INTEGER NOT NULL);"
	"CREATE TABLE channel(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	" kind INTEGER NOT NULL,"         /* 0 of one that holds nothing: it is forgotten as that expires */
	" oldest_ms INTEGER NOT NULL,"    /* none of its events came at a lower age of the store; of an empty one: emptied then */
	" trimmed INTEGER NOT NULL,"      /* the highest seq that is gone … */
	" trimmed_ordinal INTEGER NOT NULL);" /* … and the highest ordinal */
	"CREATE INDEX channel_oldest ON channel(kind, oldest_ms);"
	"CREATE TABLE event(seq INTEGER PRIMARY KEY, channel INTEGER NOT NULL, ordinal INTEGER NOT NULL,"
	" time_ms INTEGER NOT NULL, age_ms INTEGER NOT NULL, name TEXT NOT NULL, vals TEXT NOT NULL, fragment TEXT NOT NULL);"
	"CREATE INDEX event_channel ON event(channel);" /* and, as in every index, seq */
	/* where runs end; a store that was made without it is as good and slower */
	"CREATE INDEX event_end ON event(channel) WHERE name IN ('complete', 'failed');"
	"INSERT INTO meta VALUES('forgotten', 0), ('head', 0);"
	"INSERT INTO kind VALUES(0, '', 0, 7 * 86400000, 1, 1);"
	"INSERT INTO clock VALUES(0, 0, 0, '');";

#define EVENT_COLUMNS "e.seq, e.ordinal, e.time_ms, c.name, e.name, e.vals, e.fragment," \
	" (SELECT name FROM event WHERE channel = e.channel AND seq < e.seq ORDER BY seq DESC LIMIT 1) IN ('complete', 'failed')" /* event_name_ends() */
#define LAST_OF_CHANNEL "(SELECT seq FROM event WHERE channel = c.id ORDER BY seq DESC LIMIT 1)"
#define LAST_ORDINAL "ifnull(e.ordinal, c.trimmed_ordinal)"
#define SPAN "SELECT c.trimmed, e.seq, " LAST_ORDINAL " - c.trimmed_ordinal, " LAST_ORDINAL ", e.time_ms, ifnull(e.name, ''), c.name" \
	     " FROM channel c LEFT JOIN event e ON e.seq = " LAST_OF_CHANNEL

const char *const store_sqlite_statements[SQL_STATEMENTS] = {
	[SQL_HEAD] = "SELECT max(ifnull((SELECT max(seq) FROM event), 0), (SELECT value FROM meta WHERE key = 'head')),"
		     " (SELECT value FROM meta WHERE key = 'epoch')",
	/* CROSS JOIN: walk the log and look each channel up, never the other way round */
	[SQL_READ_ALL] = "SELECT " EVENT_COLUMNS " FROM event e CROSS JOIN channel c ON c.id = e.channel"
			 " WHERE e.seq > ?1 ORDER BY e.seq LIMIT ?2",
	[SQL_READ] = "SELECT " EVENT_COLUMNS " FROM channel c CROSS JOIN event e ON e.channel = c.id"
		     " WHERE c.name = ?1 AND e.seq > ?2 AND e.seq <= ?3 ORDER BY e.seq LIMIT ?4",
	[SQL_READ_LAST] = "SELECT " EVENT_COLUMNS " FROM (SELECT e.seq AS s FROM channel c CROSS JOIN event e ON e.channel = c.id"
			  " WHERE c.name = ?1 AND e.seq > ?2 AND e.seq <= ?3 ORDER BY e.seq DESC LIMIT ?4) CROSS JOIN event e ON e.seq = s"
			  " CROSS JOIN channel c ON c.id = e.channel ORDER BY e.seq",
	[SQL_NEXT] = "SELECT e.seq, e.ordinal FROM channel c CROSS JOIN event e ON e.channel = c.id"
		     " WHERE c.name = ?1 AND e.seq > ?2 AND e.seq <= ?3 ORDER BY e.seq LIMIT 1",
	[SQL_BORDER] = "SELECT e.seq FROM channel c CROSS JOIN event e ON e.channel = c.id"
		       " WHERE c.name = ?1 AND e.name IN ('complete', 'failed')" /* event_name_ends() */
		       " AND e.seq < (SELECT seq FROM event WHERE channel = c.id AND seq <= ?2 ORDER BY seq DESC LIMIT 1) ORDER BY e.seq DESC LIMIT 1",
	[SQL_START] = "SELECT e.seq, e.ordinal FROM channel c CROSS JOIN event e ON e.seq = ifnull("
		      "(SELECT seq FROM event WHERE channel = c.id AND seq > ?2 AND seq <= ?3 ORDER BY seq DESC LIMIT 1 OFFSET ?4), "
		      "(SELECT seq FROM event WHERE channel = c.id AND seq > ?2 AND seq <= ?3 ORDER BY seq LIMIT 1)) WHERE c.name = ?1",
	[SQL_SPAN] = SPAN " WHERE c.name = ?1",
	[SQL_FORGOTTEN] = "SELECT value FROM meta WHERE key = 'forgotten'",
	[SQL_CHANNELS] = SPAN " WHERE e.seq IS NOT NULL ORDER BY c.name",
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_SET_HEAD] = "UPDATE meta SET value = max(value, ?1) WHERE key = 'head'",
	[SQL_SET_FORGOTTEN] = "UPDATE meta SET value = max(value, (SELECT trimmed FROM channel WHERE id = ?1)) WHERE key = 'forgotten'",
	[SQL_FIND_CHANNEL] = "SELECT c.id, e.seq, " LAST_ORDINAL ", c.trimmed_ordinal"
			     " FROM channel c LEFT JOIN event e ON e.seq = " LAST_OF_CHANNEL " WHERE c.name = ?1",
	[SQL_ADD_CHANNEL] = "INSERT INTO channel(name, kind, oldest_ms, trimmed, trimmed_ordinal)"
			    " SELECT ?1, ?2, ?3, value, 0 FROM meta WHERE key = 'forgotten'"
			    " ON CONFLICT(name) DO UPDATE SET kind = ?2, oldest_ms = ?3", /* it was emptied */
	[SQL_CLOCK] = "SELECT age_ms, wall_ms, uptime_ms, boot FROM clock",
	[SQL_SET_CLOCK] = "UPDATE clock SET age_ms = ?1, wall_ms = ?2, uptime_ms = ?3, boot = ?4",
	[SQL_FIND_KIND] = "SELECT id, keep, keep_ms, keep_set, keep_ms_set FROM kind WHERE name = ?1",
	[SQL_SET_KIND] = "INSERT INTO kind(name, keep, keep_ms, keep_set, keep_ms_set) VALUES(?1, ?2, ?3, ?4, ?5)"
			 " ON CONFLICT(name) DO UPDATE SET keep = ?2, keep_ms = ?3, keep_set = ?4, keep_ms_set = ?5",
	[SQL_SET_TRIMMED] = "UPDATE channel SET trimmed = ?2, trimmed_ordinal = trimmed_ordinal + ?3 WHERE id = ?1",
	[SQL_DROP_CHANNEL] = "DELETE FROM channel WHERE id = ?1",
	[SQL_ADD_EVENT] = "INSERT INTO event(seq, channel, ordinal, time_ms, age_ms, name, vals, fragment) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_NTH_EVENT] = "SELECT seq FROM event WHERE channel = ?1 ORDER BY seq LIMIT 1 OFFSET ?2",
	[SQL_DROP_EVENTS] = "DELETE FROM event WHERE channel = ?1 AND seq <= ?2",
	[SQL_OLDEST] = "SELECT seq, age_ms FROM event WHERE channel = ?1 ORDER BY seq LIMIT ?2",
	[SQL_EXPIRED] = "SELECT c.id, k.keep_ms, " LAST_OF_CHANNEL " FROM kind k CROSS JOIN channel c ON c.kind = k.id AND c.oldest_ms <= ?1 - k.keep_ms LIMIT 1",
	[SQL_SET_AGE] = "UPDATE channel SET oldest_ms = ?2, trimmed = max(trimmed, ?3), trimmed_ordinal = trimmed_ordinal + ?4 WHERE id = ?1",
	[SQL_SET_EMPTY] = "UPDATE channel SET kind = 0, oldest_ms = ?2, trimmed = max(trimmed, ?3), trimmed_ordinal = trimmed_ordinal + ?4 WHERE id = ?1",
};

const char *store_sqlite_library(void)
{
	static char name[32];
	snprintf(name, sizeof name, "SQLite %s", sqlite3_libversion());
	return name;
}

static enum store_status check_directory(const char *directory)
{
	struct stat info;
	if (stat(directory, &info) < 0)
		return store_sqlite_cause(errno);
	if (!S_ISDIR(info.st_mode))
		return STORE_MISSING;
	return access(directory, R_OK | W_OK | X_OK) < 0 ? STORE_DENIED : STORE_OK;
}

/* Several processes may find the same empty file: the write lock picks one, the others find its work. */
static int make_schema(sqlite3 *db)
{
	char epoch[6], insert[80];
	int code = SQLITE_BUSY;
	for (int tries = 0; tries < 500 && (code & 0xff) == SQLITE_BUSY; tries++) {
		if (tries)
			usleep(10000); /* switching to WAL does not ask the busy handler */
		code = sqlite3_exec(db, "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE", NULL, NULL, NULL);
	}
	if (code != SQLITE_OK)
		return code;
	store_sqlite_new_epoch(epoch);
	snprintf(insert, sizeof insert, "INSERT INTO meta VALUES('epoch', '%s'); PRAGMA user_version = %d", epoch, SCHEMA_VERSION);
	sqlite3_stmt *version;
	int made = 0;
	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &version, NULL) == SQLITE_OK && sqlite3_step(version) == SQLITE_ROW)
		made = sqlite3_column_int(version, 0);
	sqlite3_finalize(version);
	if (!made)
		code = sqlite3_exec(db, schema, NULL, NULL, NULL);
	if (!made && code == SQLITE_OK)
		code = sqlite3_exec(db, insert, NULL, NULL, NULL);
	int end = sqlite3_exec(db, code == SQLITE_OK ? "COMMIT" : "ROLLBACK", NULL, NULL, NULL);
	return code == SQLITE_OK ? end : code;
}

/* SQLITE_OK and the version; 0 is a file without a schema. */
static int read_version(sqlite3 *db, int *version)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL);
	if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		*version = sqlite3_column_int(statement, 0);
		code = SQLITE_OK;
	}
	sqlite3_finalize(statement);
	return code;
}

static enum store_status read_epoch(struct store_sqlite *store, struct connection *connection)
{
	int version = 0;
	int code = read_version(connection->db, &version);
	if (code == SQLITE_OK && version == 0) {
		code = make_schema(connection->db);
		version = SCHEMA_VERSION;
		store_reserve_make(store->directory);
	}
	if (code != SQLITE_OK)
		return sqlite_status(connection->db, code, "opening");
	if (version != SCHEMA_VERSION)
		return STORE_DAMAGED;

	return store_sqlite_settle(store, connection);
}

/* Which file it is, before SQLite opens it: one that takes its place meanwhile is found at the next look. */
static enum store_status note_file(struct store_sqlite *store)
{
	struct stat info;
	if (lstat(store->path, &info) < 0)
		return store_sqlite_cause(errno);
	store->dev = info.st_dev;
	store->ino = info.st_ino;
	return STORE_OK;
}

static enum store_status try_to_open(struct store_sqlite *store, struct connection **connection)
{
	enum store_status status = check_directory(store->directory);
	if (status == STORE_OK)
		status = store_sqlite_make_file(store->directory);
	if (status == STORE_OK)
		status = note_file(store);
	if (status == STORE_OK)
		status = connection_open(store, connection);
	return status == STORE_OK ? read_epoch(store, *connection) : status;
}

/* On a full disk there is no room for the index of SQLite's log, and not even a program that removes could open the store. */
static enum store_status open_file(struct store_sqlite *store, struct connection **connection)
{
	enum store_status status = try_to_open(store, connection);
	if (status != STORE_FULL || !store_reserve_release(store->directory))
		return status;
	connection_close(*connection);
	*connection = NULL;
	status = try_to_open(store, connection);
	store_reserve_make(store->directory);
	return status;
}

enum store_status store_sqlite_stay_in_place(struct store_sqlite *store)
{
	struct connection *connection = NULL;
	if (store_sqlite_is_in_place(store))
		return STORE_OK;
	if (store->witness_fd >= 0)
		close(store->witness_fd);
	store->witness_fd = -1;
	pthread_mutex_lock(&store->lock);
	while (store->idle) {
		struct connection *old = store->idle;
		store->idle = old->next;
		connection_close(old);
	}
	enum store_status status = store_sqlite_is_in_place(store) ? STORE_OK : open_file(store, &connection);
	if (status != STORE_OK)
		store->ino = 0; /* the next one tries again */
	if (connection && status == STORE_OK) {
		connection->next = NULL;
		store->idle = connection;
	} else {
		connection_close(connection);
	}
	pthread_mutex_unlock(&store->lock);
	return status;
}

static const struct store_backend backend;

enum store_status store_sqlite_open(const char *directory, const struct store_options *options, struct store **out)
{
	struct connection *connection = NULL;
	enum store_status status = check_directory(directory);
	if (status != STORE_OK)
		return status;

	/* the directory may be named by a link, the database may not (SQLITE_OPEN_NOFOLLOW looks at the whole path) */
	char *real = realpath(directory, NULL);
	if (!real)
		return store_sqlite_cause(errno);
	struct store_sqlite *store = must_alloc(sizeof *store);
	struct buf path = BUF_INIT;
	buf_print(&path, "%s/" STORE_SQLITE_FILE, real);
	free(real);
	store->store.backend = &backend;
	store->path = path.data;
	store->directory = must_copy_n(path.data, path.len - sizeof "/" STORE_SQLITE_FILE + 1);
	store->options = *options;
	if (!store->options.moment)
		store->options.moment = store_moment_now;
	if (!store->options.busy_ms)
		store->options.busy_ms = BUSY_MS_DEFAULT;
	pthread_mutex_init(&store->lock, NULL);
	pthread_mutex_init(&store->writer_lock, NULL);
	store->waiting_end = &store->waiting;
	store->witness_fd = -1;

	stop_hold();
	status = open_file(store, &connection);
	if (status == STORE_OK && !(store->bell = bell_open(directory)))
		status = store_sqlite_cause(errno);
	store->idle = connection;
	stop_release();
	if (status != STORE_OK) {
		store_close(&store->store);
		return status;
	}
	*out = &store->store;
	return STORE_OK;
}

static void close_store(struct store *base)
{
	struct store_sqlite *store = (struct store_sqlite *)base;
	stop_hold();
	store_sqlite_leave_log(store);
	stop_release();
	while (store->idle) {
		struct connection *connection = store->idle;
		store->idle = connection->next;
		connection_close(connection);
	}
	connection_close(store->writer);
	if (store->witness_fd >= 0)
		close(store->witness_fd);
	bell_close(store->bell);
	pthread_mutex_destroy(&store->writer_lock);
	pthread_mutex_destroy(&store->lock);
	while (store->epochs) {
		struct store_sqlite_epoch *epoch = store->epochs;
		store->epochs = epoch->before;
		free(epoch);
	}
	free(store->directory);
	free(store->path);
	free(store);
}

/* ---- the bell ---- */

static int listen_for_appends(struct store *store, uint32_t interest)
{
	return bell_listen(((struct store_sqlite *)store)->bell, interest);
}

static bool rang(const struct store *store)
{
	return bell_rang(((const struct store_sqlite *)store)->bell);
}

static void quiet(struct store *store)
{
	bell_clear(((struct store_sqlite *)store)->bell);
}

static const struct store_backend backend = {
	.close = close_store,
	.append_then = store_sqlite_append_then,
	.head = store_sqlite_head,
	.read_all = store_sqlite_read_all,
	.read = store_sqlite_read,
	.read_last = store_sqlite_read_last,
	.next = store_sqlite_next,
	.start = store_sqlite_start,
	.border = store_sqlite_border,
	.span = store_sqlite_span,
	.channels = store_sqlite_channels,
	.remove = store_sqlite_remove,
	.listen = listen_for_appends,
	.rang = rang,
	.quiet = quiet,
};
