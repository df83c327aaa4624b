/*
 * waiting - the room in which connections wait for their peers, so that no thread does (epoll(7)).
 *
 * A thread that cannot go on with a connection leaves it here, and any thread takes it up again when its socket is
 * ready. One that has outstayed its time is shut down where it waits, which makes it ready: so whoever takes it up
 * ends it, and the sweep itself touches nothing that another thread may have. The same happens to the oldest where all
together hold more than 128 MB.
 */
#ifndef RUNNEL_WAITING_H
#define RUNNEL_WAITING_H

#include "connection.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct waiting {
	pthread_mutex_t lock;
	struct connection *first;
	size_t held;  /* bytes, by all that wait */
	int epoll_fd, timer_fd;
	bool ticking; /* the timer runs */
	bool prodded; /* waiting_prod_idle() was called */
};

/* What waiting_next() found. */
enum waiting_found { WAITING_TICK, WAITING_LISTENER, WAITING_CONNECTION, WAITING_NOTHING };

/* false with errno set. The listening socket is watched by its edges: accept until there are no more. */
bool waiting_init(struct waiting *waiting, int listen_fd);

/* Nobody is told of new connections any more. */
void waiting_ignore_listener(struct waiting *waiting, int listen_fd);

/* Blocks until something is ready. A connection that is found is the caller's. Thread-safe, as all here is. */
enum waiting_found waiting_next(struct waiting *waiting, struct connection **connection);

/* Leaves a connection, by its state for reading or writing. false: it cannot be watched, and is still the caller's. */
bool waiting_leave(struct waiting *waiting, struct connection *connection);

/* A connection of the caller's is not ours any more: its descriptor goes elsewhere. */
void waiting_forget(struct waiting *waiting, const struct connection *connection);

/* Ends what has outstayed its time. At each WAITING_TICK; ticks go on while there is a time to wait for, or if `again`. */
void waiting_sweep(struct waiting *waiting, uint64_t now_ms, bool again);

/* Kept connections that are idle, and have no such time yet, have until then: the sweep ends them. */
void waiting_limit_idle(struct waiting *waiting, uint64_t due_ms);

/* Has threads take up every kept connection that is idle. */
void waiting_prod_idle(struct waiting *waiting);

/* Has a WAITING_TICK come soon. */
void waiting_tick_soon(struct waiting *waiting);

#endif
