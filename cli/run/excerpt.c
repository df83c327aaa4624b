#include "run/excerpt.h"

#include "base/utf8.h"
#include "run/width.h"

#include <stdbool.h>
#include <string.h>

static const char mark[] = "…";

static bool in(uint32_t code, uint32_t low, uint32_t high)
{
	return code >= low && code <= high;
}

/* Whether the character belongs to the one before it: what combines, what a joiner joins, a skin tone, half of a flag (UAX #29). */
static bool joins(uint32_t before, uint32_t code, unsigned *flags)
{
	*flags = in(code, 0x1f1e6, 0x1f1ff) ? *flags + 1 : 0;
	return character_width(code) == 0 || before == 0x200d || in(code, 0x1f3fb, 0x1f3ff) || (*flags && *flags % 2 == 0);
}

/* Where to cut: the last edge between characters at or before `limit`. */
static size_t last_edge(const char *text, size_t n, size_t limit)
{
	uint32_t before = 0, code;
	unsigned flags = 0;
	size_t edge = 0;
	for (size_t at = 0, bytes; at < n && at <= limit; at += bytes, before = code) {
		bytes = utf8_decode(text + at, n - at, &code);
		if (bytes == 0)
			break;
		if (!joins(before, code, &flags))
			edge = at;
	}
	return edge;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void excerpt(struct buf *out, const char *text, size_t n, size_t bytes)
{
	while (n && is_blank(*text)) {
		text++;
		n--;
	}
	while (n && is_blank(text[n - 1]))
		n--;
	if (n <= bytes) {
		buf_add(out, text, n);
		return;
	}
	buf_add(out, text, last_edge(text, n, bytes - strlen(mark)));
	buf_text(out, mark);
}
