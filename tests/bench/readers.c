#include "readers.h"

#include "http.h"
#include "mark.h"
#include "now.h"
#include "running.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
	READ_BYTES = 256 * 1024,
	EVENTS_A_ROUND = 512,
	UNANSWERED_MAX = 1000, /* requests at a time: a storm larger than a backlog is no part of these figures */
	SETTLE_MS = 700
};

struct reader {
	struct readers *all;
	int fd;
	bool stopped;
	struct http http;
	struct mark mark;
	int64_t last; /* the last number that it got */
};

static void note_delivery(struct reader *reader)
{
	struct readers *all = reader->all;
	int64_t number = (int64_t)reader->mark.number;
	uint64_t now = running_ns();
	if (number <= reader->last) {
		all->doubled++;
		return;
	}
	all->lost += (uint64_t)(number - reader->last - 1);
	reader->last = number;
	all->delivered++;
	all->last_delivery_ns = now;
	if (!reader->stopped)
		latencies_add(&all->latencies, now - reader->mark.sent_ns);
}

static void read_body(void *arg, const char *bytes, size_t n)
{
	struct reader *reader = arg;
	const char *end = bytes + n;
	while (mark_read(&reader->mark, &bytes, end))
		note_delivery(reader);
}

static void end_reader(struct reader *reader)
{
	if (reader->fd >= 0)
		close(reader->fd); /* which takes it out of epoll too */
	reader->fd = -1;
	reader->all->gone++;
}

static void read_from(struct reader *reader)
{
	struct readers *all = reader->all;
	bool before = reader->http.in_body;
	ssize_t n = read(reader->fd, all->buffer, READ_BYTES);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		end_reader(reader);
	if (n <= 0)
		return;
	http_feed(&reader->http, all->buffer, (size_t)n, read_body, reader);
	if (before || !reader->http.in_body)
		return;
	all->connected++;
	all->refused += reader->http.status != 200;
	if (reader->stopped) /* from now on it reads nothing */
		epoll_ctl(all->epoll_fd, EPOLL_CTL_DEL, reader->fd, NULL);
}

void readers_pump(struct readers *readers, int ms)
{
	struct epoll_event events[EVENTS_A_ROUND];
	int n = epoll_wait(readers->epoll_fd, events, EVENTS_A_ROUND, ms);
	for (int i = 0; i < n; i++)
		read_from(events[i].data.ptr);
}

void readers_pump_until(struct readers *readers, uint64_t until_ns)
{
	while (now_ns() < until_ns)
		readers_pump(readers, now_ms_until(until_ns, 100));
}

static void open_reader(struct readers *readers, const struct url *url, int number, uint64_t end_ns)
{
	char path[URL_PATH_BYTES + 16], request[URL_PATH_BYTES + 128];
	struct reader *reader = &readers->list[number];
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = reader };
	url_path(url, number % readers->options->channels, path, sizeof path);
	int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n", path);
	*reader = (struct reader){ .all = readers, .last = -1, .stopped = number < readers->options->stopped };
	reader->fd = http_connect(url, end_ns);
	if (reader->fd < 0 || !http_send(reader->fd, request, (size_t)length, end_ns)) {
		if (!readers->refused++)
			perror("load: opening a stream");
		end_reader(reader);
		return;
	}
	epoll_ctl(readers->epoll_fd, EPOLL_CTL_ADD, reader->fd, &event);
}

static void await_connected(struct readers *readers, int count, uint64_t end_ns)
{
	while (readers->connected < count && !readers->gone && now_ns() < end_ns)
		readers_pump(readers, now_ms_until(end_ns, 50));
}

void readers_open(struct readers *readers, const struct options *options, uint64_t end_ns)
{
	struct url url = url_parse(options->sub);
	*readers = (struct readers){ .options = options, .epoll_fd = epoll_create1(EPOLL_CLOEXEC) };
	readers->list = calloc((size_t)options->readers, sizeof *readers->list);
	readers->buffer = malloc(READ_BYTES);
	for (int i = 0; i < options->readers; i++) {
		open_reader(readers, &url, i, end_ns);
		if (i % 32 == 31)
			readers_pump(readers, 0);
		await_connected(readers, i - UNANSWERED_MAX, end_ns);
	}
	await_connected(readers, options->readers, end_ns);
	readers->opened_ns = running_ns();
	if (readers_are_up(readers))
		readers_pump_until(readers, now_ns() + SETTLE_MS * 1000000ull);
}

bool readers_are_up(const struct readers *readers)
{
	return readers->connected == readers->options->readers && !readers->refused && !readers->gone;
}

/*
 * Event e goes to channel e % channels, and so does reader r; without channels in the publisher's URL all events go
 * to the channel of one in `channels` readers.
 */
uint64_t readers_expected(const struct readers *readers, bool to_each_channel)
{
	const struct options *options = readers->options;
	uint64_t events = (uint64_t)options->events, channels = (uint64_t)options->channels, expected = 0;
	if (!to_each_channel)
		return events * (uint64_t)(options->readers - options->stopped) / channels;
	for (uint64_t r = (uint64_t)options->stopped; r < (uint64_t)options->readers; r++)
		expected += events / channels + (r % channels < events % channels);
	return expected;
}

void readers_clear(struct readers *readers)
{
	for (int i = 0; i < readers->options->readers; i++)
		if (readers->list[i].fd >= 0)
			close(readers->list[i].fd);
	close(readers->epoll_fd);
	free(readers->buffer);
	free(readers->list);
}
