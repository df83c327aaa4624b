/*
 * handoff - the hand-over of a stream to the worker with the fewest.
 *
 * Which worker accepted a connection is of no importance: its stream goes, with its descriptor, to the one that has
 * the fewest. Each process of the pool has a *place*: a socket that all others can send to, and in shared memory the
 * count of its streams and its heartbeat. The master makes all places before it forks, so every worker can send
 * to each and receive from each: what was sent to one that died or stopped is taken back by the others.
 *
 * Nothing here waits. A place that takes nothing, because its process is gone, drains, is stopped or has not shown a
 * heartbeat for three seconds, is not chosen; where no other is better, a stream stays in its own process.
 */
#ifndef RUNNEL_HANDOFF_H
#define RUNNEL_HANDOFF_H

#include "stream/hub.h"

#include <stdbool.h>
#include <stdint.h>

struct handoff;

/* For so many places; shared by the processes that are forked later. NULL with errno set. */
struct handoff *handoff_new(unsigned places);

/* How many descriptors it takes of each process. */
unsigned handoff_files(const struct handoff *handoff);

/* ---- the master ---- */

/* Its process is gone, and a place is cleared; what lies in its queue stays until somebody takes it. */
void handoff_vacate(struct handoff *handoff, unsigned place);

/* Whether streams go elsewhere for now, since its process was stopped or is silent. */
void handoff_suspend(struct handoff *handoff, unsigned place, bool suspended);

/* How often its process has shown a heartbeat. */
unsigned handoff_beats(const struct handoff *handoff, unsigned place);

/* ---- a worker ---- */

/* This process is in that place from now on. false with errno set. */
bool handoff_enter(struct handoff *handoff, unsigned place);

/* Shows that this process lives, and how many streams it has. */
void handoff_beat(struct handoff *handoff, uint64_t now_ms);
void handoff_count(struct handoff *handoff, unsigned streams);

/* Whether others may send streams to this process; not before this was called. */
void handoff_take(struct handoff *handoff, bool taking, uint64_t now_ms);

/* Sends it to the worker that has the fewest, which may be this one. Takes the descriptor, and the request's content. Never blocks. Any thread. */
void handoff_send(struct handoff *handoff, int fd, struct stream_request *request, uint64_t now_ms);

/* The descriptors that poll readable when a stream comes for this worker, from others and from itself. */
int handoff_fd(const struct handoff *handoff);
int handoff_own_fd(const struct handoff *handoff);

/* Takes one that came for this worker: its descriptor, or -1 when there is none now. The caller clears the request. */
int handoff_receive(struct handoff *handoff, struct stream_request *request);

/* The same of those that came for a place which takes nothing now. */
int handoff_receive_left(struct handoff *handoff, struct stream_request *request, uint64_t now_ms);

#endif
