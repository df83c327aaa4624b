/*
 * What a reader is sent when things meet at an awkward moment.
 *
 * The hub is in this process, and its loop runs only when a test says so: each moment comes as it is written here.
 */
#include "hub.h"
#include "publish.h"
#include "site.h"
#include "suite.h"
#include "transport.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TURNS = 200, SMALL_BUFFER = 4096, LARGE_LINE = 1500, HUGE_LINE = 30000, LARGE_CHANNELS = 40 };

/* One reader: our end of its connection, and what it was sent. */
struct reader {
	int fd;
	struct buf got;
};

static char *folder;
static struct site site;
static struct loop *loop;
static struct hub *hub;
static _Atomic unsigned streams;

static void wrap(struct buf *out, const char *bytes, size_t n)
{
	buf_add(out, bytes, n);
}

static void end(struct buf *out)
{
	(void)out;
}

static const struct transport plain = { "plain", wrap, end, EPOLLIN | EPOLLRDHUP, false };

/* ---- a hub ---- */

static void begin(const char *config)
{
	char path[256];
	struct problem problem = PROBLEM_NONE;
	signal(SIGPIPE, SIG_IGN);
	folder = folder_new();
	snprintf(path, sizeof path, "%s/runnel.conf", folder);
	FILE *file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(config, file);
	fclose(file);
	setenv("RUNNEL_STORE", folder, 1);
	setenv("RUNNEL_CONFIG", path, 1);
	ck_assert_msg(site_open(&site, &problem), "%s", problem.text);
	loop = loop_new();
	hub = hub_new(loop, &site, &plain, STORE_ALL_CHANNELS, &streams);
}

static void teardown(void)
{
	folder_remove(folder);
}

static void stop(void *arg)
{
	loop_stop(arg);
}

/* Until all that has happened has been dealt with, and longer. */
static void run(void)
{
	loop_in(loop, 30, stop, loop);
	loop_run(loop);
}

static void read_on(struct reader *reader)
{
	char bytes[65536];
	ssize_t n;
	while ((n = read(reader->fd, bytes, sizeof bytes)) > 0)
		buf_add(&reader->got, bytes, (size_t)n);
}

/* Opens a stream of some channels with a cursor, or none when it is NULL; the connection holds so many bytes, or as many as usual for 0. */
static void open_stream(int fd, const char *names, const uint64_t *cursor)
{
	struct stream_request request = STREAM_REQUEST_INIT;
	char *rest = strdup(names), *copy = rest;
	request.channels = calloc(strlen(names), sizeof *request.channels);
	for (char *name; (name = strsep(&rest, " "));)
		request.channels[request.count++] = strdup(name);
	if (cursor) {
		strcpy(request.cursor.epoch, store_epoch(site.store));
		request.cursor.seq = *cursor;
	}
	hub_open(hub, fd, &request);
	stream_request_clear(&request);
	free(copy);
}

static struct reader reader_of(const char *names, const uint64_t *cursor, int buffer)
{
	int ends[2];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	if (buffer)
		setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	open_stream(ends[0], names, cursor);
	return (struct reader){ ends[1], BUF_INIT };
}

/* So many events in one commit; the seq of the last. */
static uint64_t post_many(const char *channel, const char *text, size_t n)
{
	const struct kind *kind = kinds_of(&site.config.kinds, channel);
	struct problem problem = PROBLEM_NONE;
	struct draft *drafts = calloc(n, sizeof *drafts);
	uint64_t *seqs = calloc(n, sizeof *seqs);
	for (size_t i = 0; i < n; i++) {
		drafts[i] = (struct draft)DRAFT_INIT(channel);
		values_set(&drafts[i].values, kind->text, text, strlen(text), &problem);
	}
	ck_assert_msg(publish(&site, drafts, n, seqs, &problem), "%s", problem.text);
	uint64_t last = seqs[n - 1];
	for (size_t i = 0; i < n; i++)
		draft_clear(&drafts[i]);
	free(drafts);
	free(seqs);
	return last;
}

static uint64_t post(const char *channel, const char *text)
{
	return post_many(channel, text, 1);
}

/* An event of an age that no publisher could give it. */
static void append_aged(const char *channel, const char *name, const char *fragment, int64_t age_ms)
{
	const struct kind *kind = kinds_of(&site.config.kinds, channel);
	struct store_entry entry = {
		.channel = channel, .name = name, .time_ms = (int64_t)time(NULL) * 1000 - age_ms, .values = "{}", .values_bytes = 2,
		.fragment = fragment, .fragment_bytes = strlen(fragment), .keep = kind->keep, .keep_ms = kind->keep_ms,
	};
	ck_assert_int_eq(store_append(site.store, &entry, 1), STORE_OK);
}

static void remove_channel(const char *channel)
{
	uint64_t removed;
	ck_assert_int_eq(store_remove(site.store, channel, &removed), STORE_OK);
	ck_assert_uint_gt(removed, 0);
}

static int count(struct reader *reader, const char *text)
{
	int n = 0;
	for (const char *at = buf_string(&reader->got); (at = strstr(at, text)); at += strlen(text))
		n++;
	return n;
}

/* It has seen the post, and was told of nothing that it missed. */
static void sees_only(struct reader *reader, const char *text)
{
	run();
	read_on(reader);
	ck_assert_msg(count(reader, text) > 0, "%s did not come", text);
	ck_assert_int_eq(count(reader, "event: reset"), 0);
	ck_assert_int_eq(count(reader, "skipped"), 0);
}

/* ---- a channel that begins anew ---- */

static const char *const channels[] = { "feed", "notifications/a", "log/a" };

START_TEST(a_channel_that_was_removed_goes_on)
{
	begin("");
	struct reader reader = reader_of(channels[_i], NULL, 0);
	for (int i = 0; i < 7; i++)
		post(channels[_i], "before");
	run();
	remove_channel(channels[_i]);
	post(channels[_i], "AFTER");
	sees_only(&reader, "AFTER");
	post(channels[_i], "LATER");
	sees_only(&reader, "LATER");
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

/* Nobody was in it for a week: the store has forgotten it, and its events count from 1 again. */
START_TEST(a_channel_that_was_forgotten_goes_on)
{
	begin("");
	struct reader reader = reader_of(channels[_i], NULL, 0);
	for (int i = 0; i < 7; i++)
		post(channels[_i], "before");
	run();
	remove_channel(channels[_i]);
	append_aged("progress/other", "progress", "next week", -8 * (int64_t)86400000);
	post(channels[_i], "AFTER");
	sees_only(&reader, "AFTER");
	post(channels[_i], "LATER");
	sees_only(&reader, "LATER");
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

static int lines_skipped(struct reader *reader)
{
	int sum = 0, n;
	for (const char *at = buf_string(&reader->got); (at = strstr(at, "skipped ")); at++)
		if (sscanf(at, "skipped %d lines", &n) == 1)
			sum += n;
	return sum;
}

static char *huge_line(void)
{
	char *line = calloc(1, HUGE_LINE);
	memset(line, 'x', HUGE_LINE - 1);
	return line;
}

/* Retention is ahead of the worker's own place when the reader, who was stuck, reads on. */
START_TEST(every_line_of_a_log_is_read_or_counted_as_skipped)
{
	static char large[LARGE_LINE];
	memset(large, 'x', sizeof large - 1);
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
}
END_TEST

/* It had read nothing of the log, but nothing was there to be read: the number is known. */
START_TEST(a_log_that_was_empty_counts_what_is_skipped)
{
	static char large[LARGE_LINE];
	memset(large, 'x', sizeof large - 1);
	begin("[kind \"log\"]\nkeep = 20\n");
	struct reader reader = reader_of("feed log/a", NULL, SMALL_BUFFER);
	for (int i = 0; i < 20; i++) {
		post("feed", large);
		run();
	}
	post_many("log/a", "line", 100);
	for (int i = 0; i < TURNS && lines_skipped(&reader) == 0; i++) {
		run();
		read_on(&reader);
	}
	ck_assert_int_eq(lines_skipped(&reader), 80);
}
END_TEST

START_TEST(a_log_that_was_empty_counts_while_the_start_is_on_its_way)
{
	char *line = huge_line();
	begin("[kind \"log\"]\nkeep = 20\n");
	post_many("feed", line, 20);
	struct reader reader = reader_of("feed log/a", NULL, SMALL_BUFFER);
	post_many("log/a", "line", 100);
	for (int i = 0; i < TURNS && lines_skipped(&reader) == 0; i++) {
		run();
		read_on(&reader);
	}
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

/* ---- starts that are large ---- */

static void read_until(struct reader *reader, const char *text)
{
	for (int i = 0; i < TURNS && count(reader, text) == 0; i++) {
		run();
		read_on(reader);
	}
	ck_assert_msg(count(reader, text) > 0, "%s did not come", text);
}

/* Two hundred lines of each, as the kind says, though the reading of one stops in the middle of the other's past. */
START_TEST(a_large_start_comes_in_parts_and_has_what_the_kinds_say)
{
	char *line = huge_line();
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
	char *line = huge_line(), names[LARGE_CHANNELS * 8] = "", name[8];
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

/* Its notifications go on after the cursor, once, though the feed starts again far before it. */
START_TEST(a_large_start_after_a_gap_doubles_nothing_of_another_channel)
{
	char *line = huge_line();
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

START_TEST(a_large_start_brings_no_old_notifications)
{
	char *line = huge_line();
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

/* Its feed ends before old notifications, which it is not due: it comes back behind them. */
START_TEST(a_large_start_ends_with_the_streams_cursor)
{
	char *line = huge_line();
	uint64_t smallest;
	begin("");
	post_many("feed", line, 20);
	uint64_t head = post_many("notifications/a", "OLD", 5);
	struct reader reader = reader_of("feed notifications/a", NULL, 0);
	for (int i = 0; i < TURNS && ids(&reader, &smallest) < head; i++) {
		run();
		read_on(&reader);
	}
	ck_assert_uint_eq(ids(&reader, &smallest), head);
	ck_assert_int_eq(count(&reader, "event: new-post"), 20);
	free(line);
}
END_TEST

/* Wherever in it a reader is cut off, it comes back with a cursor from which nothing is lost. */
START_TEST(a_reset_never_takes_a_reader_behind_its_cursor)
{
	char *line = huge_line();
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

/* A reader cut off after it comes back with its id, which is no other event's. */
START_TEST(what_was_skipped_has_an_id_of_its_own)
{
	static char large[LARGE_LINE];
	char id[60];
	memset(large, 'x', sizeof large - 1);
	begin("[kind \"log\"]\nkeep = 20\n");
	struct reader reader = reader_of("notifications/a log/a", NULL, SMALL_BUFFER);
	for (int i = 0; i < 20; i++) {
		post("notifications/a", large);
		run();
	}
	post_many("log/a", "line", 30);
	snprintf(id, sizeof id, "id: %s-%llu\n", store_epoch(site.store), (unsigned long long)post("notifications/a", "BETWEEN"));
	post_many("log/a", "line", 20);
	read_until(&reader, "BETWEEN");
	ck_assert_int_eq(lines_skipped(&reader), 30);
	ck_assert_int_eq(count(&reader, id), 1);
}
END_TEST

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

/* ---- the end ---- */

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

static Suite *hub_suite(void)
{
	Suite *suite = suite_create("hub");
	TCase *tc = tcase_create("hub");
	int all = sizeof channels / sizeof *channels;
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, a_channel_that_was_removed_goes_on, 0, all);
	tcase_add_loop_test(tc, a_channel_whose_events_have_all_expired_goes_on, 0, all);
	tcase_add_loop_test(tc, a_channel_that_was_forgotten_goes_on, 0, all);
	tcase_add_test(tc, a_neighbour_that_goes_takes_nothing_of_an_empty_channel);
	tcase_add_test(tc, a_cursor_of_this_moment_is_not_ahead_of_the_store);
	tcase_add_test(tc, a_head_that_was_removed_is_not_ahead_of_the_store);
	tcase_add_loop_test(tc, a_reader_that_comes_as_the_last_one_leaves_misses_nothing, 0, all);
	tcase_add_test(tc, every_line_of_a_log_is_read_or_counted_as_skipped);
	tcase_add_test(tc, a_log_that_was_empty_counts_what_is_skipped);
	tcase_add_test(tc, a_log_that_was_empty_counts_while_the_start_is_on_its_way);
	tcase_add_test(tc, what_was_removed_before_it_came_is_no_gap_to_a_reader);
	tcase_add_test(tc, a_gap_in_one_channel_takes_nothing_of_another);
	tcase_add_test(tc, a_large_start_comes_in_parts_and_has_what_the_kinds_say);
	tcase_add_test(tc, a_reader_of_many_large_channels_that_does_not_read_holds_little);
	tcase_add_test(tc, a_large_start_after_a_gap_doubles_nothing_of_another_channel);
	tcase_add_test(tc, a_large_start_brings_no_old_notifications);
	tcase_add_test(tc, a_large_start_ends_with_the_streams_cursor);
	tcase_add_test(tc, a_reset_never_takes_a_reader_behind_its_cursor);
	tcase_add_test(tc, a_reset_of_an_open_stream_ends_with_its_cursor);
	tcase_add_test(tc, what_was_skipped_has_an_id_of_its_own);
	tcase_add_test(tc, the_end_of_a_run_comes_once_though_it_ends_a_part);
	tcase_add_test(tc, a_connection_that_cannot_be_watched_is_told_to_come_back);
	tcase_add_test(tc, progress_that_moved_far_resets_no_other_channel);
	tcase_add_test(tc, a_reset_at_the_end_of_a_run_still_shows_its_final_state);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(hub_suite)
