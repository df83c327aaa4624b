#include "base/escape.h"

#include <stdbool.h>
#include <string.h>

enum { BEL = 0x07, LF = 0x0a, CAN = 0x18, SUB = 0x1a, ESC = 0x1b, DEL = 0x7f, ST = 0x9c };

static bool in(uint32_t code, uint32_t low, uint32_t high)
{
	return code >= low && code <= high;
}

static enum escape_event begin(struct escape *escape, enum escape_state state)
{
	*escape = (struct escape){ .state = state };
	return ESCAPE_MORE;
}

static enum escape_event end(struct escape *escape, enum escape_event event)
{
	bool malformed = escape->malformed;
	escape->state = ESCAPE_IN_TEXT;
	escape->malformed = false;
	return malformed ? ESCAPE_DROPPED : event;
}

/* Breaks the sequence off at a character that cannot belong to it, and that is text therefore. */
static enum escape_event break_off(struct escape *escape)
{
	escape->state = ESCAPE_IN_TEXT;
	return ESCAPE_TEXT;
}

/* Collects one byte; one too many makes the sequence malformed, never shorter. */
static enum escape_event collect(struct escape *escape, char *into, unsigned char *bytes, unsigned max, uint32_t code)
{
	if (*bytes < max)
		into[(*bytes)++] = (char)code;
	else
		escape->malformed = true;
	return ESCAPE_MORE;
}

static enum escape_event collect_intermediate(struct escape *escape, uint32_t code)
{
	return collect(escape, escape->intermediates, &escape->intermediates_bytes, ESCAPE_INTERMEDIATES_MAX, code);
}

/* A parameter byte after an intermediate one, or a marker that is not the first, has no meaning (ECMA-48 §5.4). */
static enum escape_event collect_parameter(struct escape *escape, uint32_t code)
{
	if (escape->intermediates_bytes || (in(code, '<', '?') && escape->parameters_bytes))
		escape->malformed = true;
	return collect(escape, escape->parameters, &escape->parameters_bytes, ESCAPE_PARAMETERS_MAX, code);
}

/* What the C1 control U+0080 + n begins; ESC and U+0040 + n is the same control (ECMA-48 §5.3). */
static enum escape_event c1(struct escape *escape, uint32_t n, enum escape_event alone)
{
	switch (n) {
	case 'P' - '@': case 'X' - '@': case ']' - '@': case '^' - '@': case '_' - '@': /* DCS SOS OSC PM APC */
		return begin(escape, ESCAPE_IN_STRING);
	case '[' - '@':
		return begin(escape, ESCAPE_IN_CSI);
	default:
		return end(escape, alone);
	}
}

/* ---- one function for each state: what a character is that neither begins a sequence nor breaks one off ---- */

static enum escape_event text(struct escape *escape, uint32_t code)
{
	(void)escape;
	return code < 0x20 || code == DEL ? ESCAPE_CONTROL : ESCAPE_TEXT;
}

static enum escape_event sequence(struct escape *escape, uint32_t code)
{
	if (in(code, 0x20, 0x2f))
		return collect_intermediate(escape, code);
	if (code > 0x7e)
		return break_off(escape);
	escape->final = (char)code;
	if (in(code, '@', '_') && !escape->intermediates_bytes)
		return c1(escape, code - '@', ESCAPE_SEQUENCE);
	return end(escape, ESCAPE_SEQUENCE);
}

static enum escape_event control_sequence(struct escape *escape, uint32_t code)
{
	if (in(code, 0x20, 0x2f))
		return collect_intermediate(escape, code);
	if (in(code, 0x30, 0x3f))
		return collect_parameter(escape, code);
	if (code > 0x7e)
		return break_off(escape);
	escape->final = (char)code;
	return end(escape, ESCAPE_CSI);
}

static enum escape_event string(struct escape *escape, uint32_t code)
{
	if (code == BEL)
		return end(escape, ESCAPE_STRING);
	if (code == LF)
		return end(escape, ESCAPE_CONTROL);
	return ESCAPE_MORE;
}

enum escape_event escape_feed(struct escape *escape, uint32_t code)
{
	static enum escape_event (*const states[])(struct escape *, uint32_t) = {
		[ESCAPE_IN_TEXT] = text, [ESCAPE_IN_SEQUENCE] = sequence,
		[ESCAPE_IN_CSI] = control_sequence, [ESCAPE_IN_STRING] = string,
	};
	enum escape_state before = escape->state;

	if (code == ESC)
		return begin(escape, ESCAPE_IN_SEQUENCE);
	if (code == CAN || code == SUB) {
		begin(escape, ESCAPE_IN_TEXT);
		return before == ESCAPE_IN_TEXT ? ESCAPE_CONTROL : ESCAPE_DROPPED;
	}
	if (in(code, 0x80, 0x9f)) {
		begin(escape, ESCAPE_IN_TEXT);
		return c1(escape, code - 0x80, before == ESCAPE_IN_STRING && code == ST ? ESCAPE_STRING : ESCAPE_CONTROL);
	}
	if (before == ESCAPE_IN_SEQUENCE || before == ESCAPE_IN_CSI) {
		if (code < 0x20) /* it takes effect by itself, and the sequence goes on */
			return ESCAPE_CONTROL;
		if (code == DEL)
			return ESCAPE_MORE;
	}
	return states[before](escape, code);
}

/* ---- parameters ---- */

char escape_private(const struct escape *escape)
{
	char first = escape->parameters[0];
	return in((unsigned char)first, '<', '?') ? first : '\0';
}

unsigned escape_number(const struct escape *escape, unsigned i, unsigned fallback)
{
	const char *text = escape->parameters + (escape_private(escape) != '\0');
	unsigned number = 0;
	while (i && (text = strchr(text, ';'))) {
		text++;
		i--;
	}
	if (!text || !in((unsigned char)*text, '0', '9'))
		return fallback;
	for (; in((unsigned char)*text, '0', '9'); text++)
		number = number < ESCAPE_NUMBER_MAX ? number * 10 + (unsigned)(*text - '0') : number;
	return number < ESCAPE_NUMBER_MAX ? number : ESCAPE_NUMBER_MAX;
}
