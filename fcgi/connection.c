#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	READ_BYTES = 64 * 1024,
	READS_AT_ONCE = 16, /* then others have their turn: a peer may send as fast as we read */
};

struct connection *connection_new(int fd, size_t body_max, uint64_t due_ms)
{
	struct connection *connection = must_alloc(sizeof *connection);
	connection->fd = fd;
	connection->due_ms = due_ms;
	incoming_init(&connection->incoming, body_max);
	return connection;
}

void connection_free(struct connection *connection)
{
	if (connection->fd >= 0)
		close(connection->fd);
	incoming_clear(&connection->incoming);
	buf_clear(&connection->rest);
	buf_clear(&connection->out);
	free(connection);
}

int connection_take_fd(struct connection *connection)
{
	int fd = connection->fd;
	connection->fd = -1;
	return fd;
}

/* To records about the connection. A peer that does not take these few bytes at once is no use. */
static bool send_replies(struct connection *connection)
{
	struct buf *replies = &connection->incoming.replies;
	ssize_t n = replies->len ? send(connection->fd, replies->data, replies->len, MSG_NOSIGNAL) : 0;
	bool sent = n == (ssize_t)replies->len;
	buf_reset(replies);
	return sent;
}

static bool take(struct connection *connection, const char *bytes, size_t n)
{
	size_t taken = incoming_take(&connection->incoming, bytes, n);
	if (taken < n)
		buf_add(&connection->rest, bytes + taken, n - taken);
	return send_replies(connection) && connection->incoming.stage != INCOMING_OVER;
}

static bool take_rest(struct connection *connection)
{
	struct buf rest = connection->rest;
	connection->rest = (struct buf)BUF_INIT;
	bool taken = take(connection, rest.data, rest.len);
	buf_clear(&rest);
	return taken;
}

bool connection_read(struct connection *connection)
{
	static _Thread_local char bytes[READ_BYTES];
	if (connection->rest.len && !take_rest(connection))
		return false;
	for (int i = 0; i < READS_AT_ONCE && connection->incoming.stage != INCOMING_WHOLE; i++) {
		ssize_t n = recv(connection->fd, bytes, sizeof bytes, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0 || !take(connection, bytes, (size_t)n))
			return false;
		if ((size_t)n < sizeof bytes)
			return true; /* most likely there is no more: the waiting room sees what is */
	}
	return true;
}

bool connection_write(struct connection *connection)
{
	struct buf *out = &connection->out;
	while (connection->sent < out->len) {
		ssize_t n = send(connection->fd, out->data + connection->sent, out->len - connection->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EINTR)
			return false;
		connection->sent += n > 0 ? (size_t)n : 0;
	}
	buf_clear(out);
	connection->sent = 0;
	return true;
}

size_t connection_bytes(const struct connection *connection)
{
	const struct incoming *incoming = &connection->incoming;
	return incoming->params.len + incoming->body.len + connection->rest.len + connection->out.len;
}

void connection_reset(struct connection *connection)
{
	incoming_reset(&connection->incoming);
	connection->state = CONNECTION_READING;
	connection->asked = CONNECTION_NOT_ASKED;
	connection->kept = true;
	connection->begun = connection->incoming.unended_id != 0;
	if (!connection->begun)
		connection->due_ms = 0;
}

void connection_note_time(struct connection *connection, uint64_t due_ms)
{
	bool idle = incoming_is_idle(&connection->incoming), another = connection->timed != connection->incoming.count;
	if (idle)
		connection->asked = CONNECTION_NOT_ASKED; /* a request that was aborted may have been */
	if (connection->kept && idle)
		connection->due_ms = 0;
	else if (connection->kept && (!connection->begun || another))
		connection->due_ms = due_ms;
	connection->timed = connection->incoming.count;
	connection->begun = !idle;
}
