/*
 * What a reader is sent when things meet at an awkward moment.
 */
#include "hub_fixture.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- a channel that begins anew ---- */

static const char *const channels[] = { "feed", "notifications/a", "log/a" };

static void goes_on_after_removal(const char *channel, bool forgotten)
{
	begin("");
	struct reader reader = reader_of(channel, NULL, 0);
	for (int i = 0; i < 7; i++)
		post(channel, "before");
	run();
	remove_channel(channel);
	if (forgotten)
		append_aged("progress/other", "progress", "next week", -8 * (int64_t)86400000);
	post(channel, "AFTER");
	sees_only(&reader, "AFTER");
	post(channel, "LATER");
	sees_only(&reader, "LATER");
}

START_TEST(a_channel_that_was_removed_goes_on)
{
	goes_on_after_removal(channels[_i], false);
}
END_TEST

/* Nobody was in it for a week: the store has forgotten it, and its events count from 1 again. */
START_TEST(a_channel_that_was_forgotten_goes_on)
{
	goes_on_after_removal(channels[_i], true);
}
END_TEST

START_TEST(a_channel_whose_events_have_all_expired_goes_on)
{
	begin("");
	const struct kind *kind = kinds_of(&site.config.kinds, channels[_i]);
	struct reader reader = reader_of(channels[_i], NULL, 0);
	for (int i = 0; i < 3; i++)
		append_aged(channels[_i], kind->event, "before", kind->keep_ms * 2);
	sees_only(&reader, "before");
	post("progress/other", "takes along what is due");
	run();
	post(channels[_i], "AFTER");
	sees_only(&reader, "AFTER");
}
END_TEST

/* What goes elsewhere while a reader of a channel that never held anything is away is no gap to it. */
START_TEST(a_neighbour_that_goes_takes_nothing_of_an_empty_channel)
{
	begin("");
	post("progress/old", "before");
	struct reader first = reader_of("notifications/bob", NULL, 0);
	run();
	uint64_t cursor = 0;
	ck_assert_int_eq(store_head(site.store, &cursor), STORE_OK); /* what its id-only block said */
	close(first.fd);
	run();
	append_aged("progress/older", "progress", "expired", kinds_of(&site.config.kinds, "progress")->keep_ms * 2);
	post("progress/old", "more");
	remove_channel("progress/old");
	post("notifications/bob", "FORBOB");
	struct reader second = reader_of("notifications/bob", &cursor, 0);
	sees_only(&second, "FORBOB");
}
END_TEST

/* ---- who comes, and when ---- */

/* The page that gave it the cursor has read the store; the worker is several turns behind that. */
START_TEST(a_cursor_of_this_moment_is_not_ahead_of_the_store)
{
	begin("");
	reader_of("feed", NULL, 0);
	run();
	uint64_t head = post_many("log/x", "old", 2000);
	struct reader reader = reader_of("log/x", &head, 0);
	post("log/x", "NEW");
	sees_only(&reader, "NEW");
	ck_assert_int_eq(count(&reader, "old"), 0);
}
END_TEST

START_TEST(a_head_that_was_removed_is_not_ahead_of_the_store)
{
	uint64_t head;
	begin("");
	reader_of("feed", NULL, 0);
	post("feed", "old");
	run();
	post("progress/x", "short");
	remove_channel("progress/x");
	run();
	ck_assert_int_eq(store_head(site.store, &head), STORE_OK);
	struct reader reader = reader_of("feed", &head, 0);
	post("feed", "NEW");
	sees_only(&reader, "NEW");
	ck_assert_int_eq(count(&reader, "old"), 0);
}
END_TEST

static struct {
	struct loop_source source;
	const char *channel;
	struct reader reader;
} next;

static void open_next(struct loop_source *source, uint32_t events)
{
	(void)source, (void)events;
	if (next.reader.fd < 0)
		next.reader = reader_of(next.channel, NULL, 0);
}

/* In one round of the loop: a page that is loaded again. */
START_TEST(a_reader_that_comes_as_the_last_one_leaves_misses_nothing)
{
	int bell[2];
	begin("");
	next.source.ready = open_next;
	next.channel = channels[_i];
	next.reader.fd = -1;
	ck_assert_int_eq(pipe(bell), 0);
	post(channels[_i], "zero");
	struct reader last = reader_of(channels[_i], NULL, 0);
	run();
	post(channels[_i], "one");
	run();
	ck_assert_int_eq(loop_add(loop, bell[0], EPOLLIN | EPOLLET, &next.source), 0);
	close(last.fd);
	ck_assert_int_eq(write(bell[1], "", 1), 1);
	post(channels[_i], "two");
	run();
	post(channels[_i], "THREE");
	sees_only(&next.reader, "THREE");
}
END_TEST

/* ---- what retention took ---- */

/* Retention is ahead of the worker's own place when the reader, who was stuck, reads on. */
START_TEST(every_line_of_a_log_is_read_or_counted_as_skipped)
{
	char *large = text_of(LARGE_LINE);
	begin("[kind \"log\"]\nkeep = 20\n");
	struct reader reader = reader_of("log/a", NULL, SMALL_BUFFER);
	for (int i = 0; i < 40; i++) {
		post("log/a", large);
		run();
	}
	read_on(&reader);
	post_many("log/a", large, 100);
	for (int i = 0; i < TURNS && count(&reader, large) + lines_skipped(&reader) < 140; i++) {
		run();
		read_on(&reader);
	}
	ck_assert_int_eq(count(&reader, large) + lines_skipped(&reader), 140);
	ck_assert_int_gt(lines_skipped(&reader), 0);
	free(large);
}
END_TEST

/* It had read nothing of the log, but nothing was there to be read: the number is known. */
START_TEST(a_log_that_was_empty_counts_what_is_skipped)
{
	char *large = text_of(LARGE_LINE);
	begin("[kind \"log\"]\nkeep = 20\n");
	struct reader reader = reader_of("feed log/a", NULL, SMALL_BUFFER);
	for (int i = 0; i < 20; i++) {
		post("feed", large);
		run();
	}
	post_many("log/a", "line", 100);
	read_until(&reader, "skipped ");
	ck_assert_int_eq(lines_skipped(&reader), 80);
	free(large);
}
END_TEST

START_TEST(a_log_that_was_empty_counts_while_the_start_is_on_its_way)
{
	char *line = text_of(HUGE_LINE);
	begin("[kind \"log\"]\nkeep = 20\n");
	post_many("feed", line, 20);
	struct reader reader = reader_of("feed log/a", NULL, SMALL_BUFFER);
	post_many("log/a", "line", 100);
	read_until(&reader, "skipped ");
	ck_assert_int_eq(lines_skipped(&reader), 80);
	ck_assert_int_eq(count(&reader, "event: new-post"), 20);
	free(line);
}
END_TEST

/* What came and was removed while nobody looked is no loss to who came after it. */
START_TEST(what_was_removed_before_it_came_is_no_gap_to_a_reader)
{
	uint64_t head = 0;
	begin("");
	reader_of("feed", NULL, 0);
	post_many("feed", "old", 5);
	run();
	post_many("feed", "removed", 5);
	remove_channel("feed");
	ck_assert_int_eq(store_head(site.store, &head), STORE_OK);
	struct reader reader = reader_of("feed", &head, 0);
	run();
	post("feed", "NEW");
	sees_only(&reader, "NEW");
}
END_TEST

/* A reader cut off after it comes back with its id, which is no other event's. */
START_TEST(what_was_skipped_has_an_id_of_its_own)
{
	char *large = text_of(LARGE_LINE);
	begin("[kind \"log\"]\nkeep = 20\n");
	struct reader reader = reader_of("notifications/a log/a", NULL, SMALL_BUFFER);
	for (int i = 0; i < 20; i++) {
		post("notifications/a", large);
		run();
	}
	post_many("log/a", "line", 30);
	uint64_t between = post("notifications/a", "BETWEEN");
	post_many("log/a", "line", 20);
	read_until(&reader, "BETWEEN");
	ck_assert_int_eq(lines_skipped(&reader), 30);
	ck_assert_int_eq(count(&reader, id_line(between)), 1);
	free(large);
}
END_TEST

/* ---- the system's limits ---- */

/* The loop already has this descriptor: it is refused like one too many. */
START_TEST(a_connection_that_cannot_be_watched_is_told_to_come_back)
{
	struct loop_source other = { 0 };
	int ends[2];
	begin("");
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(loop_add(loop, ends[0], 0, &other), 0);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	open_stream(ends[0], "feed", NULL);
	struct reader reader = { ends[1], BUF_INIT };
	read_on(&reader);
	ck_assert_int_eq(count(&reader, "text/event-stream"), 1);
	ck_assert_int_eq(count(&reader, "retry: "), 1);
	ck_assert_uint_eq(hub_streams(hub), 0);
	char byte;
	ck_assert_int_eq(read(reader.fd, &byte, 1), 0);
}
END_TEST

/* ---- readers that take nothing ---- */

static void until_gone(struct reader *reads_slowly)
{
	char bytes[300];
	for (int i = 0; i < TURNS && hub_streams(hub); i++) {
		run();
		if (reads_slowly && read(reads_slowly->fd, bytes, sizeof bytes) > 0)
			buf_add(&reads_slowly->got, bytes, 1);
	}
}

START_TEST(a_reader_that_takes_nothing_is_dropped)
{
	char *large = text_of(HUGE_LINE);
	begin("[stream]\nheartbeat = 1\nstuck = 1\n");
	struct reader reader = reader_of("feed", NULL, SMALL_BUFFER);
	post("feed", large);
	until_gone(NULL);
	ck_assert_uint_eq(hub_streams(hub), 0);
	close(reader.fd);
	free(large);
}
END_TEST

START_TEST(a_stream_that_ends_and_is_not_read_is_dropped)
{
	char *large = text_of(HUGE_LINE);
	begin("[stream]\nheartbeat = 1\nstuck = 1\n");
	struct reader reader = reader_of("log/a", NULL, SMALL_BUFFER);
	append_aged("log/a", "complete", large, 0);
	until_gone(NULL);
	ck_assert_uint_eq(hub_streams(hub), 0);
	close(reader.fd);
	free(large);
}
END_TEST

/* It takes a little again and again, though far less than would let us write. */
START_TEST(a_slow_reader_that_lives_is_kept)
{
	char *large = text_of(HUGE_LINE);
	begin("[stream]\nheartbeat = 1\nstuck = 3\n");
	struct reader reader = reader_of("feed", NULL, SMALL_BUFFER);
	post_many("feed", large, 20);
	until_gone(&reader);
	ck_assert_uint_eq(hub_streams(hub), 1);
	free(large);
}
END_TEST

static Suite *hub_suite(void)
{
	Suite *suite = suite_create("hub");
	TCase *tc = hub_case("hub");
	int all = sizeof channels / sizeof *channels;
	tcase_add_loop_test(tc, a_channel_that_was_removed_goes_on, 0, all);
	tcase_add_loop_test(tc, a_channel_that_was_forgotten_goes_on, 0, all);
	tcase_add_loop_test(tc, a_channel_whose_events_have_all_expired_goes_on, 0, all);
	tcase_add_test(tc, a_neighbour_that_goes_takes_nothing_of_an_empty_channel);
	tcase_add_test(tc, a_cursor_of_this_moment_is_not_ahead_of_the_store);
	tcase_add_test(tc, a_head_that_was_removed_is_not_ahead_of_the_store);
	tcase_add_loop_test(tc, a_reader_that_comes_as_the_last_one_leaves_misses_nothing, 0, all);
	tcase_add_test(tc, every_line_of_a_log_is_read_or_counted_as_skipped);
	tcase_add_test(tc, a_log_that_was_empty_counts_what_is_skipped);
	tcase_add_test(tc, a_log_that_was_empty_counts_while_the_start_is_on_its_way);
	tcase_add_test(tc, what_was_removed_before_it_came_is_no_gap_to_a_reader);
	tcase_add_test(tc, what_was_skipped_has_an_id_of_its_own);
	tcase_add_test(tc, a_connection_that_cannot_be_watched_is_told_to_come_back);
	tcase_add_test(tc, a_reader_that_takes_nothing_is_dropped);
	tcase_add_test(tc, a_stream_that_ends_and_is_not_read_is_dropped);
	tcase_add_test(tc, a_slow_reader_that_lives_is_kept);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(hub_suite)
