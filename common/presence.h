/*
 * presence - how many streams are open, over all processes of a store.
 *
 * Each process has a slot in a small shared file (DIR/streams) with its id and its count. The slot
 * of a process that was killed is found by its id being gone, and used again. Best effort: for
 * the status page and the metrics, never for a decision.
 */
#ifndef RUNNEL_PRESENCE_H
#define RUNNEL_PRESENCE_H

#include <stdatomic.h>

struct presence;

/* NULL when the file cannot be had; the other calls then take NULL. */
struct presence *presence_open(const char *directory);

/* The count of this process, which its hub keeps. Never NULL. */
_Atomic unsigned *presence_streams(struct presence *presence);

/* Open streams of all processes that are alive. */
unsigned presence_total(struct presence *presence);

/* Gives the slot back. */
void presence_close(struct presence *presence);

#endif
