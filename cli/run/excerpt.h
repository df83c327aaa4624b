/*
 * excerpt - the beginning of a line, short enough to stand under a bar.
 */
#ifndef RUNNEL_EXCERPT_H
#define RUNNEL_EXCERPT_H

#include "base/buf.h"

#include <stddef.h>

/* Adds the text without the blanks around it: at most `bytes` of it, the "…" of a longer one included, never cut inside what a reader sees as one character. */
void excerpt(struct buf *out, const char *text, size_t n, size_t bytes);

#endif
