/*
 * text - the one rule for every text that enters, and the one for every text that is printed.
 *
 * What enters (a POST, publish, progress, a job's output) is UTF-8 without controls: C0 but tab and line end, DEL, C1 and
 * U+2028/9 go, escape sequences go whole (escape.h), a byte-order mark at its start goes, CRLF and CR become LF. What
 * is printed for a person goes through the rule again, for a store may hold what was written by somebody else,
 * and loses what would change the direction of the rest of the line. Pure.
 */
#ifndef RUNNEL_TEXT_H
#define RUNNEL_TEXT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum text_shape {
	TEXT_LINES,    /* line ends are kept, as LF */
	TEXT_LINE,     /* one line: line ends between words become one blank, others go */
	TEXT_TERMINAL, /* one line that is printed: directional overrides and isolates go too */
};

/* Adds the text as the rule has it. A bad byte becomes U+FFFD: whoever refuses bad bytes looks before. */
void text_clean(struct buf *out, const char *text, size_t n, enum text_shape shape);

/* The same of a string, to a terminal's line. */
void text_print(struct buf *out, const char *text);

/*
 * Whether nothing of it can be seen: blanks of any kind (Unicode White_Space), controls, and characters without
 * a shape of their own, such as U+200B, U+2060, U+FEFF and the directional ones.
 */
bool text_is_blank(const char *text);

/* The bytes of a byte-order mark at its start: 3 or 0. */
size_t text_mark(const char *text, size_t n);

#endif
