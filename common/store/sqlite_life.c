/*
 * Whether the file that is open is still the store, and the store's life, which its epoch names.
 *
 * A file that was removed or replaced under us is left, and the one at its place is opened. A copy that took its place
 * (a backup) may have given ids that readers have seen for other events: the file knows which file it is, and in
 * another one a new epoch begins. After another start of the machine the last commits may be gone (a power cut): the
 * head moves on by more than they can have been, so that no id is given twice.
 */
#include "store/sqlite.h"

#include "base/buf.h"
#include "store/witness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

enum { LOST_MAX = 1 << 20 };

void store_sqlite_new_epoch(char epoch[6])
{
	unsigned char random[5];
	if (getrandom(random, sizeof random, 0) != sizeof random)
		abort();
	for (size_t i = 0; i < sizeof random; i++)
		epoch[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[random[i] % 36];
	epoch[sizeof random] = '\0';
}

struct life {
	char epoch[25], file[64], boot[40]; /* "": not there */
};

/* The inode and when it was made: an inode's number is soon used again. */
static void name_file(const char *path, char *name, size_t size)
{
	struct statx info;
	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &info) < 0)
		snprintf(name, size, "?");
	else
		snprintf(name, size, "%llu.%lld.%u", (unsigned long long)info.stx_ino, (long long)info.stx_btime.tv_sec, info.stx_btime.tv_nsec);
}

static int read_life(sqlite3 *db, struct life *life)
{
	sqlite3_stmt *row;
	*life = (struct life){ "", "", "" };
	int code = sqlite3_prepare_v2(db, "SELECT key, value FROM meta WHERE key IN ('epoch', 'file', 'boot')", -1, &row, NULL);
	while (code == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW) {
		const char *key = (const char *)sqlite3_column_text(row, 0), *value = (const char *)sqlite3_column_text(row, 1);
		if (!key || !value)
			continue;
		if (*key == 'e')
			snprintf(life->epoch, sizeof life->epoch, "%s", value);
		else if (*key == 'f')
			snprintf(life->file, sizeof life->file, "%s", value);
		else
			snprintf(life->boot, sizeof life->boot, "%s", value);
	}
	int end = sqlite3_finalize(row);
	return code == SQLITE_OK ? end : code;
}

static int write_text(sqlite3 *db, const char *key, const char *value)
{
	char *sql = sqlite3_mprintf("INSERT OR REPLACE INTO meta VALUES(%Q, %Q)", key, value);
	int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_free(sql);
	return code;
}

static int move_on(sqlite3 *db)
{
	char sql[160];
	snprintf(sql, sizeof sql, "UPDATE meta SET value = max(value, ifnull((SELECT max(seq) FROM event), 0)) + %d WHERE key = 'head'", LOST_MAX);
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int read_head(struct connection *connection, uint64_t *head)
{
	sqlite3_stmt *statement = connection_statement(connection, SQL_HEAD);
	if (!statement)
		return SQLITE_ERROR;
	if (sqlite3_step(statement) == SQLITE_ROW)
		*head = (uint64_t)sqlite3_column_int64(statement, 0);
	return sqlite3_reset(statement);
}

/* The note is read before the head: it is never ahead of what was committed by then, unless that is gone. */
static int look_for_restore(const struct store_sqlite *store, struct connection *connection, const struct life *life, bool *restored)
{
	uint64_t noted = store_witness_read(store->directory, life->epoch), head = 0;
	int code = read_head(connection, &head);
	*restored = code == SQLITE_OK && noted > head;
	return code;
}

/* In a transaction: nobody else does it meanwhile. */
static int begin_life(const struct store_sqlite *store, struct connection *connection, const char *file, const char *boot, struct life *life)
{
	sqlite3 *db = connection->db;
	bool restored = false;
	int code = read_life(db, life);
	if (code == SQLITE_OK && strcmp(life->boot, boot) == 0)
		code = look_for_restore(store, connection, life, &restored);
	if (code == SQLITE_OK && (restored || (life->file[0] && strcmp(life->file, file) != 0))) {
		store_sqlite_new_epoch(life->epoch);
		code = write_text(db, "epoch", life->epoch);
	}
	if (code == SQLITE_OK && life->boot[0] && strcmp(life->boot, boot) != 0)
		code = move_on(db);
	if (code == SQLITE_OK)
		code = write_text(db, "file", file);
	return code == SQLITE_OK ? write_text(db, "boot", boot) : code;
}

/* A pointer that was given out stays good: the old name is kept until the store is closed. */
static void set_epoch(struct store_sqlite *store, const char *epoch)
{
	struct store_sqlite_epoch *now = store->epochs;
	if (now && strcmp(now->name, epoch) == 0)
		return;
	now = must_alloc(sizeof *now);
	snprintf(now->name, sizeof now->name, "%s", epoch);
	now->before = store->epochs;
	store->epochs = now;
	__atomic_store_n(&store->store.epoch, now->name, __ATOMIC_RELEASE);
}

enum store_status store_sqlite_settle(struct store_sqlite *store, struct connection *connection)
{
	struct life life;
	struct store_moment now;
	char file[64];
	sqlite3 *db = connection->db;
	name_file(store->path, file, sizeof file);
	store->options.moment(&now);
	int code = read_life(db, &life);
	bool restored = false;
	if (code == SQLITE_OK && strcmp(life.boot, now.boot) == 0)
		code = look_for_restore(store, connection, &life, &restored);
	if (code == SQLITE_OK && (restored || strcmp(life.file, file) != 0 || strcmp(life.boot, now.boot) != 0)) {
		code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
		if (code == SQLITE_OK)
			code = begin_life(store, connection, file, now.boot, &life);
		if (code == SQLITE_OK)
			code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
		if (code != SQLITE_OK && !sqlite3_get_autocommit(db))
			sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	}
	if (code != SQLITE_OK)
		return sqlite_status(db, code, "opening");
	if (!life.epoch[0])
		return STORE_DAMAGED;
	set_epoch(store, life.epoch);
	return STORE_OK;
}

bool store_sqlite_is_in_place(const struct store_sqlite *store)
{
	struct stat info;
	return lstat(store->path, &info) == 0 && info.st_ino == store->ino && info.st_dev == store->dev;
}

int store_sqlite_look_at_head(struct store_sqlite *store, struct connection *writer, uint64_t head, const char *epoch)
{
	char next[6];
	int code = SQLITE_OK;
	if (strcmp(epoch, store->epochs->name) != 0) {
		set_epoch(store, epoch);
		store->committed = head;
	} else if (head < store->committed) {
		store_sqlite_new_epoch(next);
		code = write_text(writer->db, "epoch", next);
		set_epoch(store, next);
		store->committed = head;
	}
	return code;
}
