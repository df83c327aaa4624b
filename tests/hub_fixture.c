/*
 * A hub with its store in the test's own process, and readers on socket pairs.
 */
#include "hub_fixture.h"

#include "api/publish.h"
#include "stream/transport.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct site site;
struct loop *loop;
struct hub *hub;

static char *folder;

static void wrap(struct buf *out, const char *bytes, size_t n)
{
	buf_add(out, bytes, n);
}

static void end(struct buf *out)
{
	(void)out;
}

static const struct transport plain = { "plain", wrap, end, EPOLLIN | EPOLLRDHUP, false, NULL };

void begin(const char *config)
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
	hub = hub_new(loop, &site, &plain, STORE_ALL_CHANNELS);
}

static void tear_down(void)
{
	folder_remove(folder);
}

static void stop(void *arg)
{
	loop_stop(arg);
}

void run(void)
{
	loop_in(loop, 30, stop, loop);
	loop_run(loop);
}

void read_on(struct reader *reader)
{
	char bytes[65536];
	ssize_t n;
	while ((n = read(reader->fd, bytes, sizeof bytes)) > 0)
		buf_add(&reader->got, bytes, (size_t)n);
}

void open_stream(int fd, const char *names, const uint64_t *cursor)
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

struct reader reader_of(const char *names, const uint64_t *cursor, int buffer)
{
	int ends[2];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	if (buffer)
		setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	open_stream(ends[0], names, cursor);
	return (struct reader){ ends[1], BUF_INIT };
}

uint64_t post_many(const char *channel, const char *text, size_t n)
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

uint64_t post(const char *channel, const char *text)
{
	return post_many(channel, text, 1);
}

void append_aged(const char *channel, const char *name, const char *fragment, int64_t age_ms)
{
	const struct kind *kind = kinds_of(&site.config.kinds, channel);
	struct store_entry entry = {
		.channel = channel, .name = name, .time_ms = (int64_t)time(NULL) * 1000 - age_ms, .values = "{}", .values_bytes = 2,
		.fragment = fragment, .fragment_bytes = strlen(fragment), .kind = kind->name, .keep = kind->keep, .keep_ms = kind->keep_ms,
	};
	ck_assert_int_eq(store_append(site.store, &entry, 1), STORE_OK);
}

void remove_channel(const char *channel)
{
	uint64_t removed;
	ck_assert_int_eq(store_remove(site.store, channel, &removed), STORE_OK);
	ck_assert_uint_gt(removed, 0);
}

int count(struct reader *reader, const char *text)
{
	int n = 0;
	for (const char *at = buf_string(&reader->got); (at = strstr(at, text)); at += strlen(text))
		n++;
	return n;
}

void sees_only(struct reader *reader, const char *text)
{
	run();
	read_on(reader);
	ck_assert_msg(count(reader, text) > 0, "%s did not come", text);
	ck_assert_int_eq(count(reader, "event: reset"), 0);
	ck_assert_int_eq(count(reader, "skipped"), 0);
}

int lines_skipped(struct reader *reader)
{
	int sum = 0, n;
	for (const char *at = buf_string(&reader->got); (at = strstr(at, "skipped ")); at++)
		if (sscanf(at, "skipped %d lines", &n) == 1)
			sum += n;
	return sum;
}

void read_until(struct reader *reader, const char *text)
{
	for (int i = 0; i < TURNS && count(reader, text) == 0; i++) {
		run();
		read_on(reader);
	}
	ck_assert_msg(count(reader, text) > 0, "%s did not come", text);
}

char *text_of(size_t bytes)
{
	char *text = calloc(1, bytes + 1);
	memset(text, 'x', bytes);
	return text;
}

const char *id_line(uint64_t seq)
{
	static char line[CURSOR_BYTES_MAX + 8];
	snprintf(line, sizeof line, "id: %s-%llu\n", store_epoch(site.store), (unsigned long long)seq);
	return line;
}

TCase *hub_case(const char *name)
{
	TCase *tc = tcase_create(name);
	tcase_add_checked_fixture(tc, NULL, tear_down);
	tcase_set_timeout(tc, 120);
	return tc;
}
