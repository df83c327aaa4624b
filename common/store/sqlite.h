/*
 * sqlite - the default backend: one SQLite database in WAL mode.
 *
 * Private to sqlite.c (schema, opening), sqlite_connection.c, sqlite_read.c and sqlite_write.c
 * (appending, retention).
 * A connection and its statements serve one thread at a time: readers take one out of those that are idle,
 * writes share one connection and, where they meet, one transaction (group commit).
 */
#ifndef RUNNEL_STORE_SQLITE_H
#define RUNNEL_STORE_SQLITE_H

#include "store/store.h"
#include "store/bell.h"

#include <pthread.h>
#include <sqlite3.h>
#include <sys/types.h>

enum statement {
	/* reading */
	SQL_HEAD, SQL_READ_ALL, SQL_READ, SQL_READ_LAST, SQL_NEXT, SQL_BORDER, SQL_START, SQL_SPAN, SQL_FORGOTTEN, SQL_CHANNELS,
	/* writing */
	SQL_BEGIN, SQL_COMMIT, SQL_ROLLBACK, SQL_SET_HEAD, SQL_SET_FORGOTTEN, SQL_FIND_CHANNEL, SQL_ADD_CHANNEL,
	SQL_CLOCK, SQL_SET_CLOCK, SQL_FIND_KIND, SQL_SET_KIND, SQL_SET_TRIMMED, SQL_DROP_CHANNEL, SQL_ADD_EVENT, SQL_NTH_EVENT, SQL_DROP_EVENTS, SQL_OLDEST, SQL_EXPIRED, SQL_SET_AGE, SQL_SET_EMPTY,
	SQL_STATEMENTS
};

extern const char *const store_sqlite_statements[SQL_STATEMENTS];

#define STORE_SQLITE_FILE "events.db" /* in the store's directory */

struct connection {
	sqlite3 *db;
	sqlite3_stmt *statements[SQL_STATEMENTS]; /* prepared at first use */
	unsigned busy_ms;
	int log_pages;     /* of the write-ahead log after its last commit */
	int pages_written; /* to it, by this connection */
	uint64_t waiting_since_ms; /* for a lock */
	struct connection *next; /* in the pool */
	dev_t dev; /* of its file */
	ino_t ino;
};

struct store_sqlite_epoch {
	struct store_sqlite_epoch *before;
	char name[25];
};

struct store_sqlite {
	struct store store;              /* first: what the seam sees */
	char *path, *directory;          /* of the database */
	dev_t dev;                       /* of the file that is open … */
	ino_t ino;                       /* … 0: none */
	struct store_sqlite_epoch *epochs; /* the present one first */
	struct store_options options;
	struct bell *bell;
	pthread_mutex_t writer_lock;     /* held for one transaction */
	struct connection *writer;       /* NULL until the first append */
	int witness_fd;                  /* where that is noted, -1: not open */
	uint64_t committed;              /* the last seq that this process committed, 0: none in this epoch */
	struct store_age age;            /* when the writer last looked */
	int64_t looked_ms;               /* CLOCK_MONOTONIC; 0: never */
	bool expiring;                   /* something due was left over */
	pthread_mutex_t lock;            /* guards all below, and is held for a moment only */
	struct connection *idle;
	bool writing;                    /* somebody commits what is waiting */
	struct store_append *waiting, **waiting_end; /* in order */
};

/* Once, before the first connection: what SQLite opens is one of our files, or nothing. */
void store_sqlite_guard_files(void);

/* Makes the database's file where there is none. */
enum store_status store_sqlite_make_file(const char *directory);

/* What an errno of opening a file says about the store. */
enum store_status store_sqlite_cause(int error);

void store_sqlite_new_epoch(char epoch[6]);

/* Learns the store's epoch; begins a new one in another file, and moves the head on after another start of the machine. */
enum store_status store_sqlite_settle(struct store_sqlite *store, struct connection *connection);

/*
 * At the beginning of a commit, in its transaction: the head and the epoch as the database has them now. Another process
 * may have begun a new epoch; and where the head went back behind what this process committed, the database was
 * restored, and this begins one. SQLITE_OK, or an error that ends the transaction.
 */
int store_sqlite_look_at_head(struct store_sqlite *store, struct connection *writer, uint64_t head, const char *epoch);


/* Whether the file at the database's place is the one that is open. One short system call. */
bool store_sqlite_is_in_place(const struct store_sqlite *store);

/* Opens the one that is there now where it is not. Without the store's lock. */
enum store_status store_sqlite_stay_in_place(struct store_sqlite *store);

enum store_status sqlite_status(sqlite3 *db, int code, const char *doing);

/* A statement ready to bind, or NULL with the error logged. */
sqlite3_stmt *connection_statement(struct connection *connection, enum statement which);

/* Steps a statement that returns no rows and resets it: SQLITE_OK or an error code. */
int connection_run(sqlite3_stmt *statement);

/* One of the idle connections, or a new one. A program that comes for one publish opens only one. */
enum store_status connection_open(struct store_sqlite *store, struct connection **connection);
enum store_status connection_take(struct store_sqlite *store, struct connection **connection);
void connection_give(struct store_sqlite *store, struct connection *connection);
void connection_close(struct connection *connection);

/* Lets it wait for a lock as long as the store's options say. */
void connection_be_patient(struct connection *connection);

/* What a file of the log may keep of its length when the log begins anew. */
#define STORE_SQLITE_LOG_LIMIT "PRAGMA journal_size_limit = 33554432"

/* Once, before anything else of SQLite. */
void store_sqlite_watch_recovery(void);

/* After a commit, and before the writer goes: takes a long log back. With the writer's lock held, outside of a transaction. */
void store_sqlite_tend_log(struct store_sqlite *store);
void store_sqlite_leave_log(struct store_sqlite *store);

/* Whether the disk has room for an append of so many bytes, with what it needs until the log is taken back. */
bool store_sqlite_has_room(const struct store_sqlite *store, size_t bytes);

/* Takes all of the log back and cuts its file, for a disk that is full. Waits for other writers. */
void store_sqlite_empty_log(struct store_sqlite *store);

/* What store.h says of each without the middle of its name. */
enum store_status store_sqlite_head(struct store *store, uint64_t *seq);
enum store_status store_sqlite_read_all(struct store *store, uint64_t after, size_t limit, store_visit *visit, void *arg);
enum store_status store_sqlite_read(struct store *store, const char *channel, uint64_t after, uint64_t upto,
				    size_t limit, store_visit *visit, void *arg);
enum store_status store_sqlite_read_last(struct store *store, const char *channel, uint64_t after, uint64_t upto,
					 size_t count, store_visit *visit, void *arg);
enum store_status store_sqlite_next(struct store *store, const char *channel, uint64_t after, uint64_t upto, struct store_place *first);
enum store_status store_sqlite_start(struct store *store, const char *channel, uint64_t upto, size_t count, bool of_run,
				     struct store_place *first);
enum store_status store_sqlite_border(struct store *store, const char *channel, uint64_t upto, uint64_t *seq);
enum store_status store_sqlite_span(struct store *store, const char *channel, struct store_span *span);
enum store_status store_sqlite_channels(struct store *store, store_channel_visit *visit, void *arg);
void store_sqlite_append_then(struct store *store, struct store_append *append);
enum store_status store_sqlite_remove(struct store *store, const char *channel, uint64_t *removed);

/* The backend's way in, for backends.c: as backends_open(). */
enum store_status store_sqlite_open(const char *directory, const struct store_options *options, struct store **store);

/* SQLite and its version, which is not ours to choose where it is linked dynamically. */
const char *store_sqlite_library(void);

#endif
