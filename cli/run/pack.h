/*
 * pack - lines of output, one after another in one piece of memory.
 *
 * What one read() brought goes to the feeder as one pack: a program that writes a million short
 * lines must not pay for a lock and an allocation on each.
 */
#ifndef RUNNEL_PACK_H
#define RUNNEL_PACK_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct pack {
	struct buf bytes;
	size_t lines;
};

#define PACK_INIT { BUF_INIT, 0 }

/* A line as it came. text is borrowed until the pack changes, and not NUL-terminated. */
struct packed_line {
	bool error; /* it came on standard error */
	const char *text;
	size_t n;
};

void pack_add(struct pack *pack, bool error, const char *text, size_t n); /* copies */

/* The line at *at, which moves on; begins with 0. false after the last. */
bool pack_next(const struct pack *pack, size_t *at, struct packed_line *line);

void pack_clear(struct pack *pack);

#endif
