#include "waiting.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
	TICK_MS = 250,
	HELD_BYTES_MAX = 128 << 20, /* of all that wait: answers that nobody reads, bodies that do not end */
};

/* What epoll hands back for what is no connection. */
static char listener_mark, timer_mark;

static bool add(struct waiting *waiting, int fd, uint32_t events, void *mark)
{
	struct epoll_event event = { .events = events, .data.ptr = mark };
	return epoll_ctl(waiting->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

/*
 * The lock spins for a moment: a connection that is left when its bytes are there already wakes a thread that wants it
 * at once. EPOLLEXCLUSIVE wakes one thread of all workers for a connection. By edges: by levels, each connection would wake a
 * second thread for nothing.
 */
bool waiting_init(struct waiting *waiting, int listen_fd)
{
	*waiting = (struct waiting){ .lock = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP };
	waiting->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	waiting->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return waiting->epoll_fd >= 0 && waiting->timer_fd >= 0 &&
	       add(waiting, waiting->timer_fd, EPOLLIN | EPOLLET, &timer_mark) &&
	       add(waiting, listen_fd, EPOLLIN | EPOLLET | EPOLLEXCLUSIVE, &listener_mark);
}

void waiting_ignore_listener(struct waiting *waiting, int listen_fd)
{
	epoll_ctl(waiting->epoll_fd, EPOLL_CTL_DEL, listen_fd, NULL);
}

/* ---- the list, with its lock held ---- */

static void tick_in(struct waiting *waiting, long ms)
{
	struct itimerspec when = { { 0, 0 }, { 0, ms * 1000000 } };
	waiting->ticking = true;
	timerfd_settime(waiting->timer_fd, 0, &when, NULL);
}

static void link_in(struct waiting *waiting, struct connection *connection)
{
	connection->previous = NULL;
	connection->next = waiting->first;
	if (waiting->first)
		waiting->first->previous = connection;
	waiting->first = connection;
	waiting->held += connection->held = connection_bytes(connection);
	if (connection->due_ms && !waiting->ticking)
		tick_in(waiting, TICK_MS);
}

static void unlink_from(struct waiting *waiting, struct connection *connection)
{
	waiting->held -= connection->held;
	if (connection->next)
		connection->next->previous = connection->previous;
	if (connection->previous)
		connection->previous->next = connection->next;
	else
		waiting->first = connection->next;
}

/* A request that is late may still be told so; an answer that is not taken cannot. */
static void shut(struct connection *connection)
{
	connection->shut = true;
	shutdown(connection->fd, connection->state == CONNECTION_READING ? SHUT_RD : SHUT_RDWR);
}

/* Where all hold too much, whoever has had the most of its time goes first. */
static void make_room(struct waiting *waiting)
{
	struct connection *oldest = NULL;
	for (struct connection *c = waiting->first; c && waiting->held > HELD_BYTES_MAX; c = c->next)
		if (c->held && !c->shut && (!oldest || c->due_ms < oldest->due_ms))
			oldest = c;
	if (oldest)
		shut(oldest);
}

static bool is_in(const struct waiting *waiting, const struct connection *connection)
{
	const struct connection *c = waiting->first;
	while (c && c != connection)
		c = c->next;
	return c != NULL;
}

/* ---- connections ---- */

/* Since waiting_prod_idle() two threads may be told of one connection: it is the first one's, and may be gone since. */
static bool take(struct waiting *waiting, struct connection *connection)
{
	pthread_mutex_lock(&waiting->lock);
	bool there = !waiting->prodded || is_in(waiting, connection);
	if (there)
		unlink_from(waiting, connection);
	pthread_mutex_unlock(&waiting->lock);
	return there;
}

enum waiting_found waiting_next(struct waiting *waiting, struct connection **connection)
{
	struct epoll_event event;
	if (epoll_wait(waiting->epoll_fd, &event, 1, -1) != 1)
		return WAITING_NOTHING;
	if (event.data.ptr == &listener_mark)
		return WAITING_LISTENER;
	if (event.data.ptr == &timer_mark)
		return WAITING_TICK;
	*connection = event.data.ptr;
	return take(waiting, *connection) ? WAITING_CONNECTION : WAITING_NOTHING;
}

/* With bytes of the next request here already, its peer may have no more to send: it is ready when it can be written to. */
static uint32_t events_for(const struct connection *connection)
{
	uint32_t writable = connection->state == CONNECTION_WRITING || connection->rest.len ? EPOLLOUT : 0;
	return EPOLLONESHOT | writable | (connection->state == CONNECTION_WRITING ? 0 : EPOLLIN | EPOLLRDHUP);
}

bool waiting_leave(struct waiting *waiting, struct connection *connection)
{
	struct epoll_event event = { .events = events_for(connection), .data.ptr = connection };
	int how = connection->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	pthread_mutex_lock(&waiting->lock);
	bool watched = epoll_ctl(waiting->epoll_fd, how, connection->fd, &event) == 0;
	connection->watched = connection->watched || watched;
	if (watched) {
		link_in(waiting, connection);
		make_room(waiting);
	}
	pthread_mutex_unlock(&waiting->lock);
	return watched;
}

void waiting_forget(struct waiting *waiting, const struct connection *connection)
{
	if (connection->watched)
		epoll_ctl(waiting->epoll_fd, EPOLL_CTL_DEL, connection->fd, NULL);
}

/* ---- time ---- */

void waiting_sweep(struct waiting *waiting, uint64_t now_ms, bool again)
{
	uint64_t times;
	if (read(waiting->timer_fd, &times, sizeof times) < 0) {
		/* another thread was told too */
	}
	pthread_mutex_lock(&waiting->lock);
	for (struct connection *c = waiting->first; c; c = c->next) {
		again = again || c->due_ms;
		if (c->due_ms && c->due_ms <= now_ms)
			shut(c);
	}
	waiting->ticking = false;
	if (again)
		tick_in(waiting, TICK_MS);
	pthread_mutex_unlock(&waiting->lock);
}

void waiting_limit_idle(struct waiting *waiting, uint64_t due_ms)
{
	pthread_mutex_lock(&waiting->lock);
	for (struct connection *c = waiting->first; c; c = c->next)
		if (!c->due_ms)
			c->due_ms = due_ms;
	pthread_mutex_unlock(&waiting->lock);
}

void waiting_prod_idle(struct waiting *waiting)
{
	pthread_mutex_lock(&waiting->lock);
	waiting->prodded = true;
	for (struct connection *c = waiting->first; c; c = c->next) {
		struct epoll_event event = { .events = EPOLLONESHOT | EPOLLIN | EPOLLOUT, .data.ptr = c };
		if (!c->due_ms)
			epoll_ctl(waiting->epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
	}
	pthread_mutex_unlock(&waiting->lock);
}

void waiting_tick_soon(struct waiting *waiting)
{
	pthread_mutex_lock(&waiting->lock);
	tick_in(waiting, 1);
	pthread_mutex_unlock(&waiting->lock);
}
