/*
 * splitter - the lines in a program's output, as its bytes come in.
 *
 * A line ends in \n, \r or \r\n; progress bars that redraw themselves with \r so become
 * lines too. A line longer than LINE_BYTES_MAX is cut there, at a whole character, and ends
 * in "…". Pure: no I/O.
 */
#ifndef RUNNEL_SPLITTER_H
#define RUNNEL_SPLITTER_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>

enum { LINE_BYTES_MAX = 8192 };

/* One line without its end, borrowed until it returns. */
typedef void line_visit(void *arg, const char *line, size_t n);

struct splitter {
	struct buf line; /* begun and not ended */
	bool cut;        /* it was longer: the rest is dropped */
	bool after_cr;   /* the last line ended in \r: a \n that follows belongs to it */
};

#define SPLITTER_INIT { BUF_INIT, false, false }

void splitter_add(struct splitter *splitter, const char *bytes, size_t n, line_visit *visit, void *arg);

/* The output has ended: a last line without an end is a line too. Frees. */
void splitter_end(struct splitter *splitter, line_visit *visit, void *arg);

#endif
