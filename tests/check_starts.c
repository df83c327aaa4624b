/*
 * What a stream starts with, and starts with again after a reset, when it is large, or one of several.
 */
#include "hub_fixture.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

enum { LARGE_CHANNELS = 40 };

/* The smallest and the last id that it was sent. */
static uint64_t ids(struct reader *reader, uint64_t *smallest)
{
	char before[40];
	uint64_t last = 0;
	int n = snprintf(before, sizeof before, "\nid: %s-", store_epoch(site.store));
	*smallest = UINT64_MAX;
	for (const char *at = buf_string(&reader->got); (at = strstr(at, before)); at += n) {
		last = strtoull(at + n, NULL, 10);
		*smallest = last < *smallest ? last : *smallest;
	}
	return last;
}

/* Two hundred lines of each, as the kind says, though the reading of one stops in the middle of the other's past. */
START_TEST(a_large_start_comes_in_parts_and_has_what_the_kinds_say)
{
	char *line = text_of(HUGE_LINE);
	begin("");
	post_many("log/a", line, 250);
	post_many("log/b", line, 250);
	struct reader reader = reader_of("log/a log/b notifications/a", NULL, 0);
	run();
	post("notifications/a", "LAST");
	read_until(&reader, "LAST");
	ck_assert_int_eq(count(&reader, "event: log"), 400);
	ck_assert_int_eq(count(&reader, "skipped"), 0);
	ck_assert_int_eq(count(&reader, "event: reset"), 0);
	free(line);
}
END_TEST

static size_t memory_in_use(void)
{
	struct mallinfo2 info = mallinfo2();
	return info.uordblks + info.hblkhd;
}

START_TEST(a_reader_of_many_large_channels_that_does_not_read_holds_little)
{
	char *line = text_of(HUGE_LINE), names[LARGE_CHANNELS * 8] = "", name[8];
	begin("");
	for (int i = 0; i < LARGE_CHANNELS * 5; i++) {
		snprintf(name, sizeof name, "log/%d", i % LARGE_CHANNELS);
		post(name, line);
		if (i < LARGE_CHANNELS)
			sprintf(names + strlen(names), "%s%s", i ? " " : "", name);
	}
	size_t before = memory_in_use();
	struct reader reader = reader_of(names, NULL, 0);
	run();
	ck_assert_uint_lt(memory_in_use(), before + 1024 * 1024);
	post("log/0", "LAST");
	read_until(&reader, "LAST");
	ck_assert_int_eq(count(&reader, "event: log"), LARGE_CHANNELS * 5 + 1);
	free(line);
}
END_TEST

START_TEST(a_large_start_brings_no_old_notifications)
{
	char *line = text_of(HUGE_LINE);
	begin("");
	post_many("feed", line, 20);
	post_many("notifications/a", "OLD", 5);
	post("feed", "NEWEST");
	struct reader reader = reader_of("feed notifications/a", NULL, 0);
	read_until(&reader, "NEWEST");
	ck_assert_int_eq(count(&reader, "event: new-post"), 20);
	ck_assert_int_eq(count(&reader, "event: notification"), 0);
	free(line);
}
END_TEST

/* Its feed ends before old notifications, which it is not due: it comes back behind them. */
START_TEST(a_large_start_ends_with_the_streams_cursor)
{
	char *line = text_of(HUGE_LINE);
	uint64_t smallest;
	begin("");
	post_many("feed", line, 20);
	uint64_t head = post_many("notifications/a", "OLD", 5);
	struct reader reader = reader_of("feed notifications/a", NULL, 0);
	read_until(&reader, id_line(head));
	ck_assert_uint_eq(ids(&reader, &smallest), head);
	ck_assert_int_eq(count(&reader, "event: new-post"), 20);
	free(line);
}
END_TEST

/* ---- resets ---- */

/* Of progress only the latest state counts: older ones that are gone are no loss. */
START_TEST(progress_that_moved_far_resets_no_other_channel)
{
	begin("[kind \"progress\"]\nkeep = 3\n");
	post("progress/a", "early");
	uint64_t cursor = post("feed", "old");
	for (int i = 0; i < 9; i++)
		post("progress/a", "later");
	post("feed", "NEW");
	struct reader reader = reader_of("progress/a feed", &cursor, 0);
	sees_only(&reader, "NEW");
	ck_assert_int_eq(count(&reader, "event: new-post"), 1);
	ck_assert_int_gt(count(&reader, "later"), 0);
}
END_TEST

START_TEST(a_gap_in_one_channel_takes_nothing_of_another)
{
	begin("[kind \"feed\"]\nkeep = 5\n");
	post("feed", "old");
	uint64_t cursor = post("notifications/a", "SEEN");
	post("notifications/a", "UNSEEN");
	for (int i = 0; i < 9; i++)
		post("feed", "new");
	struct reader reader = reader_of("feed notifications/a", &cursor, 0);
	run();
	read_on(&reader);
	ck_assert_int_eq(count(&reader, "event: reset"), 1);
	ck_assert_int_eq(count(&reader, "event: new-post"), 5);
	ck_assert_int_eq(count(&reader, "event: notification"), 1);
	ck_assert_int_gt(count(&reader, "UNSEEN"), 0);
}
END_TEST

/* Its notifications go on after the cursor, once, though the feed starts again far before it. */
START_TEST(a_large_start_after_a_gap_doubles_nothing_of_another_channel)
{
	char *line = text_of(HUGE_LINE);
	begin("[kind \"log\"]\nkeep = 5\n");
	post_many("feed", line, 20);
	post("notifications/old", "OLD");
	post("notifications/a", "SEEN");
	uint64_t cursor = post("log/a", "line");
	post_many("log/a", "line", 9);
	post("notifications/a", "UNSEEN");
	struct reader reader = reader_of("feed log/a notifications/a", &cursor, 0);
	read_until(&reader, "UNSEEN");
	ck_assert_int_eq(count(&reader, "event: reset"), 1);
	ck_assert_int_eq(count(&reader, "event: new-post"), 20);
	ck_assert_int_eq(count(&reader, "event: log"), 5);
	ck_assert_int_eq(count(&reader, "event: notification"), 1);
	free(line);
}
END_TEST

/* Wherever in it a reader is cut off, it comes back with a cursor from which nothing is lost. */
START_TEST(a_reset_never_takes_a_reader_behind_its_cursor)
{
	char *line = text_of(HUGE_LINE);
	uint64_t smallest;
	begin("[kind \"log\"]\nkeep = 5\n[kind \"notifications\"]\nkeep = 5\n");
	post_many("feed", line, 20);
	uint64_t cursor = post_many("notifications/a", "SEEN", 10);
	post_many("log/a", "line", 10);
	post("notifications/a", "UNSEEN");
	struct reader reader = reader_of("feed log/a notifications/a", &cursor, 0);
	read_until(&reader, "UNSEEN");
	ids(&reader, &smallest);
	ck_assert_uint_eq(smallest, cursor);
	ck_assert_int_eq(count(&reader, "SEEN"), count(&reader, "UNSEEN"));
	ck_assert_int_eq(count(&reader, "event: new-post"), 20);
	free(line);
}
END_TEST

/* It was sent nothing but its cursor before; now a reset, whose state ends long before what it is not due. */
START_TEST(a_reset_of_an_open_stream_ends_with_its_cursor)
{
	uint64_t smallest;
	begin("[kind \"notifications\"]\nkeep = 5\n");
	uint64_t cursor = post_many("feed", "post", 3);
	struct reader reader = reader_of("feed notifications/a", &cursor, 0);
	run();
	uint64_t head = post_many("notifications/a", "LOST", 20);
	run();
	read_on(&reader);
	ck_assert_int_eq(count(&reader, "event: reset"), 1);
	ck_assert_uint_eq(ids(&reader, &smallest), head);
}
END_TEST

/* ---- the end of a run ---- */

START_TEST(the_end_of_a_run_comes_once_though_it_ends_a_part)
{
	uint64_t nothing = 0;
	begin("");
	post_many("log/a", "line", 255);
	append_aged("log/a", "complete", "FINAL", 0);
	post_many("feed", "elsewhere", 4);
	struct reader reader = reader_of("log/a", &nothing, 0);
	read_until(&reader, "event: close");
	ck_assert_int_eq(count(&reader, "event: log"), 255);
	ck_assert_int_eq(count(&reader, "event: complete"), 1);
}
END_TEST

START_TEST(a_reset_at_the_end_of_a_run_still_shows_its_final_state)
{
	uint64_t ahead = 9999;
	begin("[kind \"log\"]\nstart = 0\n");
	post("log/a", "line");
	append_aged("log/a", "complete", "FINAL", 0);
	struct reader reader = reader_of("log/a", &ahead, 0);
	run();
	read_on(&reader);
	ck_assert_int_eq(count(&reader, "event: reset"), 1);
	ck_assert_int_eq(count(&reader, "FINAL"), 1);
	ck_assert_int_eq(count(&reader, "event: close"), 1);
}
END_TEST

static Suite *starts_suite(void)
{
	Suite *suite = suite_create("starts");
	TCase *tc = hub_case("starts");
	tcase_add_test(tc, a_large_start_comes_in_parts_and_has_what_the_kinds_say);
	tcase_add_test(tc, a_reader_of_many_large_channels_that_does_not_read_holds_little);
	tcase_add_test(tc, a_large_start_brings_no_old_notifications);
	tcase_add_test(tc, a_large_start_ends_with_the_streams_cursor);
	tcase_add_test(tc, progress_that_moved_far_resets_no_other_channel);
	tcase_add_test(tc, a_gap_in_one_channel_takes_nothing_of_another);
	tcase_add_test(tc, a_large_start_after_a_gap_doubles_nothing_of_another_channel);
	tcase_add_test(tc, a_reset_never_takes_a_reader_behind_its_cursor);
	tcase_add_test(tc, a_reset_of_an_open_stream_ends_with_its_cursor);
	tcase_add_test(tc, the_end_of_a_run_comes_once_though_it_ends_a_part);
	tcase_add_test(tc, a_reset_at_the_end_of_a_run_still_shows_its_final_state);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(starts_suite)
