#include "splitter.h"

#include "utf8.h"

#include <string.h>

/* Where to cut so that no character is cut in two: at most 3 bytes earlier (Unicode table 3-7). */
static size_t whole_characters(const char *text, size_t n)
{
	for (size_t back = 1; back <= 3 && back <= n; back++) {
		unsigned char byte = (unsigned char)text[n - back];
		if (byte >= 0xc0)
			return utf8_character(text + n - back, back) ? n : n - back;
		if (byte < 0x80)
			break;
	}
	return n;
}

static void collect(struct splitter *splitter, const char *bytes, size_t n)
{
	size_t room = LINE_BYTES_MAX - splitter->line.len;
	if (splitter->cut || n == 0)
		return;
	buf_add(&splitter->line, bytes, n < room ? n : room);
	if (n <= room)
		return;
	splitter->cut = true;
	splitter->line.len = whole_characters(splitter->line.data, splitter->line.len);
	buf_text(&splitter->line, "…");
}

static void emit(struct splitter *splitter, line_visit *visit, void *arg)
{
	visit(arg, buf_string(&splitter->line), splitter->line.len);
	buf_reset(&splitter->line);
	splitter->cut = false;
}

/* A \r with nothing before it only moves a cursor; a \n with nothing before it is an empty line. */
static void end_line(struct splitter *splitter, char end, line_visit *visit, void *arg)
{
	bool empty = splitter->line.len == 0;
	if (!empty || (end == '\n' && !splitter->after_cr))
		emit(splitter, visit, arg);
	splitter->after_cr = end == '\r' && (!empty || splitter->after_cr);
}

void splitter_add(struct splitter *splitter, const char *bytes, size_t n, line_visit *visit, void *arg)
{
	const char *end = bytes + n;
	while (bytes < end) {
		const char *stop = bytes;
		while (stop < end && *stop != '\n' && *stop != '\r')
			stop++;
		collect(splitter, bytes, (size_t)(stop - bytes));
		if (stop < end)
			end_line(splitter, *stop++, visit, arg);
		bytes = stop;
	}
}

void splitter_end(struct splitter *splitter, line_visit *visit, void *arg)
{
	if (splitter->line.len)
		emit(splitter, visit, arg);
	buf_clear(&splitter->line);
}
