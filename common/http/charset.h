/*
 * charset - text that somebody sent in another character set than UTF-8.
 *
 * The labels are those of WHATWG Encoding §4.2 that forms and scripts still send; iso-8859-1 and us-ascii mean
 * windows-1252 there, and so here. iconv(3) converts; only names of our table reach it.
 */
#ifndef RUNNEL_CHARSET_H
#define RUNNEL_CHARSET_H

#include "base/buf.h"
#include "base/problem.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether the label, in any case, is UTF-8: nothing has to be done. An empty one is. */
bool charset_is_utf8(const char *label);

/*
 * Adds the text in UTF-8. false with a 415 problem when the label is none that is known, or a 400 when the text is not
 * in that character set.
 */
bool charset_convert(const char *label, const char *text, size_t n, struct buf *out, struct problem *problem);

#endif
