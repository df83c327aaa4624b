/*
 * Appending to the SQLite store, and its retention.
 *
 * Group commit: the first thread that finds nobody writing becomes the leader and commits
 * whatever has gathered, its own append and others', in one transaction; the others sleep
 * until it is done. Under load the batches grow by themselves; alone, an append waits for nobody.
 *
 * Retention is trimmed as it appends: by count in the channel that grew, by age in
 * whichever channel's oldest event is due (channel.expires_ms is indexed).
 */
#include "store_sqlite.h"

#include "log.h"

#include <string.h>

enum {
	COMMIT_ENTRIES_MAX = 4096, /* of one transaction: its writer's lock is held for milliseconds at most */
	EXPIRED_CHANNELS_MAX = 8,  /* looked at in one commit, so that no publisher pays for all */
};

/* One store_append(), waiting for its commit. Lives on its caller's stack. */
struct commit {
	struct store_entry *entries;
	size_t n;
	enum store_status status;
	bool done;
	pthread_cond_t turn; /* done, or to lead the next commit */
	struct commit *next;
};

/* A channel while an append changes it. */
struct channel_row {
	sqlite3_int64 id, keep, keep_ms;
	sqlite3_int64 last, first; /* ordinals; 0 and 1 while it holds nothing */
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
			sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1), sqlite3_column_int64(statement, 2),
			sqlite3_column_int64(statement, 3), sqlite3_column_int64(statement, 4),
		};
	return sqlite3_reset(statement);
}

static int find_or_add_channel(struct connection *writer, const struct store_entry *entry, struct channel_row *row)
{
	bool found;
	int code = find_channel(writer, entry->channel, row, &found);
	if (code != SQLITE_OK || found)
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
static int trim_by_count(struct connection *writer, const struct channel_row *row, sqlite3_int64 keep)
{
	sqlite3_int64 count = row->last - row->first + 1, slack = keep >= 1000 ? keep / 100 : 0, dropped;
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
	return code == SQLITE_OK ? run_numbers(writer, SQL_SET_TRIMMED, 2, (sqlite3_int64[]){ row->id, upto }) : code;
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

static int append_entry(struct connection *writer, struct store_entry *entry, uint64_t seq)
{
	struct channel_row row;
	int code = find_or_add_channel(writer, entry, &row);
	if (code != SQLITE_OK)
		return code;
	entry->seq = seq;
	row.last++;
	if (row.keep != entry->keep || row.keep_ms != entry->keep_ms)
		code = run_numbers(writer, SQL_SET_RETENTION, 3, (sqlite3_int64[]){ row.id, entry->keep, entry->keep_ms });
	if (code == SQLITE_OK)
		code = add_event(writer, &row, entry);
	return code == SQLITE_OK ? trim_by_count(writer, &row, entry->keep) : code;
}

/* ---- age ---- */

static int forget_channel(struct connection *writer, sqlite3_int64 id, sqlite3_int64 last)
{
	int code = run_numbers(writer, SQL_DROP_CHANNEL, 1, &id);
	return code == SQLITE_OK ? run_numbers(writer, SQL_SET_FORGOTTEN, 1, &last) : code;
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

/* Trims the channel whose oldest event is due soonest. *more is false when none is due. */
static int trim_by_age(struct connection *writer, sqlite3_int64 now_ms, bool *more)
{
	sqlite3_stmt *statement = connection_statement(writer, SQL_EXPIRED);
	sqlite3_int64 id, keep_ms, last, upto, expires_ms, dropped;
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_int64(statement, 1, now_ms);
	*more = sqlite3_step(statement) == SQLITE_ROW;
	id = sqlite3_column_int64(statement, 0);
	keep_ms = sqlite3_column_int64(statement, 1);
	last = sqlite3_column_int64(statement, 2);
	int code = sqlite3_reset(statement);
	if (!*more || code != SQLITE_OK)
		return code;

	code = find_age_limit(writer, id, keep_ms, now_ms, &upto, &expires_ms);
	if (code == SQLITE_OK && upto)
		code = drop_events(writer, id, upto, &dropped);
	if (code != SQLITE_OK)
		return code;
	if (upto == last)
		return forget_channel(writer, id, last);
	return run_numbers(writer, SQL_SET_AGE, 3, (sqlite3_int64[]){ id, expires_ms, upto });
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

static int write_commits(struct connection *writer, struct commit *commits, uint32_t *rings)
{
	sqlite3_int64 head = 0, now_ms = 0;
	bool more = true;
	int code = read_head(writer, &head);
	for (struct commit *commit = commits; commit && code == SQLITE_OK; commit = commit->next)
		for (size_t i = 0; i < commit->n && code == SQLITE_OK; i++) {
			code = append_entry(writer, &commit->entries[i], (uint64_t)++head);
			*rings |= wake_mask(commit->entries[i].channel);
			if (commit->entries[i].time_ms > now_ms)
				now_ms = commit->entries[i].time_ms;
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

static enum store_status ready_writer(struct store_sqlite *store)
{
	return store->writer ? STORE_OK : connection_open(store, &store->writer);
}

static enum store_status commit_all(struct store_sqlite *store, struct commit *commits)
{
	uint32_t rings = 0;
	enum store_status status = ready_writer(store);
	if (status != STORE_OK)
		return status;
	int code = connection_run(connection_statement(store->writer, SQL_BEGIN));
	if (code != SQLITE_OK)
		return sqlite_status(store->writer->db, code, "writing to");
	status = end_transaction(store->writer, write_commits(store->writer, commits, &rings));
	if (status == STORE_OK)
		wake_ring(store->wake, rings);
	return status;
}

/* ---- group commit ---- */

/* Takes what has gathered, up to the bound; called with the lock held. */
static struct commit *take_waiting(struct store_sqlite *store)
{
	struct commit *first = store->waiting, **last = &store->waiting;
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

/* Nobody writes any more: the first that waits may lead, and whoever wants the writer for itself is told. */
static void end_writing(struct store_sqlite *store)
{
	store->writing = false;
	if (store->waiting)
		pthread_cond_signal(&store->waiting->turn);
	pthread_cond_broadcast(&store->written);
}

static void lead_commit(struct store_sqlite *store)
{
	struct commit *commits = take_waiting(store);
	store->writing = true;
	pthread_mutex_unlock(&store->lock);
	enum store_status status = commit_all(store, commits);
	pthread_mutex_lock(&store->lock);
	while (commits) {
		struct commit *next = commits->next; /* its caller may return as soon as the lock is free */
		commits->status = status;
		commits->done = true;
		pthread_cond_signal(&commits->turn);
		commits = next;
	}
	end_writing(store);
}

enum store_status store_sqlite_append(struct store *base, struct store_entry *entries, size_t n)
{
	struct store_sqlite *store = (struct store_sqlite *)base;
	struct commit commit = { entries, n, STORE_OK, false, PTHREAD_COND_INITIALIZER, NULL };
	if (n == 0)
		return STORE_OK;
	pthread_mutex_lock(&store->lock);
	*store->waiting_end = &commit;
	store->waiting_end = &commit.next;
	while (!commit.done) {
		if (store->writing)
			pthread_cond_wait(&commit.turn, &store->lock);
		else
			lead_commit(store);
	}
	pthread_mutex_unlock(&store->lock);
	pthread_cond_destroy(&commit.turn);
	return commit.status;
}

static int remove_channel(struct connection *writer, const char *channel, uint64_t *removed)
{
	struct channel_row row;
	bool found;
	sqlite3_int64 head = 0, dropped = 0;
	int code = find_channel(writer, channel, &row, &found);
	if (code != SQLITE_OK || !found)
		return code;
	if ((code = read_head(writer, &head)) != SQLITE_OK || (code = drop_events(writer, row.id, head, &dropped)) != SQLITE_OK)
		return code;
	*removed = (uint64_t)dropped;
	return forget_channel(writer, row.id, head);
}

enum store_status store_sqlite_remove(struct store *base, const char *channel, uint64_t *removed)
{
	struct store_sqlite *store = (struct store_sqlite *)base;
	*removed = 0;
	pthread_mutex_lock(&store->lock);
	while (store->writing)
		pthread_cond_wait(&store->written, &store->lock);
	store->writing = true;
	pthread_mutex_unlock(&store->lock);

	enum store_status status = ready_writer(store);
	if (status == STORE_OK) {
		int code = connection_run(connection_statement(store->writer, SQL_BEGIN));
		status = code == SQLITE_OK ? end_transaction(store->writer, remove_channel(store->writer, channel, removed))
					   : sqlite_status(store->writer->db, code, "writing to");
	}
	pthread_mutex_lock(&store->lock);
	end_writing(store);
	pthread_mutex_unlock(&store->lock);
	return status;
}
