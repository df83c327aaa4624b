/*
 * A connection of the SQLite store: its settings, its statements, how it waits for a lock, and the write-ahead log.
 */
#include "store_sqlite.h"

#include "buf.h"
#include "log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	LOG_PAGES_SHORT = 256,      /* are soon recovered: at its end a program leaves them, and need not wait for the disk */
	LOG_PAGES_MAX = 4000,       /* are taken back together */
	LOG_PAGES_TOO_MANY = 16000, /* others were always in between: now their writers wait */
};

enum store_status sqlite_status(sqlite3 *db, int code, const char *doing)
{
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
		return STORE_DAMAGED;
	case SQLITE_IOERR:
		if (cause == ENOSPC || cause == EDQUOT || code == SQLITE_IOERR_SHMSIZE)
			return STORE_FULL;
		break;
	}
	log_error("%s the store: %s (%d)", doing, db ? sqlite3_errmsg(db) : sqlite3_errstr(code), code);
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

/*
 * The write-ahead log (sqlite.org/wal.html). A command or a CGI program is often the only one: it must recover what the log
 * holds before it can start, and may be killed before it could take it back into the database (lighttpd does that once the
 * client has its answer). What it took back, the next does not know, so the log would grow for ever: who had to
 * recover a log that is not short empties it.
 */
static atomic_bool recovered;

static void note_recovery(void *arg, int code, const char *message)
{
	(void)arg, (void)message;
	if (code == SQLITE_NOTICE_RECOVER_WAL)
		atomic_store(&recovered, true);
}

static void prepare_sqlite(void)
{
	sqlite3_config(SQLITE_CONFIG_LOG, note_recovery, NULL); /* before anything else of SQLite */
	store_sqlite_guard_files();
}

/* Empties the log, unless somebody is at work with it; PASSIVE waits for nobody either, and the next commit begins the log anew. */
static void take_back(struct connection *connection, const char *name, int mode)
{
	sqlite3_busy_handler(connection->db, NULL, NULL);
	sqlite3_wal_checkpoint_v2(connection->db, name, mode, NULL, NULL);
	sqlite3_busy_handler(connection->db, wait_for_lock, connection);
}

static int after_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct connection *connection = arg;
	(void)db;
	connection->log_pages = pages;
	if (pages >= LOG_PAGES_TOO_MANY || (pages >= LOG_PAGES_SHORT && atomic_exchange(&recovered, false)))
		take_back(connection, name, SQLITE_CHECKPOINT_TRUNCATE);
	else if (pages >= LOG_PAGES_MAX)
		take_back(connection, name, SQLITE_CHECKPOINT_PASSIVE);
	return SQLITE_OK; /* the commit is good whatever came of it */
}

void connection_close(struct connection *connection)
{
	if (!connection)
		return;
	for (int i = 0; i < SQL_STATEMENTS; i++)
		sqlite3_finalize(connection->statements[i]);
	if (connection->log_pages < LOG_PAGES_SHORT)
		sqlite3_db_config(connection->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_close(connection->db);
	free(connection);
}

static enum store_status connection_open(struct store_sqlite *store, struct connection **out)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, prepare_sqlite);
	struct connection *connection = must_alloc(sizeof *connection);
	connection->busy_ms = store->options.busy_ms;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int code = sqlite3_open_v2(store->path, &connection->db, flags, NULL);
	if (code == SQLITE_OK) {
		sqlite3_busy_handler(connection->db, wait_for_lock, connection);
		sqlite3_wal_hook(connection->db, after_commit, connection);
		code = sqlite3_exec(connection->db, store->options.full_sync
			? "PRAGMA synchronous = FULL; PRAGMA cache_size = -512; PRAGMA journal_size_limit = 33554432"
			: "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -512; PRAGMA journal_size_limit = 33554432",
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
	connection->next = store->idle;
	store->idle = connection;
	pthread_mutex_unlock(&store->lock);
}

sqlite3_stmt *connection_statement(struct connection *connection, enum statement which)
{
	sqlite3_stmt **slot = &connection->statements[which];
	if (!*slot && sqlite3_prepare_v3(connection->db, store_sqlite_statements[which], -1, SQLITE_PREPARE_PERSISTENT, slot, NULL) != SQLITE_OK)
		log_error("preparing \"%s\": %s", store_sqlite_statements[which], sqlite3_errmsg(connection->db));
	return *slot;
}

int connection_run(sqlite3_stmt *statement)
{
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_step(statement);
	return sqlite3_reset(statement);
}
