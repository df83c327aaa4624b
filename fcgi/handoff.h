/*
 * handoff - hands a stream request, with its descriptor, to the worker that has the fewest streams.
 *
 * Each worker has a socket that all others can send to; the master makes them before it forks, so
 * that what was sent to a worker that died reaches the one that takes its place. Which worker
 * accepted a connection is then of no importance.
 */
#ifndef RUNNEL_HANDOFF_H
#define RUNNEL_HANDOFF_H

#include "hub.h"

#include <stdatomic.h>
#include <stdbool.h>

struct handoff;

/* For so many workers; shared by the processes that are forked later. NULL with errno set. */
struct handoff *handoff_new(unsigned workers);

/* The number of a worker's open streams, which it keeps itself: in memory that only the pool has. */
_Atomic unsigned *handoff_count(struct handoff *handoff, unsigned worker);

/* This process is worker number `worker` from now on, and keeps its count of streams there; NULL: it takes no more. */
void handoff_enter(struct handoff *handoff, unsigned worker, _Atomic unsigned *streams);

/* Sends; the descriptor is still the caller's to close. false with errno set. May block while the other worker is busy. */
bool handoff_send(struct handoff *handoff, int fd, const struct stream_request *request);

/* The descriptor that polls readable when a stream comes for this worker. */
int handoff_fd(const struct handoff *handoff);

/* Takes one: its descriptor, or -1 when there is none now. The caller clears the request. */
int handoff_receive(struct handoff *handoff, struct stream_request *request);

#endif
