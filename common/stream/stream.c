#include "stream/stream.h"

#include "base/buf.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void watch(struct stream *stream)
{
	bool behind = stream->state != STREAM_LIVE;
	if (stream->pollable)
		loop_change(stream->owner->loop, stream->fd, stream->owner->transport->gone | (behind ? EPOLLOUT : 0), &stream->source);
}

/*
 * A web server that keeps its connections may send the next request as soon as it has the end of this answer: were the
 * connection closed then, that request would be lost.
 */
static void let_go(struct stream *stream)
{
	if (stream->whole && stream->kept && stream->owner->left)
		stream->owner->left(stream->owner->left_arg, stream->fd);
	else
		close(stream->fd);
	stream->fd = -1;
}

/* The one place where the state changes. */
static void stream_set(struct stream *stream, enum stream_state state)
{
	enum stream_state before = stream->state;
	if (before == STREAM_GONE || before == state)
		return;
	stream->state = (uint8_t)state;
	switch (state) {
	case STREAM_LIVE:
	case STREAM_BEHIND:
		watch(stream);
		break;
	case STREAM_ENDING:
		if (before == STREAM_LIVE)
			watch(stream);
		break;
	case STREAM_GONE:
		stream->owner->gone(stream);
		if (stream->pollable)
			loop_remove(stream->owner->loop, stream->fd);
		let_go(stream);
		batch_unref(stream->pending);
		stream->pending = NULL;
		break;
	}
}

/* The last byte of its answer is out. */
static void finish(struct stream *stream)
{
	stream->whole = true;
	stream_set(stream, STREAM_GONE);
}

/* write(2) of a batch, from an offset on. */
static ssize_t put(const struct stream *stream, const struct batch *batch, size_t from)
{
	if (!stream->request_id)
		return write(stream->fd, batch->bytes + from, batch->len - from);
	char *copy = must_copy_n(batch->bytes, batch->len);
	stream->owner->transport->address(copy, batch->len, stream->request_id);
	ssize_t n = write(stream->fd, copy + from, batch->len - from);
	int error = errno;
	free(copy);
	errno = error;
	return n;
}

/* Writes on; true when nothing is pending any more. */
static bool flush(struct stream *stream)
{
	struct batch *batch = stream->pending;
	while (stream->sent < batch->len) {
		ssize_t n = put(stream, batch, stream->sent);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return false;
		if (n < 0) {
			stream_set(stream, STREAM_GONE);
			return false;
		}
		stream->sent += (uint32_t)n;
	}
	batch_unref(batch);
	stream->pending = NULL;
	return true;
}

/* The web server says that the client left and still listens (lighttpd): end the request in good order. */
static void say_farewell(struct stream *stream)
{
	const struct batch *farewell = stream->owner->farewell;
	if (!stream->pending && farewell->len && put(stream, farewell, 0) < 0) {
		/* then it did not */
	}
}

static void ready(struct loop_source *source, uint32_t events)
{
	struct stream *stream = (struct stream *)source;
	if (stream->state == STREAM_GONE)
		return;
	if (events & (EPOLLERR | EPOLLHUP | stream->owner->transport->gone)) {
		if (!(events & (EPOLLERR | EPOLLHUP)))
			say_farewell(stream);
		stream_set(stream, STREAM_GONE);
		return;
	}
	if (!(events & EPOLLOUT) || (stream->pending && !flush(stream)))
		return;
	if (stream->state == STREAM_ENDING)
		finish(stream);
	else if (stream->state == STREAM_BEHIND)
		stream->owner->drained(stream);
}

struct stream *stream_new(struct stream_owner *owner, int fd)
{
	struct stream *stream = must_alloc(sizeof *stream);
	struct stat info;
	stream->source.ready = ready;
	stream->owner = owner;
	stream->fd = fd;
	stream->state = STREAM_LIVE;
	/* only a pipe or a socket is ours alone: O_NONBLOCK on a terminal would reach the shell */
	if (fstat(fd, &info) == 0 && (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode))) {
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		stream->pollable = loop_add(owner->loop, fd, owner->transport->gone, &stream->source) == 0;
		stream->unwatched = !stream->pollable;
		if (stream->unwatched)
			log_error_seldom("watching a reader's connection: %s", strerror(errno));
	}
	return stream;
}

void stream_send(struct stream *stream, struct batch *batch)
{
	if (stream->state == STREAM_GONE)
		return;
	ssize_t n = put(stream, batch, 0);
	if (n == (ssize_t)batch->len)
		return;
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		stream_set(stream, STREAM_GONE);
		return;
	}
	stream->pending = batch_ref(batch);
	stream->sent = n > 0 ? (uint32_t)n : 0;
	stream->taken_s = 0;
	if (stream->state == STREAM_LIVE)
		stream_set(stream, STREAM_BEHIND);
}

void stream_end(struct stream *stream, struct batch *batch)
{
	stream_set(stream, STREAM_ENDING);
	stream_send(stream, batch);
	if (stream->state == STREAM_ENDING && !stream->pending)
		finish(stream);
	else if (stream->state == STREAM_ENDING && stream->unwatched)
		stream_set(stream, STREAM_GONE);
}

void stream_fall_behind(struct stream *stream)
{
	if (stream->state != STREAM_LIVE)
		return;
	stream_set(stream, STREAM_BEHIND);
	while (!stream->pollable && stream->state == STREAM_BEHIND)
		stream->owner->drained(stream); /* a file never says that it is ready: it always is */
}

void stream_caught_up(struct stream *stream)
{
	if (stream->state == STREAM_BEHIND)
		stream_set(stream, STREAM_LIVE);
}

/* What lies in the socket or the pipe. */
static uint32_t unread(int fd)
{
	int bytes = 0;
	if (ioctl(fd, SIOCOUTQ, &bytes) < 0 && ioctl(fd, FIONREAD, &bytes) < 0)
		return 0;
	return (uint32_t)bytes;
}

unsigned stream_stuck_s(struct stream *stream, uint32_t now_s)
{
	if (!stream->pending)
		return 0;
	uint32_t taken = stream->sent - unread(stream->fd);
	if (!stream->taken_s || taken != stream->taken) {
		stream->taken = taken;
		stream->taken_s = now_s;
	}
	return now_s - stream->taken_s;
}

void stream_drop(struct stream *stream)
{
	stream_set(stream, STREAM_GONE);
}

void stream_free(struct stream *stream)
{
	free(stream);
}
