/*
 * screen - what a job's output comes to on a terminal of unlimited height, line by line.
 *
 * Bytes go in as they come; lines come out when they can no longer change, or after a moment: see grid.h. Obeyed are CR,
 * BS, HT, cursor movements, erasing, inserting and deleting (ECMA-48 §8.3), save and restore (DECSC, DECRC), a scroll
 * region (DECSTBM). Lines are never wrapped. A line feed begins a line, as in a pipe and as ONLCR has it on a terminal.
 * The alternate screen of an editor or a pager is looked at and not kept, unless the job ends in it.
 * Pure: no I/O. The time is an argument, in ms of any clock that does not jump.
 */
#ifndef RUNNEL_SCREEN_H
#define RUNNEL_SCREEN_H

#include "base/buf.h"
#include "base/escape.h"
#include "run/grid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCREEN_PENDING_MAX = 4 };

struct screen {
	struct grid main, other;      /* other: the alternate one */
	struct grid *grid;            /* the one that is shown */
	struct escape escape;
	char pending[SCREEN_PENDING_MAX]; /* a character whose last bytes are still to come */
	unsigned pending_bytes;
	uint32_t last;                /* the last character, for REP; 0: none */
	bool insert;                  /* IRM */
	bool homed;                   /* the last control sequence was a CUP */
	uint16_t style;               /* of what is written from now on; no colour is kept yet */
};

/* height, width: of the terminal, 0: unknown. Lines go to visit. */
void screen_init(struct screen *screen, unsigned height, unsigned width, grid_visit *visit, void *arg);

void screen_write(struct screen *screen, const char *bytes, size_t n, int64_t now_ms);

/* Sends what has waited long enough; screen_due() says when that will be, INT64_MAX: nothing waits. */
void screen_settle(struct screen *screen, int64_t now_ms);
int64_t screen_due(const struct screen *screen);

/* The job has ended: sends the rest, a last line without an end too. Frees. */
void screen_end(struct screen *screen);

/* Visits each row that was changed since the last time, the lowest first, until visit returns true. */
bool screen_look(struct screen *screen, bool (*visit)(void *arg, const char *line, size_t n), void *arg);

/* Adds the line that was begun last and not ended; nothing when there is none. */
void screen_unfinished(const struct screen *screen, struct buf *out);

#endif
