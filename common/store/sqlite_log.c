/*
 * The write-ahead log (sqlite.org/wal.html), and how it is taken back into the database.
 *
 * Before 3.51.3 SQLite can lose an acknowledged page: a checkpoint reads how long the log is, then how much of it has been
 * taken back; where another process begins the log anew in between, it takes old frames for new ones ("the WAL-reset
 * bug"). So every way that takes the log back goes through here: the writer's lock is held on one connection,
 * while another one does the work, and nobody can begin the log anew meanwhile. SQLite's own ways, after a commit and
 * with the last connection, are switched off, and no other mode than PASSIVE is used: RESTART and TRUNCATE
 * become it where they do not get the writer's lock.
 *
 * A command or a CGI program is often the only one: it must recover what the log holds before it can start, and may
 * be killed before it could take it back (lighttpd does that once the client has its answer). What it took back, the
 * next does not know, so the log would grow for ever: whoever had to recover a log that is not short begins it anew.
 */
#include "store/sqlite.h"

#include "base/stop.h"

#include <stdatomic.h>
#include <sys/statvfs.h>

enum {
	PAGE_BYTES = 4096,          /* SQLite's, unless told */
	LOG_PAGES_LEAST = 16,       /* are not worth a look at the disk */
	LOG_PAGES_SHORT = 256,      /* are soon recovered: at its end a program leaves them, and need not wait for the disk */
	LOG_PAGES_MAX = 4000,       /* are taken back together */
	LOG_PAGES_TOO_MANY = 16000, /* others were always in between: now this writer waits for its turn */
};

static atomic_bool recovered;

static void note_recovery(void *arg, int code, const char *message)
{
	(void)arg, (void)message;
	if (code == SQLITE_NOTICE_RECOVER_WAL)
		atomic_store(&recovered, true);
}

void store_sqlite_watch_recovery(void)
{
	sqlite3_config(SQLITE_CONFIG_LOG, note_recovery, NULL);
}

/* A commit that writes a page and changes nothing: the log begins anew with it, and its file is cut. */
static void begin_anew(struct connection *writer)
{
	sqlite3_exec(writer->db, "PRAGMA journal_size_limit = 0; BEGIN IMMEDIATE;"
		     "INSERT INTO meta VALUES('anew', 0); DELETE FROM meta WHERE key = 'anew'; COMMIT", NULL, NULL, NULL);
	if (!sqlite3_get_autocommit(writer->db))
		connection_run(connection_statement(writer, SQL_ROLLBACK));
	sqlite3_exec(writer->db, STORE_SQLITE_LOG_LIMIT, NULL, NULL, NULL);
}

/* Best effort: the next commit tries again. true when nothing of the log is left to be taken. */
static bool take_back(struct connection *writer, struct connection *worker, bool patient)
{
	int pages = 0, taken = -1;
	if (!patient)
		sqlite3_busy_handler(writer->db, NULL, NULL);
	if (connection_run(connection_statement(writer, SQL_BEGIN)) == SQLITE_OK) {
		sqlite3_wal_checkpoint_v2(worker->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &taken);
		connection_run(connection_statement(writer, SQL_ROLLBACK));
	}
	connection_be_patient(writer);
	return pages == taken;
}

static void tend(struct store_sqlite *store, bool anew, bool patient)
{
	struct connection *worker;
	if (connection_take(store, &worker) != STORE_OK)
		return;
	if (take_back(store->writer, worker, patient) && anew)
		begin_anew(store->writer);
	connection_give(store, worker);
}

/*
 * What is taken back may make the database longer by as much, and a log whose file is long already takes more events when
 * nothing is free any more: then it could never be taken back, and nothing be removed. So a log is taken back while there
 * is twice its length free (with 4 MB free, a log of 2 MB), and an append that would not leave that is refused.
 */
static bool has_free(const struct store_sqlite *store, size_t bytes)
{
	struct statvfs disk;
	return statvfs(store->directory, &disk) < 0 || bytes / 1024 < disk.f_bavail * disk.f_frsize / 1024;
}

bool store_sqlite_has_room(const struct store_sqlite *store, size_t bytes)
{
	return has_free(store, LOG_PAGES_LEAST * PAGE_BYTES + bytes * 2);
}

void store_sqlite_tend_log(struct store_sqlite *store)
{
	int pages = store->writer->log_pages;
	bool too_many = pages >= LOG_PAGES_TOO_MANY;
	bool anew = too_many || (pages >= LOG_PAGES_SHORT && atomic_exchange(&recovered, false));
	bool tight = pages >= LOG_PAGES_LEAST && !has_free(store, (size_t)pages * PAGE_BYTES * 2);
	if (anew || tight || pages >= LOG_PAGES_MAX)
		tend(store, anew, too_many);
}

void store_sqlite_leave_log(struct store_sqlite *store)
{
	if (store->writer && store->writer->pages_written >= LOG_PAGES_SHORT && store->writer->log_pages >= LOG_PAGES_SHORT)
		tend(store, true, false);
}

void store_sqlite_empty_log(struct store_sqlite *store)
{
	stop_hold();
	pthread_mutex_lock(&store->writer_lock);
	if (store->writer)
		tend(store, true, true);
	pthread_mutex_unlock(&store->writer_lock);
	stop_release();
}
