/*
 * What every store backend promises: one suite, run over each row of `backends`.
 */
#include "store.h"
#include "suite.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name;
	enum store_status (*open)(const char *, const struct store_options *, struct store **);
} backends[] = {
	{ "sqlite", store_sqlite_open },
};

enum { BACKENDS = sizeof backends / sizeof *backends, DAY_MS = 24 * 60 * 60 * 1000 };

static char *folder;
static struct store *store;

static struct store *open_store(int backend)
{
	struct store *opened = NULL;
	ck_assert_int_eq(backends[backend].open(folder, &(struct store_options){ 0 }, &opened), STORE_OK);
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

static struct store_entry entry_of(const char *channel, const char *text, int64_t time_ms, uint32_t keep)
{
	return (struct store_entry){
		.channel = channel, .name = "event", .time_ms = time_ms, .values = "{}", .values_bytes = 2,
		.fragment = text, .fragment_bytes = strlen(text), .keep = keep, .keep_ms = 7 * (int64_t)DAY_MS,
	};
}

static uint64_t append_at(const char *channel, const char *text, int64_t time_ms, uint32_t keep)
{
	struct store_entry entry = entry_of(channel, text, time_ms, keep);
	ck_assert_int_eq(store_append(store, &entry, 1), STORE_OK);
	return entry.seq;
}

static uint64_t append(const char *channel, const char *text)
{
	return append_at(channel, text, 1000, 100);
}

struct log {
	char text[4096];
	uint64_t last, count;
};

static bool note(void *arg, const struct event *event)
{
	struct log *log = arg;
	ck_assert_uint_gt(event->seq, log->last);
	log->last = event->seq;
	log->count++;
	size_t n = strlen(log->text);
	snprintf(log->text + n, sizeof log->text - n, "%s:%.*s ", event->channel, (int)event->fragment_bytes, event->fragment);
	return true;
}

static void all_is(uint64_t after, const char *expected)
{
	struct log log = { "", after, 0 };
	ck_assert_int_eq(store_read_all(store, after, 1000, note, &log), STORE_OK);
	ck_assert_str_eq(log.text, expected);
}

static void channel_is(const char *channel, uint64_t after, const char *expected)
{
	struct log log = { "", after, 0 };
	ck_assert_int_eq(store_read(store, channel, after, UINT64_MAX >> 1, 1000, note, &log), STORE_OK);
	ck_assert_str_eq(log.text, expected);
}

START_TEST(seq_grows_by_one_over_all_channels)
{
	store = open_store(_i);
	ck_assert_uint_eq(append("a", "1"), 1);
	ck_assert_uint_eq(append("b", "2"), 2);
	ck_assert_uint_eq(append("a", "3"), 3);
	all_is(0, "a:1 b:2 a:3 ");
	all_is(2, "a:3 ");
	channel_is("a", 1, "a:3 ");
	channel_is("nobody", 0, "");
}
END_TEST

START_TEST(seq_is_never_reused_after_trimming_or_removing)
{
	uint64_t removed;
	store = open_store(_i);
	append("a", "1");
	append("a", "2");
	ck_assert_int_eq(store_remove(store, "a", &removed), STORE_OK);
	ck_assert_uint_eq(removed, 2);
	store_close(store);
	store = open_store(_i);
	ck_assert_uint_eq(append("a", "3"), 3);
	all_is(0, "a:3 ");
}
END_TEST

START_TEST(epoch_stays_with_the_store_and_differs_between_stores)
{
	char epoch[32];
	store = open_store(_i);
	strcpy(epoch, store_epoch(store));
	ck_assert_uint_ge(strlen(epoch), 4);
	store_close(store);
	store = open_store(_i);
	ck_assert_str_eq(store_epoch(store), epoch);
	store_close(store);
	folder_remove(folder);
	folder = folder_new();
	store = open_store(_i);
	ck_assert_str_ne(store_epoch(store), epoch);
}
END_TEST

START_TEST(an_append_of_many_is_one)
{
	struct store_entry entries[] = { entry_of("a", "1", 1, 9), entry_of("b", "2", 1, 9), entry_of("a", "3", 1, 9) };
	store = open_store(_i);
	ck_assert_int_eq(store_append(store, entries, 3), STORE_OK);
	ck_assert_uint_eq(entries[0].seq, 1);
	ck_assert_uint_eq(entries[2].seq, 3);
	all_is(0, "a:1 b:2 a:3 ");
}
END_TEST

START_TEST(retention_by_count_keeps_the_latest)
{
	char text[8];
	struct store_span span;
	store = open_store(_i);
	append("other", "x");
	for (int i = 1; i <= 12; i++) {
		snprintf(text, sizeof text, "%d", i);
		append_at("a", text, 1000, 3);
	}
	channel_is("a", 0, "a:10 a:11 a:12 ");
	channel_is("other", 0, "other:x ");
	ck_assert_int_eq(store_span(store, "a", &span), STORE_OK);
	ck_assert_uint_eq(span.count, 3);
	ck_assert_uint_eq(span.ordinal, 12);
	ck_assert_uint_eq(span.last, 13);
	ck_assert_uint_eq(span.trimmed, 10);
}
END_TEST

START_TEST(retention_by_age_reaches_channels_nobody_publishes_to)
{
	struct store_span span;
	store = open_store(_i);
	append_at("old", "1", 1000, 9);
	append_at("old", "2", 5 * (int64_t)DAY_MS, 9);
	append_at("gone", "3", 1000, 9);
	append_at("new", "4", 8 * (int64_t)DAY_MS, 9);
	channel_is("old", 0, "old:2 ");
	channel_is("gone", 0, "");
	ck_assert_int_eq(store_span(store, "old", &span), STORE_OK);
	ck_assert_uint_eq(span.trimmed, 1);
	ck_assert_uint_eq(span.count, 1);
	ck_assert_int_eq(store_span(store, "gone", &span), STORE_OK);
	ck_assert_uint_ge(span.trimmed, 3); /* a reader that had seen nothing is told so */
	ck_assert_uint_eq(span.count, 0);
}
END_TEST

START_TEST(a_removed_channel_that_comes_back_knows_that_it_lost_events)
{
	struct store_span span;
	uint64_t removed;
	store = open_store(_i);
	append("a", "1");
	append("a", "2");
	store_remove(store, "a", &removed);
	append("a", "3");
	ck_assert_int_eq(store_span(store, "a", &span), STORE_OK);
	ck_assert_uint_ge(span.trimmed, 2);
	ck_assert_uint_lt(span.trimmed, 3);
	ck_assert_uint_eq(span.count, 1);
}
END_TEST

START_TEST(the_last_of_a_channel_come_in_order)
{
	char text[8];
	struct log log = { "", 0, 0 };
	store = open_store(_i);
	for (int i = 1; i <= 9; i++) {
		snprintf(text, sizeof text, "%d", i);
		append(i % 2 ? "a" : "b", text);
	}
	ck_assert_int_eq(store_read_last(store, "a", 0, 8, 2, note, &log), STORE_OK);
	ck_assert_str_eq(log.text, "a:5 a:7 ");
	log = (struct log){ "", 0, 0 };
	ck_assert_int_eq(store_read_last(store, "a", 7, 99, 5, note, &log), STORE_OK);
	ck_assert_str_eq(log.text, "a:9 ");
	log = (struct log){ "", 0, 0 };
	ck_assert_int_eq(store_read_last(store, "a", 0, 99, 0, note, &log), STORE_OK);
	ck_assert_str_eq(log.text, "");
}
END_TEST

START_TEST(text_comes_back_byte_for_byte)
{
	const char *text = "<p>\r\n'; DROP TABLE event; -- \xf0\x9f\x98\x80</p>";
	store = open_store(_i);
	append("it's", text);
	struct log log = { "", 0, 0 };
	store_read_all(store, 0, 9, note, &log);
	ck_assert_ptr_nonnull(strstr(log.text, text));
}
END_TEST

static bool count_channels(void *arg, const char *channel, const struct store_span *span)
{
	ck_assert_uint_gt(span->count, 0);
	ck_assert_ptr_nonnull(channel);
	++*(int *)arg;
	return true;
}

START_TEST(channels_are_listed_while_they_hold_events)
{
	int n = 0;
	uint64_t removed;
	store = open_store(_i);
	append("a", "1");
	append("b", "2");
	store_remove(store, "a", &removed);
	ck_assert_int_eq(store_channels(store, count_channels, &n), STORE_OK);
	ck_assert_int_eq(n, 1);
}
END_TEST

/* ---- many at once ---- */

enum { WRITERS = 4, EACH = 250 };

static void *append_many(void *arg)
{
	char text[32];
	for (int i = 0; i < EACH; i++) {
		snprintf(text, sizeof text, "%d", i);
		struct store_entry entry = entry_of(arg, text, 1000, 100000);
		if (store_append(store, &entry, 1) != STORE_OK)
			return arg;
	}
	return NULL;
}

static bool in_order(void *arg, const struct event *event)
{
	int *next = arg;
	char text[32];
	snprintf(text, sizeof text, "%d", *next);
	ck_assert_uint_eq(event->fragment_bytes, strlen(text));
	ck_assert_int_eq(memcmp(event->fragment, text, strlen(text)), 0);
	++*next;
	return true;
}

START_TEST(threads_append_at_once_and_lose_nothing)
{
	pthread_t threads[WRITERS];
	const char *names[WRITERS] = { "a", "b", "c", "d" };
	store = open_store(_i);
	for (int i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, append_many, (void *)names[i]);
	for (int i = 0; i < WRITERS; i++) {
		void *failed;
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	for (int i = 0; i < WRITERS; i++) {
		int next = 0;
		store_read(store, names[i], 0, 1 << 30, 100000, in_order, &next);
		ck_assert_int_eq(next, EACH);
	}
	uint64_t head;
	store_head(store, &head);
	ck_assert_uint_eq(head, WRITERS * EACH);
}
END_TEST

static pid_t fork_writer(int backend, const char *channel)
{
	pid_t pid = fork();
	if (pid == 0) {
		store = open_store(backend);
		_exit(append_many((void *)channel) ? 1 : 0);
	}
	return pid;
}

START_TEST(processes_append_at_once_and_lose_nothing)
{
	pid_t pids[WRITERS];
	const char *names[WRITERS] = { "a", "b", "c", "d" };
	for (int i = 0; i < WRITERS; i++)
		pids[i] = fork_writer(_i, names[i]); /* the first to come make the store */
	for (int i = 0; i < WRITERS; i++) {
		int status;
		waitpid(pids[i], &status, 0);
		ck_assert_int_eq(status, 0);
	}
	store = open_store(_i);
	for (int i = 0; i < WRITERS; i++) {
		int next = 0;
		store_read(store, names[i], 0, 1 << 30, 100000, in_order, &next);
		ck_assert_int_eq(next, EACH);
	}
}
END_TEST

/* A writer says each seq that it was promised; after the kill every one of them must be there. */
static void append_and_tell(int backend, int fd)
{
	store = open_store(backend);
	for (int i = 0;; i++) {
		char text[32];
		snprintf(text, sizeof text, "%d", i);
		struct store_entry entry = entry_of("a", text, 1000, 1000000);
		if (store_append(store, &entry, 1) != STORE_OK || write(fd, &i, sizeof i) != sizeof i)
			_exit(1);
	}
}

START_TEST(a_writer_killed_at_any_moment_leaves_all_it_was_promised)
{
	int told = -1, next = 0;
	for (int round = 0; round < 8; round++) {
		int pipes[2], last;
		folder_remove(folder);
		folder = folder_new();
		ck_assert_int_eq(pipe(pipes), 0);
		pid_t pid = fork();
		if (pid == 0)
			append_and_tell(_i, pipes[1]);
		close(pipes[1]);
		usleep(20000 + (useconds_t)round * 3700);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		for (told = -1; read(pipes[0], &last, sizeof last) == sizeof last;)
			told = last;
		close(pipes[0]);
		store = open_store(_i);
		next = 0;
		store_read(store, "a", 0, 1 << 30, 10000000, in_order, &next);
		ck_assert_int_ge(next, told + 1);
		ck_assert_uint_gt(append("a", "after"), 0);
		store_close(store);
		store = NULL;
	}
}
END_TEST

/* ---- the bell ---- */

static bool rings_within(int fd, int ms)
{
	struct pollfd poll_fd = { fd, POLLIN, 0 };
	return poll(&poll_fd, 1, ms) == 1;
}

START_TEST(an_append_of_another_process_rings)
{
	store = open_store(_i);
	int fd = store_listen(store, store_interest("a"));
	ck_assert_int_ge(fd, 0);
	usleep(50000);
	store_quiet(store);
	ck_assert(!store_rang(store));
	ck_assert(!rings_within(fd, 50));
	pid_t pid = fork();
	if (pid == 0) {
		struct store_entry entry = entry_of("a", "x", 1, 9);
		struct store *own = open_store(_i);
		_exit(store_append(own, &entry, 1) == STORE_OK ? 0 : 1);
	}
	ck_assert(rings_within(fd, 3000));
	ck_assert(store_rang(store));
	waitpid(pid, NULL, 0);
	all_is(0, "a:x ");
}
END_TEST

/* ---- what can go wrong ---- */

START_TEST(a_missing_directory_is_no_store)
{
	struct store *none = NULL;
	char path[256];
	snprintf(path, sizeof path, "%s/nowhere", folder);
	ck_assert_int_eq(backends[_i].open(path, &(struct store_options){ 0 }, &none), STORE_MISSING);
	ck_assert_ptr_null(none);
}
END_TEST

START_TEST(a_file_of_something_else_is_refused_and_left_alone)
{
	struct store *none = NULL;
	char path[256], back[64] = "";
	const char *text = "this is somebody's letter, not a database at all.";
	snprintf(path, sizeof path, "%s/events.db", folder);
	FILE *file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
	ck_assert_int_eq(backends[_i].open(folder, &(struct store_options){ 0 }, &none), STORE_DAMAGED);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(fgets(back, sizeof back, file));
	fclose(file);
	ck_assert_str_eq(back, text);
}
END_TEST

START_TEST(files_take_the_directorys_permissions)
{
	struct stat info;
	char path[256];
	chmod(folder, 0770);
	store = open_store(_i);
	append("a", "1");
	static const char *const names[] = { "events.db", "events.db-wal", "bell" };
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		ck_assert_msg(stat(path, &info) == 0, "%s", path);
		ck_assert_int_eq(info.st_mode & 0777, 0660);
	}
}
END_TEST

static void add(TCase *tc, const TTest *test)
{
	tcase_add_loop_test(tc, test, 0, BACKENDS);
}

static Suite *store_suite(void)
{
	Suite *suite = suite_create("store");
	TCase *tc = tcase_create("store");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	add(tc, seq_grows_by_one_over_all_channels);
	add(tc, seq_is_never_reused_after_trimming_or_removing);
	add(tc, epoch_stays_with_the_store_and_differs_between_stores);
	add(tc, an_append_of_many_is_one);
	add(tc, retention_by_count_keeps_the_latest);
	add(tc, retention_by_age_reaches_channels_nobody_publishes_to);
	add(tc, a_removed_channel_that_comes_back_knows_that_it_lost_events);
	add(tc, the_last_of_a_channel_come_in_order);
	add(tc, text_comes_back_byte_for_byte);
	add(tc, channels_are_listed_while_they_hold_events);
	add(tc, threads_append_at_once_and_lose_nothing);
	add(tc, processes_append_at_once_and_lose_nothing);
	add(tc, a_writer_killed_at_any_moment_leaves_all_it_was_promised);
	add(tc, an_append_of_another_process_rings);
	add(tc, a_missing_directory_is_no_store);
	add(tc, a_file_of_something_else_is_refused_and_left_alone);
	add(tc, files_take_the_directorys_permissions);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(store_suite)
