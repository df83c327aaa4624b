/*
 * scoreboard - how many streams are open, over all processes of a store.
 *
 * Each process has a slot in a small file (DIR/streams): its count, and a lock that the kernel drops with the process,
 * so that nobody needs to know who is alive (two containers on one volume have equal process ids). Whoever may write
 * the store may write anything there: the sum is for the status page and the metrics, and never decides anything. The
 * file is read and written, not mapped: another process can cut it short, and a page that is gone would kill this one.
 */
#ifndef RUNNEL_SCOREBOARD_H
#define RUNNEL_SCOREBOARD_H

struct scoreboard;

/* Opens nothing yet, so it may be carried over a fork; each process then has its own slot. Never NULL. */
struct scoreboard *scoreboard_open(const char *directory);

/* Shows how many streams this process has. One short write; without the file, none. For one thread. */
void scoreboard_show(struct scoreboard *scoreboard, unsigned streams);

/* Open streams of all processes that are alive. Any thread. */
unsigned scoreboard_total(const struct scoreboard *scoreboard);

/* Gives the slot back. */
void scoreboard_close(struct scoreboard *scoreboard);

#endif
