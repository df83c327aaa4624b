/*
 * utf8 - is this text UTF-8, and what to do when it is not.
 *
 * WHATWG HTML §9.2 has every event stream in UTF-8.  Publishers over HTTP are told
 * about bad bytes; the output of somebody's build is mended, for it must go on.
 */
#ifndef RUNNEL_UTF8_H
#define RUNNEL_UTF8_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes of the well-formed character at text (Unicode 15, table 3-7), or 0. n > 0. */
size_t utf8_character(const char *text, size_t n);

/*
 * Reads the character at text into code: its bytes. A bad byte is U+FFFD and 1. 0: the text ends inside a character
 * that may go on well, so that a stream of bytes waits for more of them; code is then U+FFFD. n > 0.
 */
size_t utf8_decode(const char *text, size_t n, uint32_t *code);

/* UTF-8 throughout, and no NUL. */
bool utf8_valid(const char *text, size_t n);

/*
 * Adds a line of a program's output as plain text: bad bytes become U+FFFD, terminal
 * escape sequences (ECMA-48) and control characters go, a tab stays.
 */
void utf8_mend(struct buf *out, const char *text, size_t n);

#endif
