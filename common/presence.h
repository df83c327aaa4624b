/*
 * presence - how many streams are open, over all processes of a store.
 *
 * Each process has a slot in a small file (DIR/streams): its count, and a lock that the kernel drops with the process,
 * so that nobody needs to know who is alive (two containers on one volume have equal process ids). Whoever may write
 * the store may write anything there: the sum is for the status page and the metrics, and never decides anything. The
 * file is read and written, not mapped: another process can cut it short, and a page that is gone would kill this one.
 */
#ifndef RUNNEL_PRESENCE_H
#define RUNNEL_PRESENCE_H

struct presence;

/* Opens nothing yet, so it may be carried over a fork; each process then has its own slot. Never NULL. */
struct presence *presence_open(const char *directory);

/* Shows how many streams this process has. One short write; without the file, none. For one thread. */
void presence_show(struct presence *presence, unsigned streams);

/* Open streams of all processes that are alive. Any thread. */
unsigned presence_total(const struct presence *presence);

/* Gives the slot back. */
void presence_close(struct presence *presence);

#endif
