/*
 * backlog - lines that a job has written and the store has not: a bounded queue of packs.
 *
 * Has no lock of its own.
 */
#ifndef RUNNEL_BACKLOG_H
#define RUNNEL_BACKLOG_H

#include "run/pack.h"

#include <stdbool.h>
#include <stddef.h>

struct backlog_piece;

struct backlog {
	struct backlog_piece *first, *last;
	size_t lines, bytes;
	unsigned long skipped; /* lines that were dropped since the last backlog_take() */
};

/* Whether it holds as much as a job may be ahead of the store. */
bool backlog_is_full(const struct backlog *backlog);

/* Takes the pack, which is empty afterwards. */
void backlog_put(struct backlog *backlog, struct pack *pack);

/* Moves at most `lines` of the oldest lines into out, and *skipped is how many were lost before them. */
void backlog_take(struct backlog *backlog, size_t lines, struct pack *out, unsigned long *skipped);

/* Drops the oldest pack, which there is. */
void backlog_drop(struct backlog *backlog);

void backlog_clear(struct backlog *backlog);

#endif
