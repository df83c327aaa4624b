/* The wire form of events (WHATWG HTML §9.2). */
#include "event/frame.h"
#include "suite.h"

#include <string.h>

static struct kinds kinds;

static void setup(void)
{
	kinds_init(&kinds);
}

static void teardown(void)
{
	kinds_clear(&kinds);
}

static void framed_is(bool after_end, enum frame_format format, const char *channel, const char *name, const char *fragment, const char *expected)
{
	struct event event = {
		.after_end = after_end, .seq = 7, .channel = channel, .name = name, .values = "{\"a\":\"b\"}", .values_bytes = 9,
		.fragment = fragment, .fragment_bytes = strlen(fragment),
	};
	struct buf out = BUF_INIT;
	frame_event(&out, format, kinds_of(&kinds, channel), "k3x9", event.seq, &event);
	ck_assert_str_eq(out.data, expected);
	buf_clear(&out);
}

static void frame_is(enum frame_format format, const char *channel, const char *name, const char *fragment, const char *expected)
{
	framed_is(false, format, channel, name, fragment, expected);
}

START_TEST(a_frame_is_id_event_data_and_a_blank_line)
{
	frame_is(FRAME_HTMX, "feed", "new-post", "<p>x</p>", "id: k3x9-7\nevent: new-post\ndata: <p>x</p>\n\n");
}
END_TEST

START_TEST(every_kind_of_line_end_starts_a_data_line)
{
	frame_is(FRAME_HTMX, "feed", "new-post", "a\nb", "id: k3x9-7\nevent: new-post\ndata: a\ndata: b\n\n");
	frame_is(FRAME_HTMX, "feed", "new-post", "a\rb", "id: k3x9-7\nevent: new-post\ndata: a\ndata: b\n\n");
	frame_is(FRAME_HTMX, "feed", "new-post", "a\r\nb", "id: k3x9-7\nevent: new-post\ndata: a\ndata: b\n\n");
	frame_is(FRAME_HTMX, "feed", "new-post", "a\n\nb", "id: k3x9-7\nevent: new-post\ndata: a\ndata: \ndata: b\n\n");
	frame_is(FRAME_HTMX, "feed", "new-post", "a\n", "id: k3x9-7\nevent: new-post\ndata: a\n\n");
	frame_is(FRAME_HTMX, "feed", "new-post", "x\nid: 9\r\rdata: y", "id: k3x9-7\nevent: new-post\ndata: x\ndata: id: 9\ndata: \ndata: data: y\n\n");
}
END_TEST

START_TEST(an_empty_fragment_is_still_dispatched)
{
	frame_is(FRAME_HTMX, "feed", "new-post", "", "id: k3x9-7\nevent: new-post\ndata: \n\n");
}
END_TEST

START_TEST(an_event_called_message_has_no_event_line)
{
	frame_is(FRAME_HTMX, "feed", "message", "x", "id: k3x9-7\ndata: x\n\n");
}
END_TEST

START_TEST(oob_is_unnamed_and_carries_its_target)
{
	frame_is(FRAME_OOB, "progress/a.b", "complete", "x", "id: k3x9-7\ndata: <div hx-swap-oob=\"innerHTML:#runnel-progress__a_2eb\">\ndata: x\ndata: </div>\n\n");
	frame_is(FRAME_OOB, "log/a", "log", "x", "id: k3x9-7\ndata: <div hx-swap-oob=\"beforeend:#runnel-log__a\">\ndata: x\ndata: </div>\n\n");
	frame_is(FRAME_OOB, "log/a", "failed", "x", "id: k3x9-7\ndata: <div hx-swap-oob=\"innerHTML:#runnel-log__a-end\">\ndata: x\ndata: </div>\n\n");
	frame_is(FRAME_OOB, "feed", "new-post", "x", "id: k3x9-7\ndata: <div hx-swap-oob=\"afterbegin:#runnel-feed\">\ndata: x\ndata: </div>\n\n");
}
END_TEST

/* In the bar and in the feed the fragment takes the place of what was there, or there are no runs; a script sees the events. */
START_TEST(the_first_of_a_run_takes_the_run_before_out_of_the_page)
{
#define EMPTIED(part) "data: <div hx-swap-oob=\"innerHTML:#runnel-log__a" part "\"></div>\n"
	framed_is(true, FRAME_OOB, "log/a", "log", "x", "id: k3x9-7\n" EMPTIED("-end") "data: <div hx-swap-oob=\"innerHTML:#runnel-log__a\">\ndata: x\ndata: </div>\n\n");
	framed_is(true, FRAME_OOB, "log/a", "failed", "x", "id: k3x9-7\n" EMPTIED("") "data: <div hx-swap-oob=\"innerHTML:#runnel-log__a-end\">\ndata: x\ndata: </div>\n\n");
	framed_is(true, FRAME_HTMX, "log/a", "log", "x", "id: k3x9-7\nevent: log\n" EMPTIED("") EMPTIED("-end") "data: x\n\n");
	framed_is(true, FRAME_HTMX, "log/a", "complete", "x", "id: k3x9-7\nevent: complete\n" EMPTIED("") EMPTIED("-end") "data: x\n\n");
	framed_is(true, FRAME_JSON, "log/a", "log", "x", "id: k3x9-7\nevent: log\ndata: {\"a\":\"b\"}\n\n");
	framed_is(true, FRAME_OOB, "progress/a", "progress", "x", "id: k3x9-7\ndata: <div hx-swap-oob=\"innerHTML:#runnel-progress__a\">\ndata: x\ndata: </div>\n\n");
	framed_is(true, FRAME_HTMX, "progress/a", "progress", "x", "id: k3x9-7\nevent: progress\ndata: x\n\n");
	framed_is(true, FRAME_OOB, "feed", "new-post", "x", "id: k3x9-7\ndata: <div hx-swap-oob=\"afterbegin:#runnel-feed\">\ndata: x\ndata: </div>\n\n");
}
END_TEST

START_TEST(json_is_the_values_under_the_events_name)
{
	frame_is(FRAME_JSON, "feed", "new-post", "<p>", "id: k3x9-7\nevent: new-post\ndata: {\"a\":\"b\"}\n\n");
}
END_TEST

START_TEST(control_events_carry_data)
{
	struct buf out = BUF_INIT;
	frame_control(&out, FRAME_HTMX, "reset", "k3x9", 7, "too old");
	ck_assert_str_eq(out.data, "id: k3x9-7\nevent: reset\ndata: too old\n\n");
	buf_reset(&out);
	frame_control(&out, FRAME_JSON, "reset", "k3x9", 7, "\"old\"");
	ck_assert_str_eq(out.data, "id: k3x9-7\nevent: reset\ndata: {\"reason\":\"\\\"old\\\"\"}\n\n");
	buf_clear(&out);
}
END_TEST

START_TEST(close_says_not_to_come_back_soon)
{
	struct buf out = BUF_INIT;
	frame_control(&out, FRAME_OOB, "close", "k3x9", 7, "finished");
	ck_assert_str_eq(out.data, "retry: 3600000\nid: k3x9-7\nevent: close\ndata: finished\n\n");
	buf_clear(&out);
}
END_TEST

START_TEST(a_cursor_is_a_block_of_its_own_but_in_json)
{
	struct buf out = BUF_INIT;
	frame_cursor(&out, FRAME_HTMX, "k3x9", 7);
	ck_assert_str_eq(out.data, "id: k3x9-7\n\n");
	buf_reset(&out);
	buf_text(&out, "head\r\n\r\n:\n");
	frame_cursor(&out, FRAME_JSON, "k3x9", 7);
	ck_assert_str_eq(out.data, "head\r\n\r\n:\n");
	buf_reset(&out);
	frame_control(&out, FRAME_JSON, "reset", "k3x9", 7, "a");
	frame_cursor(&out, FRAME_JSON, "k3x9", 9);
	ck_assert_str_eq(out.data, "id: k3x9-7\nevent: reset\ndata: {\"reason\":\"a\"}\nid: k3x9-9\n\n");
	buf_clear(&out);
}
END_TEST

START_TEST(a_fragment_has_its_events_id_where_it_asks_for_it)
{
	frame_is(FRAME_HTMX, "feed", "new-post", "<p id=\"a-\032\">\032\032", "id: k3x9-7\nevent: new-post\ndata: <p id=\"a-k3x9-7\">k3x9-7k3x9-7\n\n");
}
END_TEST

START_TEST(a_heartbeat_is_one_comment_line_without_a_blank_one)
{
	ck_assert_str_eq(FRAME_HEARTBEAT, ":\n");
}
END_TEST

static Suite *frame_suite(void)
{
	Suite *suite = suite_create("frame");
	TCase *tc = tcase_create("frame");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_frame_is_id_event_data_and_a_blank_line);
	tcase_add_test(tc, every_kind_of_line_end_starts_a_data_line);
	tcase_add_test(tc, an_empty_fragment_is_still_dispatched);
	tcase_add_test(tc, an_event_called_message_has_no_event_line);
	tcase_add_test(tc, oob_is_unnamed_and_carries_its_target);
	tcase_add_test(tc, the_first_of_a_run_takes_the_run_before_out_of_the_page);
	tcase_add_test(tc, json_is_the_values_under_the_events_name);
	tcase_add_test(tc, control_events_carry_data);
	tcase_add_test(tc, close_says_not_to_come_back_soon);
	tcase_add_test(tc, a_cursor_is_a_block_of_its_own_but_in_json);
	tcase_add_test(tc, a_fragment_has_its_events_id_where_it_asks_for_it);
	tcase_add_test(tc, a_heartbeat_is_one_comment_line_without_a_blank_one);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(frame_suite)
