/*
 * Reading the SQLite store.
 *
 * The log is one table whose key is seq, so that "everything after a cursor" is one
 * range scan, over all channels (the hub of a worker) or, by the index, over one.
 */
#include "store/sqlite.h"

#include "base/stop.h"

#include <stdio.h>

/* What a reading statement does with each row; returns false to stop. */
typedef bool on_row(void *arg, sqlite3_stmt *row);

struct query {
	enum statement which;
	const char *channel;        /* ?1 when not NULL; numbers follow */
	sqlite3_int64 numbers[3];
	int numbers_count;
	on_row *row;
	void *arg;
};

static enum store_status run_held(struct store_sqlite *store, const struct query *query)
{
	struct connection *connection;
	enum store_status status = connection_take(store, &connection);
	if (status != STORE_OK)
		return status;

	sqlite3_stmt *statement = connection_statement(connection, query->which);
	int code = statement ? SQLITE_ROW : SQLITE_ERROR, parameter = 1;
	if (statement && query->channel)
		sqlite3_bind_text(statement, parameter++, query->channel, -1, SQLITE_STATIC);
	for (int i = 0; statement && i < query->numbers_count; i++)
		sqlite3_bind_int64(statement, parameter++, query->numbers[i]);
	while (code == SQLITE_ROW && (code = sqlite3_step(statement)) == SQLITE_ROW)
		if (!query->row(query->arg, statement))
			break;
	status = sqlite_status(connection->db, code, "reading");
	sqlite3_reset(statement); /* ends the read transaction: the WAL must not be held back */
	connection_give(store, connection);
	return status;
}

static enum store_status run_query(struct store *base, const struct query *query)
{
	stop_hold();
	enum store_status status = run_held((struct store_sqlite *)base, query);
	stop_release();
	return status;
}

struct event_visit {
	store_visit *visit;
	void *arg;
};

static bool event_row(void *arg, sqlite3_stmt *row)
{
	struct event_visit *to = arg;
	struct event event = {
		.seq = (uint64_t)sqlite3_column_int64(row, 0),
		.ordinal = (uint64_t)sqlite3_column_int64(row, 1),
		.time_ms = sqlite3_column_int64(row, 2),
		.channel = (const char *)sqlite3_column_text(row, 3),
		.name = (const char *)sqlite3_column_text(row, 4),
		.values = (const char *)sqlite3_column_text(row, 5),
		.values_bytes = (size_t)sqlite3_column_bytes(row, 5),
		.fragment = (const char *)sqlite3_column_text(row, 6),
		.fragment_bytes = (size_t)sqlite3_column_bytes(row, 6),
		.after_end = sqlite3_column_int(row, 7) != 0,
	};
	return to->visit(to->arg, &event);
}

enum store_status store_sqlite_read_all(struct store *store, uint64_t after, size_t limit, store_visit *visit, void *arg)
{
	struct event_visit to = { visit, arg };
	return run_query(store, &(struct query){ SQL_READ_ALL, NULL, { (sqlite3_int64)after, (sqlite3_int64)limit }, 2, event_row, &to });
}

enum store_status store_sqlite_read(struct store *store, const char *channel, uint64_t after, uint64_t upto,
				      size_t limit, store_visit *visit, void *arg)
{
	struct event_visit to = { visit, arg };
	return run_query(store, &(struct query){ SQL_READ, channel,
		{ (sqlite3_int64)after, (sqlite3_int64)upto, (sqlite3_int64)limit }, 3, event_row, &to });
}

enum store_status store_sqlite_read_last(struct store *store, const char *channel, uint64_t after, uint64_t upto,
				   size_t count, store_visit *visit, void *arg)
{
	struct event_visit to = { visit, arg };
	if (count == 0)
		return STORE_OK;
	return run_query(store, &(struct query){ SQL_READ_LAST, channel,
		{ (sqlite3_int64)after, (sqlite3_int64)upto, (sqlite3_int64)count }, 3, event_row, &to });
}

static bool number_row(void *arg, sqlite3_stmt *row)
{
	*(uint64_t *)arg = (uint64_t)sqlite3_column_int64(row, 0);
	return false;
}

enum store_status store_sqlite_head(struct store *store, uint64_t *seq)
{
	return run_query(store, &(struct query){ .which = SQL_HEAD, .row = number_row, .arg = seq });
}

static bool place_row(void *arg, sqlite3_stmt *row)
{
	struct store_place *place = arg;
	place->seq = (uint64_t)sqlite3_column_int64(row, 0);
	place->ordinal = (uint64_t)sqlite3_column_int64(row, 1);
	return false;
}

enum store_status store_sqlite_next(struct store *store, const char *channel, uint64_t after, uint64_t upto, struct store_place *first)
{
	*first = (struct store_place){ 0, 0 };
	return run_query(store, &(struct query){ SQL_NEXT, channel, { (sqlite3_int64)after, (sqlite3_int64)upto }, 2, place_row, first });
}

enum store_status store_sqlite_border(struct store *store, const char *channel, uint64_t upto, uint64_t *seq)
{
	*seq = 0;
	return run_query(store, &(struct query){ SQL_BORDER, channel, { (sqlite3_int64)upto }, 1, number_row, seq });
}

enum store_status store_sqlite_start(struct store *store, const char *channel, uint64_t upto, size_t count, bool of_run,
				     struct store_place *first)
{
	uint64_t border = 0;
	enum store_status status = STORE_OK;
	*first = (struct store_place){ 0, 0 };
	if (of_run && count > 1) /* the last event alone is always of the last run */
		status = store_sqlite_border(store, channel, upto, &border);
	if (status != STORE_OK)
		return status;
	return run_query(store, &(struct query){ SQL_START, channel,
		{ (sqlite3_int64)border, (sqlite3_int64)upto, (sqlite3_int64)count - 1 }, 3, place_row, first });
}

static bool span_row(void *arg, sqlite3_stmt *row)
{
	struct store_span *span = arg;
	*span = (struct store_span){
		.trimmed = (uint64_t)sqlite3_column_int64(row, 0),
		.last = (uint64_t)sqlite3_column_int64(row, 1),
		.count = (uint64_t)sqlite3_column_int64(row, 2),
		.ordinal = (uint64_t)sqlite3_column_int64(row, 3),
		.time_ms = sqlite3_column_int64(row, 4),
	};
	snprintf(span->name, sizeof span->name, "%s", (const char *)sqlite3_column_text(row, 5));
	return true;
}

enum store_status store_sqlite_span(struct store *store, const char *channel, struct store_span *span)
{
	*span = (struct store_span){ .trimmed = UINT64_MAX };
	enum store_status status = run_query(store, &(struct query){ .which = SQL_SPAN, .channel = channel, .row = span_row, .arg = span });
	if (status == STORE_OK && span->trimmed == UINT64_MAX) { /* no such channel: what was removed covers it */
		span->trimmed = 0;
		status = run_query(store, &(struct query){ .which = SQL_FORGOTTEN, .row = number_row, .arg = &span->trimmed });
	}
	return status;
}

struct channels_visit {
	store_channel_visit *visit;
	void *arg;
};

static bool channel_row(void *arg, sqlite3_stmt *row)
{
	struct channels_visit *to = arg;
	struct store_span span;
	span_row(&span, row);
	return to->visit(to->arg, (const char *)sqlite3_column_text(row, 6), &span);
}

enum store_status store_sqlite_channels(struct store *store, store_channel_visit *visit, void *arg)
{
	struct channels_visit to = { visit, arg };
	return run_query(store, &(struct query){ .which = SQL_CHANNELS, .row = channel_row, .arg = &to });
}
