/*
 * utf8 - is this text UTF-8, and what to do when it is not.
 *
 * WHATWG HTML §9.2 has every event stream in UTF-8.  Pure: it stands above everything,
 * so that even the log can use it.
 */
#ifndef RUNNEL_UTF8_H
#define RUNNEL_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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
 * Whether a character may stand in a line that is printed: no control (C0 with tab and line ends, DEL, C1, U+2028/9) and
 * none that changes the direction of what follows it (U+202A to E, U+2066 to 9).
 */
bool utf8_prints(uint32_t code);

/*
 * Makes a line fit to be printed anywhere: in place, "?" for each character that does not print and each bad byte. A
 * character that was cut at the end goes. For sentences and log lines, which quote what a stranger sent.
 */
void utf8_make_printable(char *line);

#ifdef __cplusplus
}
#endif

#endif
