#include "accept.h"

#include "base/buf.h"
#include "connection.h"
#include "decode.h"
#include "base/log.h"
#include "base/loop.h"
#include "reply.h"
#include "page/responder.h"
#include "waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	THREAD_STACK_BYTES = 320 * 1024 /* 64 KB are what it reads into */
};

struct acceptor {
	int listen_fd, drained_fd; /* an eventfd: the last connection ended while draining */
	struct site *site;
	struct scoreboard *scoreboard;
	struct handoff *handoff;
	struct waiting waiting;
	atomic_bool draining;
	atomic_uint connections;   /* that are open, and one for each thread that may be accepting another */
	struct log_pause error_said;
};

static uint64_t now_ms(void)
{
	return loop_now_ns() / 1000000;
}

/* ---- how many there are ---- */

static void one_more(struct acceptor *acceptor)
{
	atomic_fetch_add(&acceptor->connections, 1);
}

static void one_less(struct acceptor *acceptor)
{
	if (atomic_fetch_sub(&acceptor->connections, 1) == 1 && atomic_load(&acceptor->draining))
		eventfd_write(acceptor->drained_fd, 1);
}

static void end_connection(struct acceptor *acceptor, struct connection *connection)
{
	connection_free(connection);
	one_less(acceptor);
}

/* ---- after each step ---- */

static bool is_late(const struct connection *connection)
{
	return connection->due_ms && now_ms() >= connection->due_ms;
}

/*
 * To close a connection that the web server may be about to use would lose a request: none of them asks for it again
 * that is not idempotent, and Apache for none. Another worker goes on with it; where there is none, it comes back to
 * acceptor_adopt() here, which closes it.
 */
static enum connection_need give_away(struct acceptor *acceptor, struct connection *connection)
{
	struct stream_request nothing = STREAM_REQUEST_INIT;
	waiting_forget(&acceptor->waiting, connection);
	handoff_send(acceptor->handoff, connection_take_fd(connection), &nothing, now_ms());
	return CONNECTION_ENDS;
}

/* Where the beginning of the next request is here already, it is answered here. */
static enum connection_need next_request(struct acceptor *acceptor, struct connection *connection)
{
	if (!connection->incoming.keep)
		return CONNECTION_ENDS;
	connection_reset(connection);
	return atomic_load(&acceptor->draining) && !connection->begun && !connection->rest.len ? give_away(acceptor, connection) : CONNECTION_WAITS;
}

/* What is left unread would turn our close into a reset, and the web server would lose the answer. */
static enum connection_need drop(struct connection *connection)
{
	if (is_late(connection) || !connection_read(connection))
		return CONNECTION_ENDS;
	return connection->incoming.stage == INCOMING_WHOLE ? CONNECTION_ENDS : CONNECTION_WAITS;
}

/* Never goes on to a next request: a thread that commits must not begin another. */
static enum connection_need write_on(struct acceptor *acceptor, struct connection *connection)
{
	if (!connection_write(connection))
		return errno == EAGAIN && !is_late(connection) ? CONNECTION_WAITS : CONNECTION_ENDS;
	if (connection->incoming.stage == INCOMING_WHOLE || connection->incoming.keep)
		return next_request(acceptor, connection);
	shutdown(connection->fd, SHUT_WR);
	incoming_drop_body(&connection->incoming);
	connection->state = CONNECTION_DROPPING;
	return drop(connection);
}

static void settle(struct acceptor *acceptor, struct connection *connection, enum connection_need need)
{
	if (need == CONNECTION_ENDS || (need == CONNECTION_WAITS && !waiting_leave(&acceptor->waiting, connection)))
		end_connection(acceptor, connection);
}

static void replied(void *arg, struct connection *connection)
{
	settle(arg, connection, write_on(arg, connection));
}

/* ---- answering ---- */

/* A request that has arrived, or as much of it as there is. */
struct arrived {
	const struct incoming *incoming;
	size_t read; /* bytes of its body */
	bool late;
};

static ssize_t read_body(void *arg, char *bytes, size_t n)
{
	struct arrived *arrived = arg;
	const struct buf *body = &arrived->incoming->body;
	size_t part = body->len - arrived->read < n ? body->len - arrived->read : n;
	if (part == 0 && arrived->incoming->stage != INCOMING_WHOLE)
		return arrived->late ? REQUEST_LATE : REQUEST_LATER;
	if (part)
		memcpy(bytes, body->data + arrived->read, part);
	arrived->read += part;
	return (ssize_t)part;
}

/* The loop takes a byte of the web server's for its leaving: one that is here already says that it left. */
static enum connection_need hand_over(struct acceptor *acceptor, struct connection *connection, struct stream_request *stream)
{
	if (connection->rest.len)
		return CONNECTION_ENDS;
	stream->keep = connection->incoming.keep;
	stream->request_id = connection->incoming.id == 1 ? 0 : connection->incoming.id;
	waiting_forget(&acceptor->waiting, connection);
	handoff_send(acceptor->handoff, connection_take_fd(connection), stream, now_ms());
	return CONNECTION_ENDS;
}

/* Before a request has arrived whole, only a refusal is given. */
static bool is_refusal(const struct answer *answer)
{
	return answer->kind == ANSWER_SHORT && answer->response.status >= 400;
}

static enum connection_need give(struct acceptor *acceptor, struct connection *connection, const struct request *request, struct answer *answer)
{
	switch (answer->kind) {
	case ANSWER_SHORT:
		reply_short(connection, &answer->response, strcmp(request->method, "HEAD") == 0);
		return write_on(acceptor, connection);
	case ANSWER_STREAM:
		return hand_over(acceptor, connection, &answer->stream);
	case ANSWER_COMMIT:
		reply_once_committed(connection, acceptor->site, answer, replied, acceptor);
		return CONNECTION_GIVEN;
	case ANSWER_LATER:
		break; /* not of a request that is whole */
	}
	return CONNECTION_ENDS;
}

static enum connection_need answer(struct acceptor *acceptor, struct decoder *decoder, struct connection *connection, bool late)
{
	struct arrived arrived = { &connection->incoming, 0, late };
	bool whole = connection->incoming.stage == INCOMING_WHOLE;
	enum connection_need need = late ? CONNECTION_ENDS : CONNECTION_WAITS;
	struct answer answer = ANSWER_INIT;
	struct request request;

	if (!decoder_read(decoder, &connection->incoming.params))
		return CONNECTION_ENDS;
	const struct request_source source = { decoder_parameters(decoder), read_body, &arrived };
	request_read(&request, &source);
	responder_answer(acceptor->site, acceptor->scoreboard, &request, &source, &answer);
	connection->asked = connection->incoming.full ? CONNECTION_ASKED_FULL : CONNECTION_ASKED;
	if (whole || is_refusal(&answer) || answer.kind == ANSWER_COMMIT)
		need = give(acceptor, connection, &request, &answer);
	request_clear(&request);
	answer_clear(&answer);
	return need;
}

/* Whether the rest of the body can change the answer that there was none yet. */
static bool may_be_refused(const struct connection *connection)
{
	const struct incoming *incoming = &connection->incoming;
	return incoming->stage == INCOMING_BODY && (!connection->asked || (incoming->full && connection->asked == CONNECTION_ASKED));
}

static enum connection_need read_on(struct acceptor *acceptor, struct decoder *decoder, struct connection *connection)
{
	bool alive = connection_read(connection);
	enum incoming_stage stage = connection->incoming.stage;
	connection_note_time(connection, now_ms() + acceptor->site->config.request_s * 1000);
	bool late = is_late(connection);
	if (stage == INCOMING_WHOLE || (stage == INCOMING_BODY && late))
		return answer(acceptor, decoder, connection, late);
	if (!alive || late)
		return CONNECTION_ENDS;
	if (connection->kept && !connection->begun && atomic_load(&acceptor->draining))
		return give_away(acceptor, connection);
	return may_be_refused(connection) ? answer(acceptor, decoder, connection, false) : CONNECTION_WAITS;
}

static void go_on(struct acceptor *acceptor, struct decoder *decoder, struct connection *connection)
{
	enum connection_need need = CONNECTION_ENDS;
	switch (connection->state) {
	case CONNECTION_READING: need = read_on(acceptor, decoder, connection); break;
	case CONNECTION_WRITING: need = write_on(acceptor, connection); break;
	case CONNECTION_DROPPING: need = drop(connection); break;
	}
	settle(acceptor, connection, need);
}

/* ---- accepting ---- */

/* No descriptor, or no memory: those that are only kept are given up, and the next look tries again. */
static void cannot_accept(struct acceptor *acceptor, int error)
{
	waiting_limit_idle(&acceptor->waiting, now_ms());
	waiting_tick_soon(&acceptor->waiting);
	if (log_due(&acceptor->error_said))
		log_error("accepting a connection: %s%s", strerror(error),
			  error == EMFILE || error == ENFILE ? "; raise the limit of open files (ulimit -n, LimitNOFILE=) for more streams" : "");
}

/* NULL: there are no more. */
static struct connection *accept_one(struct acceptor *acceptor)
{
	const struct config *config = &acceptor->site->config;
	int on = 1, fd;
	one_more(acceptor); /* before it is accepted: a drain must not miss it */
	do
		fd = accept4(acceptor->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (fd < 0) {
		if (errno != EAGAIN && errno != ENOTSOCK) /* a worker that drains lets go of the socket */
			cannot_accept(acceptor, errno);
		one_less(acceptor);
		return NULL;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* a unix socket has nothing like it */
	return connection_new(fd, responder_body_max(config) + 1, now_ms() + config->request_s * 1000);
}

/* This thread goes on with the last; the others wait for any. */
static void accept_all(struct acceptor *acceptor, struct decoder *decoder)
{
	struct connection *last = accept_one(acceptor), *next;
	if (!last)
		return;
	while ((next = accept_one(acceptor))) {
		settle(acceptor, last, CONNECTION_WAITS);
		last = next;
	}
	go_on(acceptor, decoder, last);
}

/* For the threads to go on with. */
static void take_backlog(struct acceptor *acceptor)
{
	struct connection *connection;
	while ((connection = accept_one(acceptor)))
		settle(acceptor, connection, CONNECTION_WAITS);
}

/* ---- threads ---- */

static void tick(struct acceptor *acceptor)
{
	bool draining = atomic_load(&acceptor->draining);
	if (draining)
		waiting_prod_idle(&acceptor->waiting);
	waiting_sweep(&acceptor->waiting, now_ms(), draining);
}

static void *serve(void *arg)
{
	struct acceptor *acceptor = arg;
	struct decoder *decoder = decoder_new();
	struct connection *connection;
	while (decoder) {
		switch (waiting_next(&acceptor->waiting, &connection)) {
		case WAITING_TICK: tick(acceptor); break;
		case WAITING_LISTENER: accept_all(acceptor, decoder); break;
		case WAITING_CONNECTION: go_on(acceptor, decoder, connection); break;
		case WAITING_NOTHING: break;
		}
	}
	log_error("starting a thread: %s", strerror(errno));
	return NULL;
}

static void start_thread(struct acceptor *acceptor, const pthread_attr_t *attributes)
{
	pthread_t thread;
	int error = pthread_create(&thread, attributes, serve, acceptor);
	if (error)
		log_error("starting a thread: %s", strerror(error));
}

struct acceptor *acceptor_start(int listen_fd, unsigned threads, struct site *site, struct scoreboard *scoreboard, struct handoff *handoff)
{
	struct acceptor *acceptor = must_alloc(sizeof *acceptor);
	pthread_attr_t attributes;
	*acceptor = (struct acceptor){ .listen_fd = listen_fd, .drained_fd = eventfd(0, EFD_CLOEXEC), .site = site, .scoreboard = scoreboard, .handoff = handoff };
	if (!decode_start() || acceptor->drained_fd < 0 || fcntl(listen_fd, F_SETFL, fcntl(listen_fd, F_GETFL) | O_NONBLOCK) < 0 ||
	    !waiting_init(&acceptor->waiting, listen_fd)) {
		log_error("starting to accept: %s", strerror(errno));
		free(acceptor);
		return NULL;
	}
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	for (unsigned i = 0; i < threads; i++)
		start_thread(acceptor, &attributes);
	pthread_attr_destroy(&attributes);
	return acceptor;
}

/* An edge that came to this worker comes to no other: what is in the backlog is still taken. */
void acceptor_drain(struct acceptor *acceptor)
{
	one_more(acceptor); /* so that nobody says before the end that all is done */
	atomic_store(&acceptor->draining, true);
	waiting_ignore_listener(&acceptor->waiting, acceptor->listen_fd);
	take_backlog(acceptor);
	waiting_tick_soon(&acceptor->waiting);
	one_less(acceptor);
}

void acceptor_adopt(struct acceptor *acceptor, int fd)
{
	if (atomic_load(&acceptor->draining)) {
		close(fd);
		return;
	}
	struct connection *connection = connection_new(fd, responder_body_max(&acceptor->site->config) + 1, 0);
	one_more(acceptor);
	connection_reset(connection);
	settle(acceptor, connection, CONNECTION_WAITS);
}

void acceptor_look(struct acceptor *acceptor)
{
	if (!atomic_load(&acceptor->draining))
		take_backlog(acceptor);
}

bool acceptor_drained(struct acceptor *acceptor)
{
	return atomic_load(&acceptor->connections) == 0;
}

int acceptor_drained_fd(const struct acceptor *acceptor)
{
	return acceptor->drained_fd;
}
