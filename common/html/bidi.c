#include "html/bidi.h"

#include <stdbool.h>
#include <string.h>

#define ISOLATE_END "\xe2\x81\xa9"

enum { MARK_BYTES = 3 };

/* U+2066 to U+2069, of which the last ends what the others begin. */
static bool is_mark(const unsigned char *at)
{
	return at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9;
}

/* The end of a line ends the bidi paragraph, and all isolates in it. */
static const char *add_line(struct buf *out, const char *line)
{
	unsigned open = 0;
	const char *at = line;
	while (*at && *at != '\n' && *at != '\r') {
		bool mark = is_mark((const unsigned char *)at), ends = mark && memcmp(at, ISOLATE_END, MARK_BYTES) == 0;
		size_t bytes = mark ? MARK_BYTES : 1;
		if (!ends || open)
			buf_add(out, at, bytes);
		if (mark)
			open += ends ? -(open > 0) : 1;
		at += bytes;
	}
	while (open--)
		buf_text(out, ISOLATE_END);
	return at;
}

void bidi_balance(struct buf *out, const char *text)
{
	if (!strstr(text, "\xe2\x81")) {
		buf_text(out, text);
		return;
	}
	while (*(text = add_line(out, text)))
		buf_add(out, text++, 1);
}
