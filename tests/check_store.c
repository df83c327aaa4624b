/*
 * What every store backend promises: one suite, run over each of them.
 */
#include "store_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

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
	append_at("gone", "2", 1000, 9);
	append_at("old", "3", 5 * (int64_t)DAY_MS, 9);
	append_at("new", "4", 8 * (int64_t)DAY_MS, 9);
	channel_is("old", 0, "old:3 ");
	channel_is("gone", 0, "");
	ck_assert_int_eq(store_span(store, "old", &span), STORE_OK);
	ck_assert_uint_eq(span.trimmed, 1);
	ck_assert_uint_eq(span.count, 1);
	ck_assert_int_eq(store_span(store, "gone", &span), STORE_OK);
	ck_assert_uint_eq(span.trimmed, 2); /* a reader that had seen nothing is told so */
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

/* Its readers know for a week what they lost; nobody else pays for it. */
START_TEST(a_channel_that_was_emptied_is_remembered_for_a_week)
{
	struct store_span span;
	uint64_t removed, head;
	int64_t now_ms = (int64_t)time(NULL) * 1000;
	store = open_store(_i);
	append_at("a", "1", now_ms, 9);
	append_at("a", "2", now_ms, 9);
	ck_assert_int_eq(store_remove(store, "a", &removed), STORE_OK);
	ck_assert_uint_eq(removed, 2);
	ck_assert_int_eq(store_remove(store, "a", &removed), STORE_OK);
	ck_assert_uint_eq(removed, 0);
	append_at("b", "3", now_ms + 6 * (int64_t)DAY_MS, 9);
	ck_assert_int_eq(store_span(store, "a", &span), STORE_OK);
	ck_assert_uint_eq(span.trimmed, 2);
	ck_assert_uint_eq(span.ordinal, 2);
	ck_assert_uint_eq(span.last, 0);
	ck_assert_uint_eq(span.count, 0);
	ck_assert_int_eq(store_span(store, "never", &span), STORE_OK);
	ck_assert_uint_eq(span.trimmed, 0);

	append_at("b", "4", now_ms + 8 * (int64_t)DAY_MS, 9);
	ck_assert_int_eq(store_span(store, "never", &span), STORE_OK);
	ck_assert_uint_eq(span.trimmed, 2);
	store_remove(store, "b", &removed);
	ck_assert_int_eq(store_head(store, &head), STORE_OK);
	ck_assert_uint_eq(head, 4);
}
END_TEST

START_TEST(a_channel_that_was_emptied_keeps_the_age_of_what_comes_then)
{
	uint64_t removed;
	int64_t now_ms = (int64_t)time(NULL) * 1000;
	store = open_store(_i);
	append_at("a", "1", now_ms, 9);
	store_remove(store, "a", &removed);
	append_at("a", "2", now_ms - 6 * (int64_t)DAY_MS, 9);
	channel_is("a", 0, "a:2 ");
	append_at("b", "3", now_ms + 2 * (int64_t)DAY_MS, 9);
	channel_is("a", 0, "");
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

/* Whatever took events away: a bound that shrinks or grows, their age, or both at once. */
START_TEST(a_channels_count_is_what_can_be_read)
{
	static const struct { int hours; uint32_t keep; } appends[] = {
		{ 0, 9 }, { 1, 9 }, { 2, 9 }, { 3, 9 }, { 4, 3 }, { 5, 3 }, { 6, 9 }, { 7, 9 },
		{ 24 * 7 + 5, 9 }, { 24 * 7 + 6, 2 }, { 24 * 7 + 7, 2 }, { 24 * 15, 9 }, { 24 * 15 + 1, 9 },
	};
	store = open_store(_i);
	for (size_t i = 0; i < sizeof appends / sizeof *appends; i++) {
		struct store_span span;
		struct log there = { 0 };
		append_at("a", "x", 1000 + appends[i].hours * (DAY_MS / 24), appends[i].keep);
		ck_assert_int_eq(store_read(store, "a", 0, UINT64_MAX >> 1, 100, note, &there), STORE_OK);
		ck_assert_int_eq(store_span(store, "a", &span), STORE_OK);
		ck_assert_msg(span.count == there.count, "after append %zu: %d, not %d", i, (int)span.count, (int)there.count);
		ck_assert_uint_eq(span.ordinal, i + 1);
	}
}
END_TEST

START_TEST(a_batch_is_trimmed_like_single_appends)
{
	struct store_entry entries[] = {
		entry_of("a", "1", 1, 3), entry_of("a", "2", 1, 3), entry_of("a", "3", 1, 3), entry_of("a", "4", 1, 3),
		entry_of("b", "5", 1, 9), entry_of("a", "6", 1, 2), entry_of("a", "7", 1, 4), entry_of("a", "8", 1, 4), entry_of("a", "9", 1, 4),
	};
	struct store_span span;
	store = open_store(_i);
	ck_assert_int_eq(store_append(store, entries, sizeof entries / sizeof *entries), STORE_OK);
	channel_is("a", 0, "a:6 a:7 a:8 a:9 ");
	ck_assert_int_eq(store_span(store, "a", &span), STORE_OK);
	ck_assert_uint_eq(span.count, 4);
	ck_assert_uint_eq(span.ordinal, 8);
	ck_assert_uint_eq(span.trimmed, 4);
	append_at("a", "10", 1, 4);
	channel_is("a", 0, "a:7 a:8 a:9 a:10 ");
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

/* ---- age, and clocks that are wrong ---- */

static uint64_t append_when(const char *channel, const char *text, double wall_days, double up_days, const char *boot)
{
	struct store_entry entry = entry_of(channel, text, 1000, 100000);
	moment = (struct store_moment){ (int64_t)(wall_days * DAY_MS), (int64_t)(up_days * DAY_MS), "" };
	strcpy(moment.boot, boot);
	ck_assert_int_eq(store_append(store, &entry, 1), STORE_OK);
	return entry.seq;
}

START_TEST(a_clock_that_jumps_ahead_and_back_costs_nobody_an_event)
{
	store = open_store(_i);
	append_when("a", "1", 100, 10, "x");
	append_when("b", "2", 140, 10.01, "x");
	append_when("b", "3", 100.02, 10.02, "x");
	append_when("b", "4", 10, 10.03, "x");
	append_when("b", "5", 100.04, 10.04, "x");
	channel_is("a", 0, "a:1 ");
	append_when("b", "6", 101, 11, "x"); /* a day by all clocks */
	append_when("b", "7", 141, 11.1, "x");
	channel_is("a", 0, "a:1 ");
}
END_TEST

/* Two of them, forty days apart, in turn for five days; then they agree, and age counts again. */
START_TEST(publishers_whose_clocks_differ_cost_nobody_an_event)
{
	store = open_store(_i);
	append_when("a", "1", 100, 10, "x");
	for (int i = 1; i < 60; i++)
		append_when("b", "x", (i % 2 ? 140 : 100) + i / 12., 10 + i / 12., "x");
	channel_is("a", 0, "a:1 ");
	append_when("b", "x", 105, 15, "x");
	append_when("b", "x", 113, 23, "x");
	channel_is("a", 0, "");
}
END_TEST

/* Ahead for a day in every program of the machine, and right again. */
START_TEST(a_machine_whose_clock_was_wrong_for_a_day_loses_nothing)
{
	store = open_store(_i);
	append_when("a", "1", 100, 10, "x");
	for (int i = 0; i < 24; i++)
		append_when("b", "x", 140 + i / 24., 10 + i / 24., "x");
	append_when("b", "x", 101, 11, "x");
	channel_is("a", 0, "a:1 ");
	append_when("b", "x", 108, 18, "x");
	channel_is("a", 0, "");
}
END_TEST

/* What counts is the time that a machine was up: a month in the cupboard makes no event older, eight days after it do. */
START_TEST(a_machine_that_was_off_ages_by_the_time_it_is_up)
{
	store = open_store(_i);
	append_when("a", "1", 100, 10, "x");
	append_when("b", "2", 130, 0.1, "y");
	channel_is("a", 0, "a:1 ");
	append_when("b", "3", 136.8, 6.9, "y");
	channel_is("a", 0, "a:1 ");
	append_when("b", "4", 137.1, 7.2, "y");
	channel_is("a", 0, "");
}
END_TEST

/* As where two containers have their own time since a start that they share. */
START_TEST(machines_that_were_up_for_different_times_cost_nobody_an_event)
{
	store = open_store(_i);
	append_when("a", "1", 100, 300, "x");
	append_when("b", "2", 100.1, 1, "x");
	append_when("b", "3", 100.2, 300.2, "x");
	append_when("b", "4", 100.3, 1.2, "x");
	channel_is("a", 0, "a:1 ");
}
END_TEST

static uint64_t count_of(const char *channel)
{
	struct store_span span;
	ck_assert_int_eq(store_span(store, channel, &span), STORE_OK);
	return span.count;
}

START_TEST(what_is_due_is_dropped_in_parts)
{
	uint64_t before = 2500;
	store = open_store(_i);
	for (int i = 0; i < 2500; i++)
		append_when("a", "x", 100, 10, "x");
	for (int i = 0; i < 20 && count_of("a"); i++) {
		append_when("b", "x", 110, 20, "x");
		ck_assert_uint_ge(count_of("a") + 8000, before); /* one commit, eight thousand events at most */
		before = count_of("a");
	}
	ck_assert_uint_eq(before, 0);
}
END_TEST

START_TEST(a_channel_of_many_events_is_removed_whole)
{
	uint64_t removed;
	store = open_store(_i);
	for (int i = 0; i < 2500; i++)
		append_when("a", "x", 100, 10, "x");
	append("b", "stays");
	ck_assert_int_eq(store_remove(store, "a", &removed), STORE_OK);
	ck_assert_uint_eq(removed, 2500);
	all_is(0, "b:stays ");
}
END_TEST

/* A command that has read no configuration comes with defaults: the site's word stands, in either direction. */
START_TEST(defaults_change_no_retention_that_the_site_set)
{
	struct store_entry site = entry_of("a", "x", 1000, 50), other = entry_of("a", "x", 1000, 3), more = entry_of("a", "x", 1000, 900);
	other.keep_set = other.keep_ms_set = more.keep_set = more.keep_ms_set = false;
	other.keep_ms = 1;
	store = open_store(_i);
	for (int i = 0; i < 60; i++)
		ck_assert_int_eq(store_append(store, &site, 1), STORE_OK);
	ck_assert_int_eq(store_append(store, &other, 1), STORE_OK);
	ck_assert_uint_eq(count_of("a"), 50);
	for (int i = 0; i < 60; i++)
		ck_assert_int_eq(store_append(store, &more, 1), STORE_OK);
	ck_assert_uint_eq(count_of("a"), 50);
	site.keep = 4;
	ck_assert_int_eq(store_append(store, &site, 1), STORE_OK);
	ck_assert_uint_eq(count_of("a"), 4);
}
END_TEST

START_TEST(defaults_never_lower_what_other_defaults_keep)
{
	struct store_entry more = entry_of("a", "x", 1000, 50), less = entry_of("a", "x", 1000, 3);
	less.keep_set = less.keep_ms_set = more.keep_set = more.keep_ms_set = false;
	store = open_store(_i);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(store_append(store, &more, 1), STORE_OK);
	ck_assert_int_eq(store_append(store, &less, 1), STORE_OK);
	ck_assert_uint_eq(count_of("a"), 21);
}
END_TEST

/* Another channel of the kind, to which the site itself never publishes. */
START_TEST(the_sites_word_is_for_all_channels_of_a_kind)
{
	struct store_entry site = entry_of("log/a", "x", 1000, 5), other = entry_of("log/b", "x", 1000, 3);
	site.kind = other.kind = "log";
	other.keep_set = other.keep_ms_set = false;
	store = open_store(_i);
	ck_assert_int_eq(store_append(store, &site, 1), STORE_OK);
	for (int i = 0; i < 9; i++)
		ck_assert_int_eq(store_append(store, &other, 1), STORE_OK);
	ck_assert_uint_eq(count_of("log/b"), 5);
}
END_TEST

/* ---- what can go wrong ---- */

START_TEST(a_missing_directory_is_no_store)
{
	struct store *none = NULL;
	char path[256];
	snprintf(path, sizeof path, "%s/nowhere", folder);
	ck_assert_int_eq(try_to_open(_i, path, &none), STORE_MISSING);
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
	ck_assert_int_eq(try_to_open(_i, folder, &none), STORE_DAMAGED);
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
	static const char *const names[] = { "events.db", "events.db-wal", "bells/00" };
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		ck_assert_msg(stat(path, &info) == 0, "%s", path);
		ck_assert_int_eq(info.st_mode & 0777, 0660);
	}
}
END_TEST

/* ---- what another member of the store's group may plant ---- */

enum plant { LINK, HARD_LINK, PIPE, DIRECTORY, SOCKET, PLANTS };

static char victim[256];

static void plant(enum plant plant, const char *name)
{
	char path[256];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(victim, sizeof victim, "%s/victim", folder);
	snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = open(victim, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ck_assert(fd >= 0 && write(fd, "precious", 8) == 8 && close(fd) == 0);
	if (plant == LINK)
		ck_assert_int_eq(symlink(victim, path), 0);
	else if (plant == HARD_LINK)
		ck_assert_int_eq(link(victim, path), 0);
	else if (plant == PIPE)
		ck_assert_int_eq(mkfifo(path, 0600), 0);
	else if (plant == DIRECTORY)
		ck_assert_int_eq(mkdir(path, 0700), 0);
	else {
		ck_assert_uint_lt(strlen(path), sizeof address.sun_path);
		memcpy(address.sun_path, path, strlen(path) + 1);
		ck_assert_int_eq(bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address), 0);
	}
}

static void victim_is_whole(void)
{
	char text[16] = "";
	struct stat info;
	int fd = open(victim, O_RDONLY);
	ck_assert_int_eq(read(fd, text, sizeof text), 8);
	ck_assert_int_eq(fstat(fd, &info), 0);
	ck_assert_int_eq(info.st_mode & 0777, 0600);
	ck_assert_str_eq(text, "precious");
	close(fd);
}

/* In the place of the database and of what SQLite opens beside it; nobody waits, and nothing is followed. */
START_TEST(nothing_that_is_planted_is_opened)
{
	static const char *const names[] = { "events.db", "events.db-wal", "events.db-shm" };
	chmod(folder, 0770);
	for (int i = 0; i < 3; i++)
		for (int kind = 0; kind < PLANTS; kind++) {
			struct store *none = NULL;
			char path[256];
			store_close(open_store(_i));
			snprintf(path, sizeof path, "%s/%s", folder, names[i]);
			unlink(path);
			plant((enum plant)kind, names[i]);
			enum store_status status = try_to_open(_i, folder, &none);
			ck_assert_msg(status == STORE_FOREIGN && !none, "%s planted as %d: %d", names[i], kind, status);
			victim_is_whole();
			folder_remove(folder);
			folder = folder_new();
			chmod(folder, 0770);
		}
}
END_TEST

START_TEST(a_process_without_descriptors_is_told_so)
{
	struct rlimit limit = { 3, 3 }, before;
	struct store *none = NULL;
	getrlimit(RLIMIT_NOFILE, &before);
	limit.rlim_max = before.rlim_max;
	store_close(open_store(_i));
	setrlimit(RLIMIT_NOFILE, &limit);
	enum store_status status = try_to_open(_i, folder, &none);
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_int_eq(status, STORE_LIMIT);
}
END_TEST

static Suite *store_suite(void)
{
	Suite *suite = suite_create("store");
	TCase *tc = store_case("store");
	store_case_add(tc, seq_grows_by_one_over_all_channels);
	store_case_add(tc, seq_is_never_reused_after_trimming_or_removing);
	store_case_add(tc, epoch_stays_with_the_store_and_differs_between_stores);
	store_case_add(tc, an_append_of_many_is_one);
	store_case_add(tc, retention_by_count_keeps_the_latest);
	store_case_add(tc, a_channels_count_is_what_can_be_read);
	store_case_add(tc, a_batch_is_trimmed_like_single_appends);
	store_case_add(tc, retention_by_age_reaches_channels_nobody_publishes_to);
	store_case_add(tc, a_removed_channel_that_comes_back_knows_that_it_lost_events);
	store_case_add(tc, a_channel_that_was_emptied_is_remembered_for_a_week);
	store_case_add(tc, a_channel_that_was_emptied_keeps_the_age_of_what_comes_then);
	store_case_add(tc, the_last_of_a_channel_come_in_order);
	store_case_add(tc, text_comes_back_byte_for_byte);
	store_case_add(tc, channels_are_listed_while_they_hold_events);
	store_case_add(tc, a_missing_directory_is_no_store);
	store_case_add(tc, a_file_of_something_else_is_refused_and_left_alone);
	store_case_add(tc, files_take_the_directorys_permissions);
	store_case_add(tc, a_clock_that_jumps_ahead_and_back_costs_nobody_an_event);
	store_case_add(tc, publishers_whose_clocks_differ_cost_nobody_an_event);
	store_case_add(tc, a_machine_whose_clock_was_wrong_for_a_day_loses_nothing);
	store_case_add(tc, a_machine_that_was_off_ages_by_the_time_it_is_up);
	store_case_add(tc, machines_that_were_up_for_different_times_cost_nobody_an_event);
	store_case_add(tc, what_is_due_is_dropped_in_parts);
	store_case_add(tc, a_channel_of_many_events_is_removed_whole);
	store_case_add(tc, defaults_change_no_retention_that_the_site_set);
	store_case_add(tc, defaults_never_lower_what_other_defaults_keep);
	store_case_add(tc, the_sites_word_is_for_all_channels_of_a_kind);
	store_case_add(tc, nothing_that_is_planted_is_opened);
	store_case_add(tc, a_process_without_descriptors_is_told_so);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(store_suite)
