/*
 * escape - finds control functions in text: ECMA-48 (ISO 6429), as terminals read it.
 *
 * One character after another goes in, and each time the answer says what it was: text to show, a control that stands
 * alone, or a part of a sequence, whose end hands over the whole. Understood are nF, Fp, Fe and Fs sequences (ECMA-35
 * §13), control sequences (CSI, ECMA-48 §5.4) and control strings (DCS, OSC, APC, PM, SOS, §5.6), each begun by ESC or
 * by the C1 control as U+0080 to U+009F. CAN and SUB break a sequence off; ESC or a C1 control begins another
 * inside it. A C0 control inside a sequence takes effect there and then, as in all terminals since the VT100.
 *
 * A string that was left open ends at a line feed too. Terminals go on to eat whatever follows; but somebody's next
 * line, "ERROR: disk full", must not be lost to a title that was cut short.
 *
 * Pure: no I/O, no allocation. What an escape function does is its caller's affair.
 */
#ifndef RUNNEL_ESCAPE_H
#define RUNNEL_ESCAPE_H

#include <stdint.h>

enum {
	ESCAPE_PARAMETERS_MAX = 120, /* bytes: an SGR with five true colours has 90 */
	ESCAPE_INTERMEDIATES_MAX = 4,
	ESCAPE_NUMBER_MAX = 65535,   /* a larger parameter is taken as this */
};

/* What a character was. */
enum escape_event {
	ESCAPE_TEXT,     /* a character to show: U+0020 to U+007E, U+00A0 and above */
	ESCAPE_CONTROL,  /* a C0 or C1 control that stands alone, or DEL */
	ESCAPE_MORE,     /* a part of a sequence that is not complete yet */
	ESCAPE_SEQUENCE, /* the end of ESC …: `intermediates` and `final` hold it */
	ESCAPE_CSI,      /* the end of a control sequence: `parameters` as well */
	ESCAPE_STRING,   /* the end of a control string, whose content nobody needs; of one that ESC \ ends, that sequence is the end */
	ESCAPE_DROPPED,  /* the end of one that is malformed, overlong or broken off: it has no effect */
};

enum escape_state { ESCAPE_IN_TEXT, ESCAPE_IN_SEQUENCE, ESCAPE_IN_CSI, ESCAPE_IN_STRING };

/* Zero-initialised: in text. The three members below are good from an end until the next character. */
struct escape {
	enum escape_state state;
	unsigned char parameters_bytes, intermediates_bytes;
	unsigned char malformed;                          /* the sequence so far cannot have an effect */
	char parameters[ESCAPE_PARAMETERS_MAX + 1];       /* as they came, "?25", "38;2;1;2;3"; NUL-terminated */
	char intermediates[ESCAPE_INTERMEDIATES_MAX + 1]; /* "(" of ESC ( B, " " of CSI 1 SP q; NUL-terminated */
	char final;                                       /* "B" of ESC ( B, "m" of CSI 1 m */
};

#define ESCAPE_INIT { .state = ESCAPE_IN_TEXT }

/* Takes the next character (a Unicode scalar value, U+FFFD for a bad byte). */
enum escape_event escape_feed(struct escape *escape, uint32_t code);

/* Whether a sequence has begun and not ended: what follows may belong to it. */
static inline int escape_is_open(const struct escape *escape)
{
	return escape->state != ESCAPE_IN_TEXT;
}

/* The private marker of a control sequence ("?" of CSI ? 25 l): one of < = > ?, or NUL. */
char escape_private(const struct escape *escape);

/*
 * Parameter i of a control sequence, from 0: at most ESCAPE_NUMBER_MAX; the fallback when it is absent or empty.
 * Of sub-parameters ("4:3") it is the first.
 */
unsigned escape_number(const struct escape *escape, unsigned i, unsigned fallback);

#endif
