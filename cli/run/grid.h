/*
 * grid - the rows of a terminal of unlimited height that may still change, and those that leave it for good.
 *
 * It keeps the last GRID_ROWS_MAX rows; whatever passes out above them goes to the visitor. A row that a line feed has
 * ended goes to him as soon as it is settled: see grid_settle(). What went out cannot be taken back; a row that changes
 * afterwards goes out once more, in its place among the others, when it is settled again.
 * Rows count from the oldest that is kept. The screen, which absolute positions mean, is the last `height` rows.
 * Pure: no I/O.
 */
#ifndef RUNNEL_GRID_H
#define RUNNEL_GRID_H

#include "run/row.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	GRID_ROWS_MAX = 512,
	GRID_PATIENCE_MS = 10000, /* what a program repaints, and has stopped to repaint, goes out again; doubles each time */
};

/* One line for the log, without its end; borrowed until it returns. */
typedef void grid_visit(void *arg, const char *line, size_t n);

struct cursor_place {
	unsigned row, column;
};

struct grid {
	struct row *rows;             /* 2 * GRID_ROWS_MAX, of which the window moves on */
	unsigned first, count;        /* the window */
	unsigned row, column;         /* the cursor; row < count */
	struct cursor_place saved;
	unsigned top, height, width;  /* of the screen */
	unsigned margin_top, margin_bottom; /* the scroll region, in rows of the screen */
	unsigned reach;               /* so many rows above the last one were changed at most */
	int64_t raised_ms;            /* when a row above the last one was changed last; 0: never */
	int64_t hold_ms, patience_ms; /* how long after that new rows wait, and rows that were sent and changed */
	int64_t wiped_ms;             /* when the whole screen was wiped last; 0: never */
	int64_t left_ms;              /* when the cursor left a row, the first time since rows went out */
	bool waiting;                 /* it has */
	int64_t now_ms;               /* set by the owner before it writes */
	unsigned pushes;
	bool mute;                    /* what passes out is dropped: the alternate screen */
	grid_visit *visit;
	void *arg;
};

/* height, width: of the terminal, 0: unknown. */
void grid_init(struct grid *grid, unsigned height, unsigned width, grid_visit *visit, void *arg);

/* The row of the cursor, about to be changed. */
struct row *grid_touch(struct grid *grid);

struct row *grid_row(const struct grid *grid, unsigned i);

void grid_move(struct grid *grid, int64_t row, int64_t column); /* to a row of the window, made where there is none */
void grid_line_feed(struct grid *grid, bool ends);              /* IND, LF: down by one, scrolling; ends: the job ended the row */
void grid_reverse_feed(struct grid *grid);                      /* RI */
void grid_insert_rows(struct grid *grid, unsigned n);           /* IL */
void grid_delete_rows(struct grid *grid, unsigned n);           /* DL */
void grid_scroll(struct grid *grid, int n);                     /* SU; SD where n < 0 */
void grid_erase_rows(struct grid *grid, unsigned from, unsigned to);
void grid_set_margins(struct grid *grid, unsigned top, unsigned bottom); /* from 0, of the screen */

/* Row i of the screen, from 0, for absolute positions. */
unsigned grid_of_screen(const struct grid *grid, unsigned i);

/* ED 2: erases the screen. What a program had there before it began to do so is sent first, and stays. */
void grid_wipe(struct grid *grid);

/*
 * Sends the rows that are settled: those that the cursor has left below it, after GAP_MS, so that a first frame which is
 * repainted at once costs nothing; where the program repaints several lines only after a while without. What it changed
 * after it was sent goes out again when it is out of the program's reach, when a new row below it goes out, or after a
 * longer while, which doubles each time.
 */
void grid_settle(struct grid *grid);

/* Sends the first n rows as far as the log has not got them. */
void grid_send(struct grid *grid, unsigned n);

/* How many of the first n rows remain without those at their end that are blank and that no line feed has ended. */
unsigned grid_rows_shown(const struct grid *grid, unsigned n);

/* When grid_settle() has something to do; INT64_MAX: not before more is written. */
int64_t grid_due(const struct grid *grid);

/* Sends the rest, without the blank rows at the end that nobody ended. */
void grid_end(struct grid *grid);

/* Back to one empty row; sends nothing. */
void grid_reset(struct grid *grid);
void grid_clear(struct grid *grid); /* frees */

#endif
