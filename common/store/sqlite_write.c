/*
 * Appending to the SQLite store, and its retention.
 *
 * Group commit: the first thread that finds nobody writing commits its own append, then
 * whatever has gathered meanwhile, in one transaction, and so on until nothing is left. The others leave
 * their append and go: no thread sleeps, and under load the batches grow by themselves.
 *
 * Retention is trimmed as it appends: by count in the channel that grew, by age in
 * whichever channel's oldest event is due (store_age.h; channel.oldest_ms is indexed by kind).
 */
#include "store/sqlite.h"

#include "base/log.h"
#include "store/reserve.h"
#include "store/witness.h"
#include "base/stop.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	COMMIT_ENTRIES_MAX = 4096, /* of one transaction: its writer's lock is held for milliseconds at most */
	EXPIRED_CHANNELS_MAX = 8,  /* looked at in one commit, so that no publisher pays for all */
	TIGHT_MAX = 50,            /* the same on a full disk, where there is little room for the log */
	DROPPED_MAX = 1000,        /* events of one channel in one commit; the rest is dropped by the next ones */
	LOOK_MS = 1000,            /* between two looks at the clocks */
};

/* A channel while appends change it: in one transaction the next one is often to the same. */
struct channel_row {
	const char *name; /* borrowed; NULL: none yet */
	sqlite3_int64 id;
	sqlite3_int64 last_seq;      /* when it was looked up; 0: it held nothing */
	sqlite3_int64 last, trimmed; /* ordinals */
	sqlite3_int64 kind, keep;
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
			.name = name, .id = sqlite3_column_int64(statement, 0), .last_seq = sqlite3_column_int64(statement, 1),
			.last = sqlite3_column_int64(statement, 2), .trimmed = sqlite3_column_int64(statement, 3),
		};
	return sqlite3_reset(statement);
}

/* ---- a kind's retention ---- */

/* What the store will keep: the site's word, else the most that any program's defaults said. */
static sqlite3_int64 settle(sqlite3_int64 there, bool *set, sqlite3_int64 said, bool said_by_site)
{
	if (said_by_site || (!*set && said > there)) {
		*set = said_by_site;
		return said;
	}
	return there;
}

struct kind_row {
	sqlite3_int64 id, keep, keep_ms;
	bool keep_set, keep_ms_set;
};

static int find_kind(struct connection *writer, const char *name, struct kind_row *row)
{
	sqlite3_stmt *statement = connection_statement(writer, SQL_FIND_KIND);
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	*row = (struct kind_row){ 0 };
	if (sqlite3_step(statement) == SQLITE_ROW)
		*row = (struct kind_row){
			sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1), sqlite3_column_int64(statement, 2),
			sqlite3_column_int(statement, 3), sqlite3_column_int(statement, 4),
		};
	return sqlite3_reset(statement);
}

static int write_kind(struct connection *writer, const char *name, const struct kind_row *row)
{
	sqlite3_stmt *statement = connection_statement(writer, SQL_SET_KIND);
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, row->keep);
	sqlite3_bind_int64(statement, 3, row->keep_ms);
	sqlite3_bind_int(statement, 4, row->keep_set);
	sqlite3_bind_int(statement, 5, row->keep_ms_set);
	return connection_run(statement);
}

static int settle_kind(struct connection *writer, const struct store_entry *entry, struct kind_row *row)
{
	int code = find_kind(writer, entry->kind, row);
	struct kind_row before = *row;
	row->keep = settle(row->keep, &row->keep_set, entry->keep, entry->keep_set);
	row->keep_ms = settle(row->keep_ms, &row->keep_ms_set, entry->keep_ms, entry->keep_ms_set);
	bool same = before.id && before.keep == row->keep && before.keep_ms == row->keep_ms &&
		    before.keep_set == row->keep_set && before.keep_ms_set == row->keep_ms_set;
	if (code != SQLITE_OK || same)
		return code;
	code = write_kind(writer, entry->kind, row);
	return code == SQLITE_OK && !before.id ? find_kind(writer, entry->kind, row) : code;
}

/* ---- appending ---- */

static int add_channel(struct connection *writer, const char *name, sqlite3_int64 kind, sqlite3_int64 age_ms)
{
	sqlite3_stmt *statement = connection_statement(writer, SQL_ADD_CHANNEL);
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, kind);
	sqlite3_bind_int64(statement, 3, age_ms);
	return connection_run(statement);
}

static int find_or_add_channel(struct connection *writer, const struct store_entry *entry, sqlite3_int64 age_ms, struct channel_row *row)
{
	bool found;
	struct kind_row kind;
	bool same = row->name && strcmp(row->name, entry->channel) == 0;
	int code = settle_kind(writer, entry, &kind);
	if (code == SQLITE_OK && !same)
		code = find_channel(writer, entry->channel, row, &found);
	if (code == SQLITE_OK && !same && !(found && row->last_seq)) {
		code = add_channel(writer, entry->channel, kind.id, age_ms);
		if (code == SQLITE_OK)
			code = find_channel(writer, entry->channel, row, &found);
	}
	row->keep = kind.keep;
	return code;
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
	if (slack > DROPPED_MAX)
		slack = DROPPED_MAX;
	if (count <= keep + slack)
		return SQLITE_OK;
	sqlite3_int64 drop = count - keep < DROPPED_MAX ? count - keep : DROPPED_MAX; /* the rest with the next appends */
	sqlite3_stmt *statement = connection_statement(writer, SQL_NTH_EVENT);
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_int64(statement, 1, row->id);
	sqlite3_bind_int64(statement, 2, drop - 1);
	sqlite3_int64 upto = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	int code = sqlite3_reset(statement);
	if (code == SQLITE_OK)
		code = drop_events(writer, row->id, upto, &dropped);
	if (code != SQLITE_OK)
		return code;
	row->trimmed += dropped;
	return run_numbers(writer, SQL_SET_TRIMMED, 3, (sqlite3_int64[]){ row->id, upto, dropped });
}

static int add_event(struct connection *writer, const struct channel_row *row, const struct store_entry *entry, sqlite3_int64 age_ms)
{
	sqlite3_stmt *statement = connection_statement(writer, SQL_ADD_EVENT);
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_int64(statement, 1, (sqlite3_int64)entry->seq);
	sqlite3_bind_int64(statement, 2, row->id);
	sqlite3_bind_int64(statement, 3, row->last);
	sqlite3_bind_int64(statement, 4, entry->time_ms);
	sqlite3_bind_int64(statement, 5, age_ms);
	sqlite3_bind_text(statement, 6, entry->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 7, entry->values, (int)entry->values_bytes, SQLITE_STATIC);
	sqlite3_bind_text(statement, 8, entry->fragment, (int)entry->fragment_bytes, SQLITE_STATIC);
	return connection_run(statement);
}

static int append_entry(struct connection *writer, sqlite3_int64 age_ms, struct channel_row *row, struct store_entry *entry, uint64_t seq)
{
	int code = find_or_add_channel(writer, entry, age_ms, row);
	if (code != SQLITE_OK)
		return code;
	entry->seq = seq;
	row->last++;
	code = add_event(writer, row, entry, age_ms);
	return code == SQLITE_OK ? trim_by_count(writer, row) : code;
}

/* ---- age ---- */

/* After its last event went: who comes back learns that from its row. */
static int keep_emptied(struct connection *writer, sqlite3_int64 id, sqlite3_int64 age_ms, sqlite3_int64 last_seq, sqlite3_int64 dropped)
{
	int code = run_numbers(writer, SQL_SET_EMPTY, 4, (sqlite3_int64[]){ id, age_ms, last_seq, dropped });
	return code == SQLITE_OK ? run_numbers(writer, SQL_SET_HEAD, 1, &last_seq) : code;
}

static int forget_channel(struct connection *writer, sqlite3_int64 id)
{
	int code = run_numbers(writer, SQL_SET_FORGOTTEN, 1, &id);
	return code == SQLITE_OK ? run_numbers(writer, SQL_DROP_CHANNEL, 1, &id) : code;
}

/*
 * The last seq that is too old, 0 when there is none, and at what age the one after it came. Of a thousand events at most:
 * what is left is due still.
 */
static int find_age_limit(struct connection *writer, sqlite3_int64 channel, sqlite3_int64 limit_ms, sqlite3_int64 *upto, sqlite3_int64 *oldest_ms)
{
	sqlite3_stmt *statement = connection_statement(writer, SQL_OLDEST);
	if (!statement)
		return SQLITE_ERROR;
	*upto = *oldest_ms = 0;
	sqlite3_bind_int64(statement, 1, channel);
	sqlite3_bind_int64(statement, 2, DROPPED_MAX);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		*oldest_ms = sqlite3_column_int64(statement, 1);
		if (*oldest_ms > limit_ms)
			break;
		*upto = sqlite3_column_int64(statement, 0);
	}
	return sqlite3_reset(statement);
}

/* Trims a channel that is due, or forgets it where nothing is left of it. *more is false when none is due. */
static int trim_by_age(struct connection *writer, sqlite3_int64 age_ms, bool *more)
{
	sqlite3_stmt *statement = connection_statement(writer, SQL_EXPIRED);
	sqlite3_int64 id, keep_ms, last_seq, upto, oldest_ms, dropped = 0;
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_int64(statement, 1, age_ms);
	*more = sqlite3_step(statement) == SQLITE_ROW;
	id = sqlite3_column_int64(statement, 0);
	keep_ms = sqlite3_column_int64(statement, 1);
	last_seq = sqlite3_column_int64(statement, 2);
	int code = sqlite3_reset(statement);
	if (!*more || code != SQLITE_OK)
		return code;
	if (!last_seq)
		return forget_channel(writer, id);

	code = find_age_limit(writer, id, age_ms - keep_ms, &upto, &oldest_ms);
	if (code == SQLITE_OK && upto)
		code = drop_events(writer, id, upto, &dropped);
	if (code != SQLITE_OK)
		return code;
	if (upto == last_seq)
		return keep_emptied(writer, id, age_ms, last_seq, dropped);
	return run_numbers(writer, SQL_SET_AGE, 4, (sqlite3_int64[]){ id, oldest_ms, upto, dropped });
}

static int read_age(struct connection *writer, struct store_age *age)
{
	sqlite3_stmt *statement = connection_statement(writer, SQL_CLOCK);
	if (!statement)
		return SQLITE_ERROR;
	if (sqlite3_step(statement) == SQLITE_ROW) {
		const char *boot = (const char *)sqlite3_column_text(statement, 3);
		*age = (struct store_age){ sqlite3_column_int64(statement, 0), { sqlite3_column_int64(statement, 1), sqlite3_column_int64(statement, 2), "" } };
		snprintf(age->at.boot, sizeof age->at.boot, "%s", boot ? boot : "");
	}
	return sqlite3_reset(statement);
}

static int write_age(struct connection *writer, const struct store_age *age)
{
	sqlite3_stmt *statement = connection_statement(writer, SQL_SET_CLOCK);
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_int64(statement, 1, age->age_ms);
	sqlite3_bind_int64(statement, 2, age->at.wall_ms);
	sqlite3_bind_int64(statement, 3, age->at.uptime_ms);
	sqlite3_bind_text(statement, 4, age->at.boot, -1, SQLITE_STATIC);
	return connection_run(statement);
}

/* The store's age now. The clocks are read once a second: that costs as much as a small commit. */
static int look_at_clock(struct store_sqlite *store, struct connection *writer, bool *looked)
{
	struct timespec coarse;
	struct store_moment now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &coarse);
	int64_t now_ms = (int64_t)coarse.tv_sec * 1000 + coarse.tv_nsec / 1000000;
	*looked = !store->looked_ms || now_ms - store->looked_ms >= LOOK_MS || store->options.moment != store_moment_now;
	if (!*looked)
		return SQLITE_OK;
	store->looked_ms = now_ms;
	store->options.moment(&now);
	int code = read_age(writer, &store->age);
	return code == SQLITE_OK && store_age_advance(&store->age, &now) ? write_age(writer, &store->age) : code;
}

static int trim_what_is_due(struct store_sqlite *store, struct connection *writer)
{
	int code = SQLITE_OK;
	store->expiring = true;
	for (int i = 0; i < EXPIRED_CHANNELS_MAX && store->expiring && code == SQLITE_OK; i++)
		code = trim_by_age(writer, store->age.age_ms, &store->expiring);
	return code;
}

/* ---- one transaction ---- */

static int read_head(struct store_sqlite *store, struct connection *writer, sqlite3_int64 *head)
{
	char epoch[sizeof store->epochs->name] = "";
	sqlite3_stmt *statement = connection_statement(writer, SQL_HEAD);
	if (!statement)
		return SQLITE_ERROR;
	if (sqlite3_step(statement) == SQLITE_ROW) {
		*head = sqlite3_column_int64(statement, 0);
		snprintf(epoch, sizeof epoch, "%s", (const char *)sqlite3_column_text(statement, 1));
	}
	int code = sqlite3_reset(statement);
	return code == SQLITE_OK ? store_sqlite_look_at_head(store, writer, (uint64_t)*head, epoch) : code;
}

/* What one commit takes along. */
struct gathered {
	struct store_sqlite *store;
	struct store_append *appends;
	uint32_t rings; /* out: who is to be woken */
};

static size_t bytes_of(const struct store_append *appends)
{
	size_t bytes = 0;
	for (; appends; appends = appends->next)
		for (size_t i = 0; i < appends->n; i++)
			bytes += appends->entries[i].values_bytes + appends->entries[i].fragment_bytes;
	return bytes;
}

static int write_gathered(struct connection *writer, void *arg)
{
	struct gathered *gathered = arg;
	struct store_sqlite *store = gathered->store;
	struct channel_row row = { 0 };
	sqlite3_int64 head = 0;
	bool looked = false;
	if (!store_sqlite_has_room(store, bytes_of(gathered->appends)))
		return SQLITE_FULL;
	int code = read_head(store, writer, &head);
	if (code == SQLITE_OK)
		code = look_at_clock(store, writer, &looked);
	for (struct store_append *append = gathered->appends; append && code == SQLITE_OK; append = append->next)
		for (size_t i = 0; i < append->n && code == SQLITE_OK; i++) {
			code = append_entry(writer, store->age.age_ms, &row, &append->entries[i], (uint64_t)++head);
			gathered->rings |= bell_mask(append->entries[i].channel);
		}
	if (code == SQLITE_OK)
		store->committed = (uint64_t)head;
	return code == SQLITE_OK && (looked || store->expiring) ? trim_what_is_due(store, writer) : code;
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
	enum store_status status = store_sqlite_stay_in_place(store);
	if (store->writer && (store->writer->ino != store->ino || store->writer->dev != store->dev)) {
		connection_close(store->writer);
		store->writer = NULL;
		store->looked_ms = 0;
	}
	if (status == STORE_OK && !store->writer)
		status = connection_take(store, &store->writer);
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

static void note_last(struct store_sqlite *store)
{
	if (store->witness_fd < 0)
		store->witness_fd = store_witness_open(store->directory);
	store_witness_write(store->witness_fd, store_epoch(&store->store), store->committed);
}

static void commit(struct store_sqlite *store, struct store_append *appends)
{
	struct gathered gathered = { store, appends, 0 };
	enum store_status status = transaction(store, write_gathered, &gathered);
	if (status == STORE_OK) {
		bell_ring(store->bell, gathered.rings);
		note_last(store);
	}
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
	struct store_sqlite *store;
	const char *channel;
	sqlite3_int64 upto;    /* the last event when it began; 0: not looked yet */
	sqlite3_int64 dropped;
	bool more;
	bool tight;            /* the disk is full: the reserve was given up for this */
};

/* The seq that ends the next part. */
static int find_part(struct connection *writer, const struct removal *removal, sqlite3_int64 channel, sqlite3_int64 *upto)
{
	sqlite3_stmt *statement = connection_statement(writer, SQL_NTH_EVENT);
	if (!statement)
		return SQLITE_ERROR;
	sqlite3_bind_int64(statement, 1, channel);
	sqlite3_bind_int64(statement, 2, (removal->tight ? TIGHT_MAX : DROPPED_MAX) - 1);
	*upto = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : removal->upto;
	if (*upto > removal->upto)
		*upto = removal->upto;
	return sqlite3_reset(statement);
}

static int remove_part(struct connection *writer, void *arg)
{
	struct removal *removal = arg;
	struct channel_row row;
	bool found, looked;
	sqlite3_int64 upto = 0, dropped = 0;
	int code = look_at_clock(removal->store, writer, &looked);
	if (code == SQLITE_OK)
		code = find_channel(writer, removal->channel, &row, &found);
	removal->more = false;
	if (code != SQLITE_OK || !found || !row.last_seq)
		return code;
	if (!removal->upto)
		removal->upto = row.last_seq;
	code = find_part(writer, removal, row.id, &upto);
	if (code == SQLITE_OK)
		code = drop_events(writer, row.id, upto, &dropped);
	removal->dropped += dropped;
	removal->more = upto < removal->upto;
	if (code != SQLITE_OK || dropped == 0)
		return code;
	if (upto == row.last_seq)
		return keep_emptied(writer, row.id, removal->store->age.age_ms, upto, dropped);
	return run_numbers(writer, SQL_SET_TRIMMED, 3, (sqlite3_int64[]){ row.id, upto, dropped });
}

/* One part. What was rolled back was not dropped. */
static enum store_status remove_next(struct removal *removal)
{
	sqlite3_int64 before = removal->dropped;
	enum store_status status = transaction(removal->store, remove_part, removal);
	if (status != STORE_OK)
		removal->dropped = before;
	if (removal->tight)
		store_sqlite_empty_log(removal->store);
	return status;
}

/*
 * In parts: a channel of a million events must not hold the writer's lock for a second. On a full disk the first try
 * fails; then the reserve is given up, and what the parts free makes it again.
 */
enum store_status store_sqlite_remove(struct store *base, const char *channel, uint64_t *removed)
{
	struct removal removal = { .store = (struct store_sqlite *)base, .channel = channel };
	const char *directory = removal.store->directory;
	enum store_status status;
	do {
		status = remove_next(&removal);
		if (status == STORE_FULL && !removal.tight && store_reserve_release(directory)) {
			removal.tight = true;
			store_sqlite_empty_log(removal.store);
			status = remove_next(&removal);
		}
	} while (status == STORE_OK && removal.more);
	if (status == STORE_OK && !store_sqlite_has_room(removal.store, 0))
		store_sqlite_empty_log(removal.store); /* the log's file may be the only room that there is */
	store_reserve_make(directory);
	*removed = status == STORE_OK ? (uint64_t)removal.dropped : 0;
	return status;
}
