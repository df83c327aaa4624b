#include "store_fixture.h"

#include "store/sqlite.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	enum store_status (*open)(const char *, const struct store_options *, struct store **);
} backends[] = {
	{ "sqlite", store_sqlite_open },
};

enum { BACKENDS = sizeof backends / sizeof *backends };

char *folder;
struct store *store;

struct store_moment moment;

static void tell_moment(struct store_moment *now)
{
	*now = moment;
}

enum store_status try_to_open(int backend, const char *directory, struct store **opened)
{
	return backends[backend].open(directory, &(struct store_options){ .moment = tell_moment }, opened);
}

struct store *open_store(int backend)
{
	struct store *opened = NULL;
	ck_assert_int_eq(try_to_open(backend, folder, &opened), STORE_OK);
	return opened;
}

static void setup(void)
{
	folder = folder_new();
}

static void teardown(void)
{
	store_close(store);
	store = NULL;
	folder_remove(folder);
}

struct store_entry entry_of(const char *channel, const char *text, int64_t time_ms, uint32_t keep)
{
	return (struct store_entry){
		.channel = channel, .name = "event", .time_ms = time_ms, .values = "{}", .values_bytes = 2,
		.fragment = text, .fragment_bytes = strlen(text), .kind = channel, .keep = keep, .keep_ms = 7 * (int64_t)DAY_MS,
		.keep_set = true, .keep_ms_set = true,
	};
}

uint64_t append_at(const char *channel, const char *text, int64_t time_ms, uint32_t keep)
{
	struct store_entry entry = entry_of(channel, text, time_ms, keep);
	moment = (struct store_moment){ time_ms, time_ms, "boot" };
	ck_assert_int_eq(store_append(store, &entry, 1), STORE_OK);
	return entry.seq;
}

uint64_t append(const char *channel, const char *text)
{
	return append_at(channel, text, 1000, 100);
}

bool note(void *arg, const struct event *event)
{
	struct log *log = arg;
	ck_assert_uint_gt(event->seq, log->last);
	log->last = event->seq;
	log->count++;
	size_t n = strlen(log->text);
	snprintf(log->text + n, sizeof log->text - n, "%s:%.*s ", event->channel, (int)event->fragment_bytes, event->fragment);
	return true;
}

void all_is(uint64_t after, const char *expected)
{
	struct log log = { "", after, 0 };
	ck_assert_int_eq(store_read_all(store, after, 1000, note, &log), STORE_OK);
	ck_assert_str_eq(log.text, expected);
}

void channel_is(const char *channel, uint64_t after, const char *expected)
{
	struct log log = { "", after, 0 };
	ck_assert_int_eq(store_read(store, channel, after, UINT64_MAX >> 1, 1000, note, &log), STORE_OK);
	ck_assert_str_eq(log.text, expected);
}

TCase *store_case(const char *name)
{
	TCase *tc = tcase_create(name);
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	return tc;
}

void store_case_add(TCase *tc, const TTest *test)
{
	tcase_add_loop_test(tc, test, 0, BACKENDS);
}
