/*
 * loop - waits for descriptors, ticks and signals, in one thread (epoll(7)).
 */
#ifndef RUNNEL_LOOP_H
#define RUNNEL_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <signal.h>

struct loop;

/* The first member of whatever waits for a descriptor. events are epoll's. */
struct loop_source {
	void (*ready)(struct loop_source *source, uint32_t events);
};

typedef void loop_call(void *arg);

struct loop *loop_new(void); /* NULL with errno set */
void loop_free(struct loop *loop);

/* Borrows the source until loop_remove(). -1 with errno set; EPERM: this descriptor cannot be waited for. */
int loop_add(struct loop *loop, int fd, uint32_t events, struct loop_source *source);
int loop_change(struct loop *loop, int fd, uint32_t events, struct loop_source *source);
void loop_remove(struct loop *loop, int fd);

/* Calls every so many seconds. At most four callers. -1 with errno set. */
int loop_every(struct loop *loop, unsigned seconds, loop_call *call, void *arg);

/*
 * Calls after each round of events, before the next wait: the place to free what a round has ended,
 * since later events of the same round may still point to it. One caller.
 */
void loop_after_round(struct loop *loop, loop_call *after, void *arg);

/* Calls once after so many milliseconds; a later call replaces an earlier one. One caller. */
void loop_in(struct loop *loop, unsigned ms, loop_call *call, void *arg);

/* CLOCK_MONOTONIC. */
uint64_t loop_now_ns(void);

/* Calls with the signal's number for each signal of the set, which all threads must have blocked. */
int loop_on_signals(struct loop *loop, const sigset_t *signals, void (*caught)(void *arg, int number), void *arg);

/* Runs until loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

#endif
