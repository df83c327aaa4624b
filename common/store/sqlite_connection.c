/*
 * A connection of the SQLite store: its settings, its statements, how it waits for a lock.
 */
#include "store/sqlite.h"

#include "base/buf.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/*
 * Debian's SQLite writes zeros over what is removed, also on pages that nothing is kept on any more: each of them would go
 * through the log, and on a full disk there is no room for that. FAST does so only where a page is written anyway.
 */
#define PAGES_OF_REMOVED "PRAGMA secure_delete = FAST; "

enum store_status sqlite_status(sqlite3 *db, int code, const char *doing)
{
	static struct log_pause damage_said;
	int cause = db ? sqlite3_system_errno(db) : 0;
	switch (code & 0xff) {
	case SQLITE_OK: case SQLITE_ROW: case SQLITE_DONE:
		return STORE_OK;
	case SQLITE_BUSY: case SQLITE_LOCKED:
		return STORE_BUSY;
	case SQLITE_FULL:
		return STORE_FULL;
	case SQLITE_PERM: case SQLITE_READONLY: case SQLITE_AUTH:
		return STORE_DENIED;
	case SQLITE_CANTOPEN:
		return code == SQLITE_CANTOPEN_SYMLINK ? STORE_FOREIGN : store_sqlite_cause(cause);
	case SQLITE_NOTADB: case SQLITE_CORRUPT:
		if (log_due(&damage_said))
			log_error("%s the store: %s (%d)", doing, db ? sqlite3_errmsg(db) : sqlite3_errstr(code), code);
		return STORE_DAMAGED;
	case SQLITE_IOERR:
		if (cause == ENOSPC || cause == EDQUOT || code == SQLITE_IOERR_SHMSIZE)
			return STORE_FULL;
		break;
	}
	log_error_seldom("%s the store: %s (%d)", doing, db ? sqlite3_errmsg(db) : sqlite3_errstr(code), code);
	return STORE_FAILED;
}

static uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/*
 * Waits for a lock with steps far below SQLite's own (up to 100 ms): a commit takes some
 * 20 µs, and one publisher must not sleep through thousands of others. The bound is time, not
 * tries: on a loaded machine a short sleep is long.
 */
static int wait_for_lock(void *arg, int tries)
{
	struct connection *connection = arg;
	if (tries == 0)
		connection->waiting_since_ms = now_ms();
	else if (now_ms() - connection->waiting_since_ms >= connection->busy_ms)
		return 0;
	usleep(tries < 10 ? 100 : tries < 50 ? 500 : 2000);
	return 1;
}

void connection_be_patient(struct connection *connection)
{
	sqlite3_busy_handler(connection->db, wait_for_lock, connection);
}

static int after_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct connection *connection = arg;
	(void)db, (void)name;
	connection->pages_written += pages > connection->log_pages ? pages - connection->log_pages : pages;
	connection->log_pages = pages;
	return SQLITE_OK; /* and SQLite takes nothing back by itself (sqlite.org/c3ref/wal_hook.html): sqlite_log.c does */
}

void connection_close(struct connection *connection)
{
	if (!connection)
		return;
	for (int i = 0; i < SQL_STATEMENTS; i++)
		sqlite3_finalize(connection->statements[i]);
	sqlite3_db_config(connection->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_close(connection->db);
	free(connection);
}

static void prepare_sqlite(void)
{
	store_sqlite_watch_recovery(); /* before anything else of SQLite */
	store_sqlite_guard_files();
}

enum store_status connection_open(struct store_sqlite *store, struct connection **out)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, prepare_sqlite);
	struct connection *connection = must_alloc(sizeof *connection);
	connection->busy_ms = store->options.busy_ms;
	connection->dev = store->dev;
	connection->ino = store->ino;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int code = sqlite3_open_v2(store->path, &connection->db, flags, NULL);
	if (code == SQLITE_OK) {
		connection_be_patient(connection);
		sqlite3_wal_hook(connection->db, after_commit, connection);
		code = sqlite3_exec(connection->db, store->options.full_sync
			? "PRAGMA synchronous = FULL; PRAGMA cache_size = -512; " PAGES_OF_REMOVED STORE_SQLITE_LOG_LIMIT
			: "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -512; " PAGES_OF_REMOVED STORE_SQLITE_LOG_LIMIT,
			NULL, NULL, NULL);
	}
	if (code != SQLITE_OK) {
		enum store_status status = sqlite_status(connection->db, code, "opening");
		connection_close(connection);
		return status;
	}
	*out = connection;
	return STORE_OK;
}

enum store_status connection_take(struct store_sqlite *store, struct connection **connection)
{
	enum store_status status = store_sqlite_stay_in_place(store);
	if (status != STORE_OK)
		return status;
	pthread_mutex_lock(&store->lock);
	*connection = store->idle;
	if (*connection)
		store->idle = (*connection)->next;
	pthread_mutex_unlock(&store->lock);
	return *connection ? STORE_OK : connection_open(store, connection);
}

void connection_give(struct store_sqlite *store, struct connection *connection)
{
	pthread_mutex_lock(&store->lock);
	bool old = connection->ino != store->ino || connection->dev != store->dev;
	if (!old) {
		connection->next = store->idle;
		store->idle = connection;
	}
	pthread_mutex_unlock(&store->lock);
	if (old)
		connection_close(connection);
}

sqlite3_stmt *connection_statement(struct connection *connection, enum statement which)
{
	sqlite3_stmt **slot = &connection->statements[which];
	if (!*slot && sqlite3_prepare_v3(connection->db, store_sqlite_statements[which], -1, SQLITE_PREPARE_PERSISTENT, slot, NULL) != SQLITE_OK)
		log_error_seldom("preparing \"%s\": %s", store_sqlite_statements[which], sqlite3_errmsg(connection->db));
	return *slot;
}

int connection_run(sqlite3_stmt *statement)
{
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_step(statement);
	return sqlite3_reset(statement);
}
