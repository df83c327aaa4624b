/*
 * The write-ahead log of the SQLite store while several processes write: SQLite's WAL-reset bug, with its window widened.
 *
 * A checkpoint sleeps before it takes its lock and after it gave it back, and between reading how long the log is and how much of it was
 * taken back: a commit of another process then begins the log anew. SQLite's own checkpoints lose pages so.
 */
#include "store_fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WRITERS = 2, EVENTS = 1000, FRAGMENT_BYTES = 60000, CHECKPOINT_LOCK = 1 };

static sqlite3_io_methods slow; /* unix's, with two delays */
static int (*lock_of_unix)(sqlite3_file *, int, int, int);
static int (*unfetch_of_unix)(sqlite3_file *, sqlite3_int64, void *);
static int (*open_of_unix)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
static bool checkpointing;

static int slow_lock(sqlite3_file *file, int first, int n, int flags)
{
	if (first == CHECKPOINT_LOCK && flags == (SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE))
		usleep(random() % 2 ? 0 : 200000);
	int code = lock_of_unix(file, first, n, flags);
	if (first == CHECKPOINT_LOCK && flags == (SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE))
		usleep(30000);
	if (first == CHECKPOINT_LOCK)
		checkpointing = code == SQLITE_OK && flags == (SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE);
	return code;
}

/* Called between the two where the log has changed since this connection last looked. */
static int slow_unfetch(sqlite3_file *file, sqlite3_int64 offset, void *page)
{
	if (checkpointing && !page)
		usleep(60000);
	return unfetch_of_unix(file, offset, page);
}

static int open_slowly(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	int code = open_of_unix(vfs, name, file, flags, out);
	if (code == SQLITE_OK && file->pMethods && file->pMethods->iVersion >= 3 && (flags & SQLITE_OPEN_MAIN_DB)) {
		if (!lock_of_unix) {
			slow = *file->pMethods;
			lock_of_unix = slow.xShmLock;
			unfetch_of_unix = slow.xUnfetch;
			slow.xShmLock = slow_lock;
			slow.xUnfetch = slow_unfetch;
		}
		file->pMethods = &slow;
	}
	return code;
}

static void widen(void)
{
	static sqlite3_vfs vfs;
	vfs = *sqlite3_vfs_find(NULL);
	open_of_unix = vfs.xOpen;
	vfs.xOpen = open_slowly;
	vfs.zName = "slow";
	sqlite3_vfs_register(&vfs, 1);
}

static void write_many(int backend, const char *channel)
{
	static char fragment[FRAGMENT_BYTES + 1];
	srandom((unsigned)getpid());
	widen();
	store = open_store(backend);
	for (int i = 0; i < EVENTS; i++) {
		memset(fragment, 'a' + i % 26, FRAGMENT_BYTES);
		struct store_entry entry = entry_of(channel, fragment, 1000, 1000000);
		if (store_append(store, &entry, 1) != STORE_OK)
			_exit(1);
	}
	store_close(store);
	_exit(0);
}

static bool whole(void *arg, const struct event *event)
{
	int i = (*(int *)arg)++;
	ck_assert_uint_eq(event->fragment_bytes, FRAGMENT_BYTES);
	ck_assert_uint_eq(event->ordinal, i + 1);
	ck_assert_int_eq(event->fragment[0], 'a' + i % 26);
	ck_assert_int_eq(event->fragment[FRAGMENT_BYTES - 1], 'a' + i % 26);
	return true;
}

static int say_row(void *arg, int n, char **values, char **names)
{
	(void)n, (void)names;
	ck_assert_str_eq(values[0], "ok");
	++*(int *)arg;
	return 0;
}

START_TEST(a_log_that_begins_anew_beside_a_checkpoint_loses_nothing)
{
	static const char *const names[WRITERS] = { "a", "b" };
	char path[300];
	sqlite3 *db;
	int rows = 0;
	store_close(open_store(_i));
	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0)
			write_many(_i, names[i]);
	for (int i = 0; i < WRITERS; i++) {
		int status;
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	store = open_store(_i);
	for (int i = 0; i < WRITERS; i++) {
		int next = 0;
		ck_assert_int_eq(store_read(store, names[i], 0, UINT64_MAX >> 1, 1000000, whole, &next), STORE_OK);
		ck_assert_int_eq(next, EVENTS);
	}
	snprintf(path, sizeof path, "%s/events.db", folder);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "PRAGMA integrity_check", say_row, &rows, NULL), SQLITE_OK);
	ck_assert_int_eq(rows, 1);
	sqlite3_close(db);
}
END_TEST

static Suite *store_log_suite(void)
{
	Suite *suite = suite_create("store_log");
	TCase *tc = store_case("store_log");
	tcase_set_timeout(tc, 240);
	store_case_add(tc, a_log_that_begins_anew_beside_a_checkpoint_loses_nothing);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(store_log_suite)
