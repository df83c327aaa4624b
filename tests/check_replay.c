/*
 * What a reader gets of what was there before it, over CGI and over FastCGI.
 */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a new stream starts with ---- */

START_TEST(progress_starts_with_the_latest_state)
{
	struct wire wire;
	start(_i, NULL);
	post("progress/a", NULL, "one");
	uint64_t seq = post("progress/a", NULL, "two");
	get(&wire, "/progress/a", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "event: progress\n"), 1);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(notifications_start_with_nothing_old)
{
	struct wire wire;
	start(_i, NULL);
	post("notifications", NULL, "old");
	get(&wire, "/notifications", NULL);
	uint64_t seq = post("notifications", NULL, "new");
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "event: notification\n"), 1);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(feed_starts_with_the_last_20_and_log_with_200)
{
	struct wire wire;
	uint64_t seq = 0;
	start(_i, NULL);
	for (int i = 0; i < 25; i++)
		seq = post("feed", NULL, "post");
	get(&wire, "/feed", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 20);
	ck_assert(wire_hang_up(&wire));
	for (int i = 0; i < 210; i++)
		seq = post("log/x", NULL, "line");
	get(&wire, "/log/x", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "event: log\n"), 200);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

/* ---- replay ---- */

static void replays_two(const struct wire_request *request, uint64_t seen, uint64_t last)
{
	struct wire wire;
	wire_open(&wire, &host, request);
	ck_assert(wire_sees(&wire, id_line(last)));
	ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 2);
	ck_assert_ptr_null(strstr(wire.raw.data, id_line(seen)));
	ck_assert(wire_hang_up(&wire));
}

START_TEST(replay_starts_after_last_event_id)
{
	char query[100], cursor[64];
	start(_i, NULL);
	post("feed", NULL, "1");
	uint64_t seen = post("feed", NULL, "2");
	post("notifications", NULL, "elsewhere");
	post("feed", NULL, "3");
	uint64_t last = post("feed", NULL, "4");
	strcpy(cursor, id(seen));
	snprintf(query, sizeof query, "last-event-id=%s", cursor);
	replays_two(&(struct wire_request){ .path = "/feed", .last_event_id = cursor }, seen, last);
	replays_two(&(struct wire_request){ .path = "/feed", .query = query }, seen, last);
}
END_TEST

START_TEST(the_header_wins_over_the_query)
{
	char query[100], cursor[64];
	start(_i, NULL);
	snprintf(query, sizeof query, "last-event-id=%s", id(post("feed", NULL, "1")));
	uint64_t seen = post("feed", NULL, "2");
	strcpy(cursor, id(seen));
	post("feed", NULL, "3");
	uint64_t last = post("feed", NULL, "4");
	replays_two(&(struct wire_request){ .path = "/feed", .query = query, .last_event_id = cursor }, seen, last);
}
END_TEST

START_TEST(a_cursor_that_cannot_be_resumed_is_a_reset_and_the_state)
{
	static const char *const cursors[] = { "zzzzz-1", "nonsense", "%00", "1042" };
	start(_i, NULL);
	uint64_t seq = post("feed", NULL, "post");
	for (size_t i = 0; i < 4; i++) {
		struct wire wire;
		wire_open(&wire, &host, &(struct wire_request){ .path = "/feed", .last_event_id = cursors[i] });
		ck_assert(wire_sees(&wire, "event: reset\ndata: The cursor"));
		ck_assert(wire_sees(&wire, id_line(seq)));
		ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 1);
		ck_assert(wire_hang_up(&wire));
	}
	char ahead[64];
	struct wire wire;
	strcpy(ahead, id(seq + 1000));
	wire_open(&wire, &host, &(struct wire_request){ .path = "/feed", .last_event_id = ahead });
	ck_assert(wire_sees(&wire, "event: reset\n"));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(a_cursor_that_retention_overtook_is_a_reset)
{
	struct wire wire;
	char cursor[64];
	uint64_t seq = 0;
	start(_i, "[kind \"feed\"]\nkeep = 5\n");
	strcpy(cursor, id(post("feed", NULL, "1")));
	for (int i = 0; i < 9; i++)
		seq = post("feed", NULL, "more");
	wire_open(&wire, &host, &(struct wire_request){ .path = "/feed", .last_event_id = cursor });
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "event: reset\n"), 1);
	ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 5);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(nothing_falls_between_page_and_stream)
{
	struct wire wire;
	start(_i, NULL);
	post("feed", NULL, "shown");
	char *page = wire_answer(&host, &(struct wire_request){ .path = "/components/feed", .htmx = true });
	ck_assert_ptr_nonnull(strstr(page, "shown"));
	ck_assert_ptr_null(strstr(page, "<html"));
	uint64_t seq = post("feed", NULL, "in between");
	char *url = strstr(page, "sse-connect=\"/base/feed?");
	ck_assert_ptr_nonnull(url);
	url += strlen("sse-connect=\"/base/feed?");
	*strchr(url, '"') = '\0';
	get(&wire, "/feed", url);
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 1);
	ck_assert(wire_hang_up(&wire));
	free(page);
}
END_TEST

/* Each channel is read in parts, and one is through sooner than the other. */
START_TEST(a_long_replay_of_several_channels_is_whole)
{
	struct wire wire;
	char cursor[64];
	uint64_t seq = 0;
	start(_i, "[kind \"feed\"]\nkeep = 1000\n");
	post("log/a", NULL, "seen");
	strcpy(cursor, id(post("feed", NULL, "seen")));
	for (int i = 0; i < 300; i++) {
		post("log/a", NULL, "line");
		seq = post("feed", NULL, "post");
		post("log/a", NULL, "line");
	}
	wire_open(&wire, &host, &(struct wire_request){
		.path = "/stream", .query = "channel=log/a&channel=feed", .last_event_id = cursor });
	ck_assert(wire_sees(&wire, id_line(seq + 1)));
	ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 300);
	ck_assert_int_eq(wire_count(&wire, "event: log\n"), 600);
	ck_assert_int_eq(wire_count(&wire, "event: reset\n"), 0);
	ck_assert_int_eq(wire_count(&wire, "skipped"), 0);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

/* ---- the end of a run ---- */

static void ends_with(int transport, const char *channel, const char *event)
{
	struct wire wire;
	char path[64];
	start(transport, "[stream]\nheartbeat = 3600\n"); /* what ends waits for none */
	snprintf(path, sizeof path, "/%s", channel);
	post(channel, NULL, "running");
	get(&wire, path, NULL);
	uint64_t seq = post(channel, event, "over");
	ck_assert(wire_ends(&wire));
	ck_assert_ptr_nonnull(strstr(wire.raw.data, id_line(seq)));
	const char *end = strstr(wire.raw.data, "event: close\ndata: ");
	ck_assert_ptr_nonnull(end);
	ck_assert(end > strstr(wire.raw.data, "over"));
	ck_assert_ptr_null(strstr(end + 1, "event:"));
	ck_assert(wire_hang_up(&wire));

	/* again, without and with the last cursor: its final state, and close */
	for (int again = 0; again < 2; again++) {
		char cursor[64];
		strcpy(cursor, id(seq));
		wire_open(&wire, &host, &(struct wire_request){ .path = path, .last_event_id = again ? cursor : NULL });
		ck_assert(wire_ends(&wire));
		ck_assert_ptr_nonnull(strstr(wire.raw.data, "over"));
		ck_assert_int_eq(wire_count(&wire, "event: close\n"), 1);
		ck_assert(wire_hang_up(&wire));
	}
	stop();
}

START_TEST(after_the_end_comes_close_and_the_answer_ends)
{
	ends_with(_i, "progress/a", "complete");
	ends_with(_i, "progress/a", "failed");
	ends_with(_i, "log/a", "complete");
	ends_with(_i, "log/a", "failed");
}
END_TEST

START_TEST(a_run_that_began_again_is_not_finished)
{
	struct wire wire;
	start(_i, NULL);
	post("progress/a", "complete", "first");
	uint64_t seq = post("progress/a", NULL, "second");
	get(&wire, "/progress/a", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	wire_listen(&wire, 100);
	ck_assert(!wire.ended);
	ck_assert_int_eq(wire_count(&wire, "event: close\n"), 0);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

/* ---- runs ---- */

/* A run of some lines that has ended, in a channel of its own kind or another. */
static uint64_t run_once(const char *channel, const char *line, const char *end)
{
	post(channel, NULL, line);
	post(channel, NULL, line);
	return post(channel, end, "END");
}

START_TEST(a_new_stream_starts_with_the_current_run_alone)
{
	struct wire wire;
	start(_i, NULL);
	run_once("log/a", "FIRST", "failed");
	run_once("log/a", "SECOND", "complete");
	post("log/a", NULL, "THIRD");
	uint64_t seq = post("log/a", NULL, "THIRD");
	get(&wire, "/log/a", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	wire_listen(&wire, 100);
	ck_assert(!wire.ended);
	ck_assert_int_eq(wire_count(&wire, "event: log\n"), 2);
	ck_assert_int_eq(wire_count(&wire, "END"), 0);
	ck_assert_int_eq(wire_count(&wire, "event: close\n"), 0);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(until_the_next_run_begins_the_last_one_is_shown_and_closes)
{
	struct wire wire;
	start(_i, NULL);
	run_once("log/a", "FIRST", "failed");
	uint64_t seq = run_once("log/a", "SECOND", "complete");
	get(&wire, "/log/a", NULL);
	ck_assert(wire_ends(&wire));
	ck_assert_int_eq(wire_count(&wire, "FIRST"), 0);
	ck_assert_int_eq(wire_count(&wire, "event: failed\n"), 0);
	ck_assert_int_eq(wire_count(&wire, "event: log\n"), 2);
	ck_assert_int_eq(wire_count(&wire, "event: complete\n"), 1);
	ck_assert_int_eq(wire_count(&wire, "event: close\n"), 1);
	ck_assert_ptr_nonnull(strstr(wire.raw.data, id_line(seq)));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(a_cursor_resumes_exactly_across_runs_and_no_end_in_between_closes)
{
	struct wire wire;
	char cursor[64];
	start(_i, NULL);
	strcpy(cursor, id(post("log/a", NULL, "seen")));
	run_once("log/a", "FIRST", "failed");
	run_once("log/a", "SECOND", "complete");
	uint64_t seq = post("log/a", NULL, "THIRD");
	wire_open(&wire, &host, &(struct wire_request){ .path = "/log/a", .last_event_id = cursor });
	ck_assert(wire_sees(&wire, id_line(seq)));
	wire_listen(&wire, 100);
	ck_assert(!wire.ended);
	ck_assert_int_eq(wire_count(&wire, "event: log\n"), 5);
	ck_assert_int_eq(wire_count(&wire, "event: failed\n"), 1);
	ck_assert_int_eq(wire_count(&wire, "event: complete\n"), 1);
	ck_assert_int_eq(wire_count(&wire, "event: close\n"), 0);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

/* An end behind an end is a run with nothing else in it. */
START_TEST(two_ends_are_two_runs)
{
	struct wire wire;
	start(_i, NULL);
	run_once("log/a", "FIRST", "failed");
	post("log/a", "complete", "AGAIN");
	get(&wire, "/log/a", NULL);
	ck_assert(wire_ends(&wire));
	ck_assert_int_eq(wire_count(&wire, "event: log\n"), 0);
	ck_assert_int_eq(wire_count(&wire, "event: failed\n"), 0);
	ck_assert_int_eq(wire_count(&wire, "event: complete\n"), 1);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(a_run_longer_than_the_start_is_cut_and_one_whose_border_is_gone_is_whole)
{
	struct wire wire;
	uint64_t seq = 0;
	start(_i, "[kind \"log\"]\nstart = 5\nkeep = 8\n");
	run_once("log/a", "FIRST", "complete");
	for (int i = 0; i < 4; i++)
		seq = post("log/a", NULL, "SECOND");
	get(&wire, "/log/a", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "event: log\n"), 4);
	ck_assert(wire_hang_up(&wire));
	for (int i = 0; i < 9; i++)
		seq = post("log/a", NULL, "SECOND");
	get(&wire, "/log/a", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "event: log\n"), 5);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

/* In a kind without an end, "complete" is a name like any other. */
START_TEST(a_kind_that_does_not_end_has_no_runs)
{
	struct wire wire;
	start(_i, NULL);
	run_once("feed", "FIRST", "complete");
	uint64_t seq = post("feed", NULL, "SECOND");
	get(&wire, "/feed", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 3);
	ck_assert_int_eq(wire_count(&wire, "event: complete\n"), 1);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(a_stream_of_many_channels_starts_with_the_current_run_of_each)
{
	struct wire wire;
	start(_i, NULL);
	run_once("log/a", "FIRST", "failed");
	run_once("log/b", "LASTOFB", "complete");
	post("log/a", NULL, "SECOND");
	post("feed", NULL, "post");
	uint64_t seq = post("progress/a", NULL, "working");
	get(&wire, "/stream", "channel=log/a&channel=log/b&channel=feed&channel=progress/a");
	ck_assert(wire_sees(&wire, id_line(seq)));
	wire_listen(&wire, 100);
	ck_assert(!wire.ended);
	ck_assert_int_eq(wire_count(&wire, "event: log\n"), 3);
	ck_assert_int_eq(wire_count(&wire, "event: failed\n"), 0);
	ck_assert_int_eq(wire_count(&wire, "event: complete\n"), 1);
	ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 1);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(a_component_shows_the_current_run_alone)
{
	start(_i, NULL);
	run_once("log/a", "FIRST", "failed");
	char *page = wire_answer(&host, &(struct wire_request){ .path = "/components/log/a", .htmx = true });
	ck_assert_ptr_nonnull(strstr(page, "FIRST"));
	ck_assert_ptr_nonnull(strstr(page, "END"));
	free(page);
	post("log/a", NULL, "SECOND");
	page = wire_answer(&host, &(struct wire_request){ .path = "/components/log/a", .htmx = true });
	ck_assert_ptr_nonnull(strstr(page, "SECOND"));
	ck_assert_ptr_null(strstr(page, "FIRST"));
	ck_assert_ptr_null(strstr(page, "END"));
	free(page);
}
END_TEST

/* It asks with the cursor of what it shows; that is answered by 204 until there is something else. */
START_TEST(a_component_that_has_ended_learns_of_the_next_run)
{
	char query[80];
	start(_i, NULL);
	uint64_t shown = post("log/a", NULL, "FIRST");
	snprintf(query, sizeof query, "shown=%s", id(shown));
	const struct wire_request again = { .path = "/components/log/a", .query = query, .htmx = true };
	static const char *const ends[] = { "complete", NULL, "complete" };
	static const char *const answers[] = { "Status: 204 No Content", "SECOND", "SECOND" };
	for (size_t i = 0; i < 3; i++) {
		post("log/a", ends[i], "SECOND");
		char *page = wire_answer(&host, &again);
		ck_assert_msg(strstr(page, answers[i]) != NULL, "%s", page);
		ck_assert_int_eq(strstr(page, "FIRST") != NULL, 0);
		free(page);
	}
	snprintf(query, sizeof query, "shown=%s", "zzzzz-1");
	char *page = wire_answer(&host, &again);
	ck_assert_ptr_nonnull(strstr(page, "SECOND"));
	free(page);
}
END_TEST

/* The border in what is replayed, of one channel and of several, and in what comes then. Only the first event of a run has it. */
START_TEST(the_next_run_on_an_open_stream_takes_the_last_one_out_of_the_page)
{
	static const char *const paths[] = { "/log/a", "/stream" };
	static const char *const formats[] = { "", "&format=oob", "&format=json" };
	static const char emptied[] = "data: <div hx-swap-oob=\"innerHTML:#runnel-log__a-end\"></div>\n";
	for (size_t i = 0; i < 6; i++) {
		struct wire wire;
		char query[200];
		bool many = i % 2, page = i / 2 < 2;
		start(_i, NULL);
		snprintf(query, sizeof query, "last-event-id=%s%s%s", id(post("log/a", NULL, "seen")),
			 formats[i / 2], many ? "&channel=log/a&channel=log/b&channel=feed" : "");
		run_once("log/a", "FIRST", "failed");
		post("log/b", NULL, "elsewhere");
		run_once("log/a", "SECOND", "failed");
		post("log/a", NULL, "THIRD");
		uint64_t seq = post("log/a", NULL, "THIRD");
		get(&wire, paths[many], query);
		ck_assert(wire_sees(&wire, id_line(seq)));
		ck_assert_int_eq(wire_count(&wire, emptied), page ? 2 : 0);
		ck_assert_int_eq(wire_count(&wire, "FIRST"), 2);
		if (many) { /* the other ends with the run */
			run_once("log/a", "THIRD", "failed");
			run_once("log/b", "elsewhere", "failed");
			post("log/a", NULL, "FOURTH");
			seq = post("log/a", NULL, "FOURTH");
			ck_assert(wire_sees(&wire, id_line(seq)));
			ck_assert_int_eq(wire_count(&wire, emptied), page ? 3 : 0);
		}
		ck_assert(wire_hang_up(&wire));
		stop();
	}
}
END_TEST

START_TEST(a_run_that_sends_nothing_is_stalled_until_it_goes_on)
{
	struct wire wire;
	start(_i, "[stream]\nstalled = 1\nheartbeat = 1\n");
	post("progress/a", NULL, "working");
	get(&wire, "/progress/a", "format=json");
	ck_assert(wire_sees(&wire, "stalled"));
	char *page = wire_answer(&host, &(struct wire_request){ .path = "/components/progress/a", .htmx = true });
	ck_assert_ptr_nonnull(strstr(page, "data-state=\"stalled\""));
	free(page);
	uint64_t seq = post("progress/a", "complete", "over");
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert(wire_hang_up(&wire));
	page = wire_answer(&host, &(struct wire_request){ .path = "/components/progress/a", .htmx = true });
	ck_assert_ptr_null(strstr(page, "stalled"));
	free(page);
}
END_TEST

static Suite *replay_suite(void)
{
	Suite *suite = suite_create("replay");
	TCase *tc = scenario_case("replay");
	scenario_case_add_both(tc, progress_starts_with_the_latest_state);
	scenario_case_add_both(tc, notifications_start_with_nothing_old);
	scenario_case_add_both(tc, feed_starts_with_the_last_20_and_log_with_200);
	scenario_case_add_both(tc, replay_starts_after_last_event_id);
	scenario_case_add_both(tc, the_header_wins_over_the_query);
	scenario_case_add_both(tc, a_cursor_that_cannot_be_resumed_is_a_reset_and_the_state);
	scenario_case_add_both(tc, a_cursor_that_retention_overtook_is_a_reset);
	scenario_case_add_both(tc, nothing_falls_between_page_and_stream);
	scenario_case_add_both(tc, a_long_replay_of_several_channels_is_whole);
	scenario_case_add_both(tc, after_the_end_comes_close_and_the_answer_ends);
	scenario_case_add_both(tc, a_run_that_began_again_is_not_finished);
	scenario_case_add_both(tc, a_new_stream_starts_with_the_current_run_alone);
	scenario_case_add_both(tc, until_the_next_run_begins_the_last_one_is_shown_and_closes);
	scenario_case_add_both(tc, a_cursor_resumes_exactly_across_runs_and_no_end_in_between_closes);
	scenario_case_add_both(tc, two_ends_are_two_runs);
	scenario_case_add_both(tc, a_run_longer_than_the_start_is_cut_and_one_whose_border_is_gone_is_whole);
	scenario_case_add_both(tc, a_kind_that_does_not_end_has_no_runs);
	scenario_case_add_both(tc, a_stream_of_many_channels_starts_with_the_current_run_of_each);
	scenario_case_add_both(tc, a_component_shows_the_current_run_alone);
	scenario_case_add_both(tc, a_component_that_has_ended_learns_of_the_next_run);
	scenario_case_add_both(tc, the_next_run_on_an_open_stream_takes_the_last_one_out_of_the_page);
	scenario_case_add_both(tc, a_run_that_sends_nothing_is_stalled_until_it_goes_on);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(replay_suite)
