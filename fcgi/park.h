/*
 * park - hands a stream request, with its descriptor, to the worker that has the fewest streams.
 *
 * Each worker has a socket that all others can send to; the master makes them before it forks, so
 * that what was sent to a worker that died reaches the one that takes its place. Which worker
 * accepted a connection is then of no importance.
 */
#ifndef RUNNEL_PARK_H
#define RUNNEL_PARK_H

#include "hub.h"

#include <stdatomic.h>
#include <stdbool.h>

struct park;

/* For so many workers; shared by the processes that are forked later. NULL with errno set. */
struct park *park_new(unsigned workers);

/* This process is worker number `worker` from now on, and keeps its count of streams there; NULL: it takes no more. */
void park_enter(struct park *park, unsigned worker, _Atomic unsigned *streams);

/* Sends; the descriptor is still the caller's to close. false with errno set. May block while the other worker is busy. */
bool park_send(struct park *park, int fd, const struct stream_request *request);

/* The descriptor that polls readable when a stream comes for this worker. */
int park_fd(const struct park *park);

/* Takes one: its descriptor, or -1 when there is none now. The caller clears the request. */
int park_receive(struct park *park, struct stream_request *request);

#endif
