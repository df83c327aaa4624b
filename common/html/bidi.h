/*
 * bidi - text whose direction stays its own.
 *
 * <bdi> and dir="auto" begin an isolate and end it after the text (UAX #9 §3.1.2). A text that ends one it did not begin, or
 * leaves one open, would move that end, and with it the direction of what follows. Pure.
 */
#ifndef RUNNEL_BIDI_H
#define RUNNEL_BIDI_H

#include "base/buf.h"

/* Adds the text so that in each of its lines every isolate (U+2066 to U+2068) is ended, and no other one is. */
void bidi_balance(struct buf *out, const char *text);

#endif
