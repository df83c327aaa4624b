#include "mark.h"

#include "running.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { OUTSIDE, NUMBER, NANOSECONDS };

void mark_write(char *out, int number, int bytes)
{
	int n = sprintf(out, "@%d:%" PRIu64 "@", number, running_ns());
	while (n < bytes)
		out[n++] = 'x';
	out[n] = '\0';
}

/* Almost all of a stream is not a mark: it is passed over by memchr(). */
static const char *find_start(struct mark *mark, const char *bytes, const char *end)
{
	const char *at = memchr(bytes, '@', (size_t)(end - bytes));
	if (!at)
		return end;
	*mark = (struct mark){ .state = NUMBER };
	return at + 1;
}

bool mark_read(struct mark *mark, const char **bytes, const char *end)
{
	while (*bytes < end) {
		if (mark->state == OUTSIDE) {
			*bytes = find_start(mark, *bytes, end);
			continue;
		}
		char c = *(*bytes)++;
		uint64_t *value = mark->state == NUMBER ? &mark->number : &mark->sent_ns;
		if (c >= '0' && c <= '9') {
			*value = *value * 10 + (uint64_t)(c - '0');
		} else if (mark->state == NUMBER && c == ':') {
			mark->state = NANOSECONDS;
		} else {
			bool whole = mark->state == NANOSECONDS && c == '@';
			mark->state = OUTSIDE;
			if (whole)
				return true;
		}
	}
	return false;
}
