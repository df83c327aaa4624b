/*
 * Appending to the SQLite store, and its retention.
 *
 * Group commit: the first thread that finds nobody writing commits its own append, then
 * whatever has gathered meanwhile, in one transaction, and so on until nothing is left. The others leave
 * their append and go: no thread sleeps, and under load the batches grow by themselves.
 *
 * Retention is trimmed as it appends: by count in the channel that grew, by age in
 * whichever channel's oldest event is due (channel.expires_ms is indexed).
 */
#include "store_sqlite.h"

#include "log.h"
#include "stop.h"

#include <string.h>
#include <time.h>

enum {
	COMMIT_ENTRIES_MAX = 4096, /* of one transaction: its writer's lock is held for milliseconds at most */
	EXPIRED_CHANNELS_MAX = 8,  /* looked at in one commit, so that no publisher pays for all */
	FORGET_MS = 7 * 24 * 60 * 60 * 1000, /* after which nobody remembers an empty channel */
};

/* A channel while appends change it: in one transaction the next one is often to the same. */
struct channel_row {
	const char *name; /* borrowed; NULL: none yet */
	sqlite3_int64 id, keep, keep_ms;
	sqlite3_int64 last_seq;      /* when it was looked up; 0: it held nothing */
	sqlite3_int64 last, trimmed; /* ordinals */
};

/* Binds the numbers and runs. */
static int run_numbers(struct connection *writer, enum statement which, int n, const sqlite3_int64 *numbers)
{
	sqlite3_stmt *statement = connection_statement(writer, which);
	if (!statement)
		return SQLITE_ERROR;
	for (int i = 0; i < n; i++)
		sqlite3_bind_int64(statement, i + 1, numbers[i]);
	return connection_run(statement);
}

static int find_channel(struct connection *writer, const char *name, struct channel_row *row, bool *found)
{
	sqlite3_stmt *statement = connection_statement(writer, SQL_FIND_CHANNEL);
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	*found = sqlite3_step(statement) == SQLITE_ROW;
	if (*found)
		*row = (struct channel_row){
			name,
			sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1), sqlite3_column_int64(statement, 2),
			sqlite3_column_int64(statement, 3), sqlite3_column_int64(statement, 4), sqlite3_column_int64(statement, 5),
		};
	return sqlite3_reset(statement);
}

static int find_or_add_channel(struct connection *writer, const struct store_entry *entry, struct channel_row *row)
{
	bool found;
	if (row->name && strcmp(row->name, entry->channel) == 0)
		return SQLITE_OK;
	int code = find_channel(writer, entry->channel, row, &found);
	if (code != SQLITE_OK || (found && row->last_seq))
		return code;
	sqlite3_stmt *statement = connection_statement(writer, SQL_ADD_CHANNEL);
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_text(statement, 1, entry->channel, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, entry->keep);
	sqlite3_bind_int64(statement, 3, entry->keep_ms);
	sqlite3_bind_int64(statement, 4, entry->time_ms + entry->keep_ms);
	code = connection_run(statement);
	return code == SQLITE_OK ? find_channel(writer, entry->channel, row, &found) : code;
}

static int drop_events(struct connection *writer, sqlite3_int64 channel, sqlite3_int64 upto, sqlite3_int64 *dropped)
{
	int code = run_numbers(writer, SQL_DROP_EVENTS, 2, (sqlite3_int64[]){ channel, upto });
	*dropped = code == SQLITE_OK ? sqlite3_changes64(writer->db) : 0;
	return code;
}

/* A long log is trimmed a hundredth at a time: a page of it is written once, not once for every line. */
static int trim_by_count(struct connection *writer, struct channel_row *row)
{
	sqlite3_int64 count = row->last - row->trimmed, keep = row->keep, slack = keep >= 1000 ? keep / 100 : 0, dropped;
	if (count <= keep + slack)
		return SQLITE_OK;
	sqlite3_stmt *statement = connection_statement(writer, SQL_NTH_EVENT);
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_int64(statement, 1, row->id);
	sqlite3_bind_int64(statement, 2, count - keep - 1);
	sqlite3_int64 upto = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	int code = sqlite3_reset(statement);
	if (code == SQLITE_OK)
		code = drop_events(writer, row->id, upto, &dropped);
	if (code != SQLITE_OK)
		return code;
	row->trimmed += dropped;
	return run_numbers(writer, SQL_SET_TRIMMED, 3, (sqlite3_int64[]){ row->id, upto, dropped });
}

static int add_event(struct connection *writer, const struct channel_row *row, const struct store_entry *entry)
{
	sqlite3_stmt *statement = connection_statement(writer, SQL_ADD_EVENT);
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_int64(statement, 1, (sqlite3_int64)entry->seq);
	sqlite3_bind_int64(statement, 2, row->id);
	sqlite3_bind_int64(statement, 3, row->last);
	sqlite3_bind_int64(statement, 4, entry->time_ms);
	sqlite3_bind_text(statement, 5, entry->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 6, entry->values, (int)entry->values_bytes, SQLITE_STATIC);
	sqlite3_bind_text(statement, 7, entry->fragment, (int)entry->fragment_bytes, SQLITE_STATIC);
	return connection_run(statement);
}

static int set_retention(struct connection *writer, struct channel_row *row, const struct store_entry *entry)
{
	if (row->keep == entry->keep && row->keep_ms == entry->keep_ms)
		return SQLITE_OK;
	row->keep = entry->keep;
	row->keep_ms = entry->keep_ms;
	return run_numbers(writer, SQL_SET_RETENTION, 3, (sqlite3_int64[]){ row->id, row->keep, row->keep_ms });
}

static int append_entry(struct connection *writer, struct channel_row *row, struct store_entry *entry, uint64_t seq)
{
	int code = find_or_add_channel(writer, entry, row);
	if (code == SQLITE_OK)
		code = set_retention(writer, row, entry);
	if (code != SQLITE_OK)
		return code;
	entry->seq = seq;
	row->last++;
	code = add_event(writer, row, entry);
	return code == SQLITE_OK ? trim_by_count(writer, row) : code;
}

/* ---- age ---- */

/* After its last event went: who comes back learns that from its row. */
static int keep_emptied(struct connection *writer, sqlite3_int64 id, sqlite3_int64 now_ms, sqlite3_int64 last_seq, sqlite3_int64 dropped)
{
	int code = run_numbers(writer, SQL_SET_AGE, 4, (sqlite3_int64[]){ id, now_ms + FORGET_MS, last_seq, dropped });
	return code == SQLITE_OK ? run_numbers(writer, SQL_SET_HEAD, 1, &last_seq) : code;
}

static int forget_channel(struct connection *writer, sqlite3_int64 id)
{
	int code = run_numbers(writer, SQL_SET_FORGOTTEN, 1, &id);
	return code == SQLITE_OK ? run_numbers(writer, SQL_DROP_CHANNEL, 1, &id) : code;
}

/* The last seq that is too old, and when the first one that is not will be: 0 and 0 when there is none. */
static int find_age_limit(struct connection *writer, sqlite3_int64 channel, sqlite3_int64 keep_ms, sqlite3_int64 now_ms,
			  sqlite3_int64 *upto, sqlite3_int64 *expires_ms)
{
	sqlite3_stmt *statement = connection_statement(writer, SQL_OLDEST);
	if (!statement)
		return SQLITE_ERROR;
	*upto = *expires_ms = 0;
	sqlite3_bind_int64(statement, 1, channel);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		sqlite3_int64 due_ms = sqlite3_column_int64(statement, 1) + keep_ms;
		if (due_ms > now_ms) {
			*expires_ms = due_ms;
			break;
		}
		*upto = sqlite3_column_int64(statement, 0);
	}
	return sqlite3_reset(statement);
}

/* Trims the channel that is due soonest, or forgets it where nothing is left of it. *more is false when none is due. */
static int trim_by_age(struct connection *writer, sqlite3_int64 now_ms, bool *more)
{
	sqlite3_stmt *statement = connection_statement(writer, SQL_EXPIRED);
	sqlite3_int64 id, keep_ms, last_seq, upto, expires_ms, dropped = 0;
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_int64(statement, 1, now_ms);
	*more = sqlite3_step(statement) == SQLITE_ROW;
	id = sqlite3_column_int64(statement, 0);
	keep_ms = sqlite3_column_int64(statement, 1);
	last_seq = sqlite3_column_int64(statement, 2);
	int code = sqlite3_reset(statement);
	if (!*more || code != SQLITE_OK)
		return code;
	if (!last_seq)
		return forget_channel(writer, id);

	code = find_age_limit(writer, id, keep_ms, now_ms, &upto, &expires_ms);
	if (code == SQLITE_OK && upto)
		code = drop_events(writer, id, upto, &dropped);
	if (code != SQLITE_OK)
		return code;
	if (upto == last_seq)
		return keep_emptied(writer, id, now_ms, last_seq, dropped);
	return run_numbers(writer, SQL_SET_AGE, 4, (sqlite3_int64[]){ id, expires_ms, upto, dropped });
}

/* ---- one transaction ---- */

static int read_head(struct connection *writer, sqlite3_int64 *head)
{
	sqlite3_stmt *statement = connection_statement(writer, SQL_HEAD);
	if (!statement)
		return SQLITE_ERROR;
	if (sqlite3_step(statement) == SQLITE_ROW)
		*head = sqlite3_column_int64(statement, 0);
	return sqlite3_reset(statement);
}

/* What one commit takes along. */
struct gathered {
	struct store_append *appends;
	uint32_t rings; /* out: who is to be woken */
};

static int write_gathered(struct connection *writer, void *arg)
{
	struct gathered *gathered = arg;
	struct channel_row row = { 0 };
	sqlite3_int64 head = 0, now_ms = 0;
	bool more = true;
	int code = read_head(writer, &head);
	for (struct store_append *append = gathered->appends; append && code == SQLITE_OK; append = append->next)
		for (size_t i = 0; i < append->n && code == SQLITE_OK; i++) {
			code = append_entry(writer, &row, &append->entries[i], (uint64_t)++head);
			gathered->rings |= wake_mask(append->entries[i].channel);
			if (append->entries[i].time_ms > now_ms)
				now_ms = append->entries[i].time_ms;
		}
	for (int i = 0; i < EXPIRED_CHANNELS_MAX && more && code == SQLITE_OK; i++)
		code = trim_by_age(writer, now_ms, &more);
	return code;
}

/* All or nothing: whatever went wrong, nothing of it stays. */
static enum store_status end_transaction(struct connection *writer, int code)
{
	if (code == SQLITE_OK)
		code = connection_run(connection_statement(writer, SQL_COMMIT));
	enum store_status status = sqlite_status(writer->db, code, "writing to");
	if (code != SQLITE_OK && !sqlite3_get_autocommit(writer->db))
		connection_run(connection_statement(writer, SQL_ROLLBACK));
	return status;
}

/* One transaction of the writer's connection, which it keeps from the first on. */
typedef int transact(struct connection *writer, void *arg);

static enum store_status transaction(struct store_sqlite *store, transact *write, void *arg)
{
	stop_hold();
	pthread_mutex_lock(&store->writer_lock);
	enum store_status status = store->writer ? STORE_OK : connection_take(store, &store->writer);
	if (status == STORE_OK) {
		int code = connection_run(connection_statement(store->writer, SQL_BEGIN));
		status = code == SQLITE_OK ? end_transaction(store->writer, write(store->writer, arg))
					   : sqlite_status(store->writer->db, code, "writing to");
		if (status == STORE_OK)
			store_sqlite_tend_log(store);
	}
	pthread_mutex_unlock(&store->writer_lock);
	stop_release();
	return status;
}

/* ---- group commit ---- */

/* Takes what has gathered, up to the bound; called with the lock held. */
static struct store_append *take_waiting(struct store_sqlite *store)
{
	struct store_append *first = store->waiting, **last = &store->waiting;
	size_t entries = 0;
	while (*last && (entries == 0 || entries + (*last)->n <= COMMIT_ENTRIES_MAX)) {
		entries += (*last)->n;
		last = &(*last)->next;
	}
	store->waiting = *last;
	if (!store->waiting)
		store->waiting_end = &store->waiting;
	*last = NULL;
	return first;
}

static void commit(struct store_sqlite *store, struct store_append *appends)
{
	struct gathered gathered = { appends, 0 };
	enum store_status status = transaction(store, write_gathered, &gathered);
	if (status == STORE_OK)
		wake_ring(store->wake, gathered.rings);
	for (struct store_append *next; appends; appends = next) {
		next = appends->next; /* once told, its owner may be gone */
		appends->committed(appends, status);
	}
}

void store_sqlite_append_then(struct store *base, struct store_append *append)
{
	struct store_sqlite *store = (struct store_sqlite *)base;
	append->next = NULL;
	pthread_mutex_lock(&store->lock);
	*store->waiting_end = append;
	store->waiting_end = &append->next;
	if (!store->writing) {
		store->writing = true;
		while (store->waiting) {
			struct store_append *appends = take_waiting(store);
			pthread_mutex_unlock(&store->lock);
			commit(store, appends);
			pthread_mutex_lock(&store->lock);
		}
		store->writing = false;
	}
	pthread_mutex_unlock(&store->lock);
}

/* ---- removing ---- */

struct removal {
	const char *channel;
	sqlite3_int64 dropped;
};

static int remove_channel(struct connection *writer, void *arg)
{
	struct removal *removal = arg;
	struct channel_row row;
	bool found;
	int code = find_channel(writer, removal->channel, &row, &found);
	if (code != SQLITE_OK || !found || !row.last_seq)
		return code;
	code = drop_events(writer, row.id, row.last_seq, &removal->dropped);
	return code == SQLITE_OK ? keep_emptied(writer, row.id, (sqlite3_int64)time(NULL) * 1000, row.last_seq, removal->dropped) : code;
}

enum store_status store_sqlite_remove(struct store *base, const char *channel, uint64_t *removed)
{
	struct removal removal = { channel, 0 };
	enum store_status status = transaction((struct store_sqlite *)base, remove_channel, &removal);
	*removed = status == STORE_OK ? (uint64_t)removal.dropped : 0;
	return status;
}
