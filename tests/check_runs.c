/*
 * What readers of open streams see of runs: where one stalls, and where the next one begins.
 */
#include "hub_fixture.h"

#include <stdlib.h>
#include <time.h>

/* ---- runs that are silent ---- */

START_TEST(a_run_that_sends_nothing_is_shown_as_stalled_once)
{
	begin("[stream]\nheartbeat = 1\nstalled = 1\n");
	post("progress/a", "working");
	struct reader reader = reader_of("progress/a", NULL, 0), other = reader_of("feed progress/a", NULL, 0);
	read_until(&reader, "data-state=\"stalled\"");
	for (int i = 0; i < 70; i++)
		run();
	read_on(&reader);
	read_on(&other);
	ck_assert_int_eq(count(&reader, "data-state=\"stalled\""), 1);
	ck_assert_int_eq(count(&other, "data-state=\"stalled\""), 1);
	ck_assert_int_eq(count(&reader, "event: progress"), 2);
	post("progress/a", "GOESON");
	sees_only(&reader, "GOESON");
	ck_assert_int_eq(count(&reader, "data-state=\"stalled\""), 1);
}
END_TEST

START_TEST(who_comes_to_a_stalled_run_is_told)
{
	begin("[stream]\nstalled = 60\n");
	append_aged("progress/a", "progress", "working", 61000);
	struct reader reader = reader_of("progress/a", NULL, 0), second = reader_of("progress/a", NULL, 0);
	run();
	read_on(&reader);
	read_on(&second);
	ck_assert_int_eq(count(&reader, "data-state=\"stalled\""), 1);
	ck_assert_int_eq(count(&second, "data-state=\"stalled\""), 1);
}
END_TEST

/* One that is over, one that waits for its turn, one that has never begun, and what has no state. */
START_TEST(what_is_over_or_has_not_begun_is_not_stalled)
{
	struct store_entry queued = {
		.channel = "progress/b", .name = "progress", .time_ms = (int64_t)time(NULL) * 1000 - 61000, .values = "{\"state\":\"queued\"}", .values_bytes = 18,
		.fragment = "QUEUED", .fragment_bytes = 6, .kind = "progress", .keep = 100, .keep_ms = 86400000,
	};
	begin("[stream]\nstalled = 60\n");
	append_aged("progress/a", "complete", "OVER", 61000);
	ck_assert_int_eq(store_append(site.store, &queued, 1), STORE_OK);
	append_aged("log/a", "log", "line", 61000);
	struct reader reader = reader_of("progress/a progress/b progress/c log/a", NULL, 0);
	run();
	read_on(&reader);
	ck_assert_int_eq(count(&reader, "QUEUED"), 1);
	ck_assert_int_eq(count(&reader, "stalled"), 0);
}
END_TEST

/* It was stuck behind a log, and in another channel of its stream. */
START_TEST(who_was_behind_as_a_run_stalled_is_told_later)
{
	char *large = text_of(HUGE_LINE);
	begin("[stream]\nheartbeat = 1\nstalled = 1\n");
	struct reader reader = reader_of("progress/a log/a", NULL, SMALL_BUFFER), other = reader_of("progress/a", NULL, 0);
	post("progress/a", "working");
	run();
	read_on(&reader);
	post_many("log/a", large, 20);
	run();
	read_until(&other, "data-state=\"stalled\"");
	read_until(&reader, "data-state=\"stalled\"");
	ck_assert_int_eq(count(&reader, large), 20);
	free(large);
}
END_TEST

/* ---- a next run ---- */

static const char emptied[] = "<div hx-swap-oob=\"innerHTML:#runnel-log__a-end\"></div>";

static void end_run(const char *fragment)
{
	append_aged("log/a", "failed", fragment, 0);
}

/* Within a round, and between two of them. */
START_TEST(the_first_event_of_a_run_empties_the_page_of_every_live_reader)
{
	begin("");
	struct reader one = reader_of("log/a feed", NULL, 0), other = reader_of("feed log/a progress/a", NULL, 0);
	post("log/a", "FIRST");
	end_run("OVER");
	post("log/a", "SECOND");
	post("log/a", "SECOND");
	run();
	end_run("OVER");
	run();
	post("feed", "elsewhere");
	post("log/a", "THIRD");
	run();
	read_until(&one, "THIRD");
	read_until(&other, "THIRD");
	ck_assert_int_eq(count(&one, emptied), 2);
	ck_assert_int_eq(count(&other, emptied), 2);
	ck_assert_int_eq(count(&one, "SECOND"), 2);
}
END_TEST

/* Its border lies in what a slow reader is told of at last, or in what is gone by then. */
START_TEST(a_reader_that_was_behind_sees_the_border_of_a_run)
{
	static const char *const configs[] = { "", "[kind \"log\"]\nkeep = 5\n" };
	char *large = text_of(HUGE_LINE);
	begin(configs[_i]);
	struct reader reader = reader_of("log/a feed", NULL, SMALL_BUFFER);
	post("log/a", "FIRST");
	run();
	read_until(&reader, "FIRST");
	post_many("feed", large, 20);
	run();
	end_run("OVER");
	for (int i = 0; i < 9; i++)
		post("log/a", "SECOND");
	post("log/a", "LAST");
	run();
	read_until(&reader, "LAST");
	ck_assert_int_eq(count(&reader, emptied), 1);
	ck_assert_int_eq(lines_skipped(&reader), _i ? 6 : 0);
	free(large);
}
END_TEST

static Suite *runs_suite(void)
{
	Suite *suite = suite_create("runs");
	TCase *tc = hub_case("runs");
	tcase_add_test(tc, a_run_that_sends_nothing_is_shown_as_stalled_once);
	tcase_add_test(tc, who_comes_to_a_stalled_run_is_told);
	tcase_add_test(tc, what_is_over_or_has_not_begun_is_not_stalled);
	tcase_add_test(tc, who_was_behind_as_a_run_stalled_is_told_later);
	tcase_add_test(tc, the_first_event_of_a_run_empties_the_page_of_every_live_reader);
	tcase_add_loop_test(tc, a_reader_that_was_behind_sees_the_border_of_a_run, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(runs_suite)
