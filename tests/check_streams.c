/*
 * What a reader gets while it is there, over CGI and over FastCGI.
 */
#include "scenario.h"

#include <stdio.h>
#include <string.h>

/* ---- the head and the form ---- */

START_TEST(head_and_first_byte_come_at_once)
{
	struct wire wire;
	start(_i, NULL);
	get(&wire, "/notifications", NULL);
	ck_assert_ptr_nonnull(strstr(wire.raw.data, "Status: 200"));
	ck_assert_ptr_nonnull(strstr(wire.raw.data, "Content-Type: text/event-stream; charset=utf-8\r\n"));
	ck_assert_ptr_nonnull(strstr(wire.raw.data, "Cache-Control: no-cache, no-transform\r\n"));
	ck_assert_ptr_nonnull(strstr(wire.raw.data, "X-Accel-Buffering: no\r\n"));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(each_event_is_flushed_whole_and_alone)
{
	struct wire wire;
	start(_i, NULL);
	get(&wire, "/feed", NULL);
	for (int i = 0; i < 3; i++) {
		uint64_t seq = post("feed", NULL, "post");
		ck_assert(wire_sees(&wire, id_line(seq)));
		ck_assert(wire_sees(&wire, "</article>\n\n"));
	}
	ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 3);
	ck_assert_int_eq(wire_count(&wire, "\r\n"), 6); /* only in the head */
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(retry_stands_in_the_first_block_with_data)
{
	struct wire wire;
	start(_i, NULL);
	get(&wire, "/feed", NULL);
	ck_assert_int_eq(wire_count(&wire, "retry:"), 0);
	ck_assert(wire_sees(&wire, id_line(0))); /* a reader without events still learns where it is */
	uint64_t seq = post("feed", NULL, "post");
	ck_assert(wire_sees(&wire, "</article>\n\n"));
	const char *retry = strstr(wire.raw.data, "retry: ");
	ck_assert_ptr_nonnull(retry);
	ck_assert_ptr_eq(strchr(retry, '\n') + 1, strstr(wire.raw.data, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "retry:"), 1);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(heartbeat_is_a_comment_line)
{
	struct wire wire;
	start(_i, "[stream]\nheartbeat = 1\n");
	get(&wire, "/notifications", NULL);
	ck_assert(wire_sees(&wire, "\n\n:\n:\n")); /* after the id of a reader that has no event */
	ck_assert_ptr_null(strstr(wire.raw.data, ":\n\n"));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(markup_in_a_value_is_text)
{
	struct wire wire;
	start(_i, NULL);
	get(&wire, "/log/x", NULL);
	post("log/x", NULL, "<script>alert(1)</script> & \"q\"");
	ck_assert(wire_sees(&wire, "</div>\n\n"));
	ck_assert_ptr_null(strstr(wire.raw.data, "<script"));
	ck_assert_ptr_nonnull(strstr(wire.raw.data, "&lt;script&gt;"));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

/* ---- many channels, formats ---- */

START_TEST(one_stream_of_many_channels_keeps_the_order_of_the_log)
{
	struct wire wire;
	uint64_t seqs[20];
	start(_i, NULL);
	get(&wire, "/stream", "channel=feed&channel=log/x&channel=progress/a&channel=feed");
	post("notifications", NULL, "not asked for");
	for (int i = 0; i < 20; i++)
		seqs[i] = post(i % 3 == 0 ? "feed" : i % 3 == 1 ? "log/x" : "progress/a", i == 11 ? "complete" : NULL, "x");
	ck_assert(wire_sees(&wire, id_line(seqs[19])));
	const char *at = wire.raw.data;
	for (int i = 0; i < 20; i++) {
		at = strstr(at, id_line(seqs[i]));
		ck_assert_msg(at != NULL, "event %d is missing or out of order", i);
	}
	ck_assert_int_eq(wire_count(&wire, "event: close\n"), 0);
	ck_assert_int_eq(wire_count(&wire, "event: notification\n"), 0);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(the_formats_differ_in_what_they_carry)
{
	struct wire wire;
	start(_i, NULL);
	uint64_t seq = post("feed", NULL, "<Title>");
	get(&wire, "/feed", "format=json");
	ck_assert(wire_sees(&wire, "event: new-post\ndata: {\"title\":\"<Title>\"}\n\n"));
	ck_assert(wire_hang_up(&wire));
	get(&wire, "/feed", "format=oob");
	ck_assert(wire_sees(&wire, "data: <div hx-swap-oob=\"afterbegin:#runnel-feed\">\n"));
	ck_assert(wire_sees(&wire, "data: </div>\n\n"));
	ck_assert_int_eq(wire_count(&wire, "event:"), 0);
	ck_assert_ptr_nonnull(strstr(wire.raw.data, id_line(seq)));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

/* ---- slow readers ---- */

static void post_big(const char *channel, int n)
{
	static char text[8000];
	for (int i = 0; i < n; i++) {
		memset(text, 'x', sizeof text - 1);
		text[sprintf(text, "#%d#", i)] = '.';
		post(channel, NULL, text);
	}
}

START_TEST(a_reader_that_stalled_gets_every_event_once_and_in_order)
{
	struct wire wire;
	start(_i, "[kind \"feed\"]\nkeep = 5000\n");
	get(&wire, "/feed", NULL);
	post_big("feed", 300); /* far more than pipes and sockets hold: nobody reads meanwhile */
	ck_assert(wire_sees(&wire, "#299#"));
	const char *at = wire.raw.data;
	for (int i = 0; i < 300; i++) {
		char mark[16];
		sprintf(mark, "#%d#", i);
		at = strstr(at, mark);
		ck_assert_msg(at != NULL, "event %d is missing or out of order", i);
	}
	ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 300);
	uint64_t seq = post("feed", NULL, "live again");
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(a_stalled_reader_of_progress_gets_the_latest_state)
{
	struct wire wire;
	start(_i, NULL);
	get(&wire, "/progress/a", NULL);
	post_big("progress/a", 300);
	ck_assert(wire_sees(&wire, "#299#"));
	ck_assert_int_lt(wire_count(&wire, "event: progress\n"), 250);
	ck_assert_int_eq(wire_count(&wire, "event: reset\n"), 0);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(a_stalled_reader_of_a_log_sees_how_many_lines_it_missed)
{
	struct wire wire;
	unsigned missed = 0;
	start(_i, "[kind \"log\"]\nkeep = 20\n");
	get(&wire, "/log/a", NULL);
	post("log/a", NULL, "first");
	ck_assert(wire_sees(&wire, "first"));
	post_big("log/a", 300);
	ck_assert(wire_sees(&wire, "#299#"));
	int lines = wire_count(&wire, "event: log\n") - 1; /* without the first */
	for (const char *at = wire.raw.data; (at = strstr(at, "skipped ")); at++, lines--) {
		unsigned n;
		ck_assert_int_eq(sscanf(at, "skipped %u lines", &n), 1);
		missed += n;
	}
	ck_assert_uint_gt(missed, 0);
	ck_assert_int_eq(lines + (int)missed, 300);
	ck_assert_int_eq(wire_count(&wire, "event: reset\n"), 0);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

static Suite *streams_suite(void)
{
	Suite *suite = suite_create("streams");
	TCase *tc = scenario_case("streams");
	scenario_case_add_both(tc, head_and_first_byte_come_at_once);
	scenario_case_add_both(tc, each_event_is_flushed_whole_and_alone);
	scenario_case_add_both(tc, retry_stands_in_the_first_block_with_data);
	scenario_case_add_both(tc, heartbeat_is_a_comment_line);
	scenario_case_add_both(tc, markup_in_a_value_is_text);
	scenario_case_add_both(tc, one_stream_of_many_channels_keeps_the_order_of_the_log);
	scenario_case_add_both(tc, the_formats_differ_in_what_they_carry);
	scenario_case_add_both(tc, a_reader_that_stalled_gets_every_event_once_and_in_order);
	scenario_case_add_both(tc, a_stalled_reader_of_progress_gets_the_latest_state);
	scenario_case_add_both(tc, a_stalled_reader_of_a_log_sees_how_many_lines_it_missed);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(streams_suite)
