/*
 * cursor - where a reader is in the log: EPOCH-SEQ, for example k3x9-1042.
 *
 * The same text is an event's id on the wire, so it keeps to [0-9A-Za-z_.-] and at most
 * 64 bytes: what a Last-Event-ID header may hold across origins (WHATWG HTML §9.2).
 * EPOCH names the store's life; a cursor of another epoch is a gap, never a guess.
 */
#ifndef RUNNEL_CURSOR_H
#define RUNNEL_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

enum { CURSOR_EPOCH_BYTES = 24, CURSOR_BYTES_MAX = 64 };

struct cursor {
	char epoch[CURSOR_EPOCH_BYTES + 1]; /* "" when the reader has no cursor */
	uint64_t seq;
};

#define CURSOR_NONE { "", 0 }

/* Reads a cursor. false when the text is not one; the caller treats that as a gap. */
bool cursor_parse(const char *text, struct cursor *cursor);

static inline bool cursor_given(const struct cursor *cursor)
{
	return cursor->epoch[0] != '\0';
}

#endif
