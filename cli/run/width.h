/*
 * width - how many columns of a terminal a character takes: 0, 1 or 2.
 *
 * As wcwidth(3) has it in the C.UTF-8 locale, whatever locale the user has. Sets the calling thread's LC_CTYPE to that.
 */
#ifndef RUNNEL_WIDTH_H
#define RUNNEL_WIDTH_H

#include <stdint.h>

unsigned character_width(uint32_t code);

#endif
