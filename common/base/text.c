#include "base/text.h"

#include "base/escape.h"
#include "base/utf8.h"

#include <string.h>

enum { LINE_SEPARATOR = 0x2028, PARAGRAPH_SEPARATOR = 0x2029 };

struct cleaning {
	struct buf *out;
	enum text_shape shape;
	size_t start;      /* where the text begins in out */
	bool owes_blank;   /* a line ended, and it is not known yet whether words follow */
	bool after_cr;     /* a LF that follows belongs to it */
};

static void put(struct cleaning *cleaning, const char *bytes, size_t n)
{
	if (cleaning->owes_blank && cleaning->out->len > cleaning->start)
		buf_text(cleaning->out, " ");
	cleaning->owes_blank = false;
	buf_add(cleaning->out, bytes, n);
}

static void end_line(struct cleaning *cleaning)
{
	if (cleaning->shape == TEXT_LINES)
		buf_text(cleaning->out, "\n");
	else
		cleaning->owes_blank = true;
}

static void take_control(struct cleaning *cleaning, uint32_t code)
{
	if (code == '\t')
		put(cleaning, "\t", 1);
	else if (code == '\r' || (code == '\n' && !cleaning->after_cr))
		end_line(cleaning);
	cleaning->after_cr = code == '\r';
}

static void take_text(struct cleaning *cleaning, uint32_t code, const char *text, size_t n)
{
	bool bad = n == 1 && (unsigned char)*text >= 0x80;
	cleaning->after_cr = false;
	if (code == LINE_SEPARATOR || code == PARAGRAPH_SEPARATOR || (cleaning->shape == TEXT_TERMINAL && !utf8_prints(code)))
		return;
	put(cleaning, bad ? "\xef\xbf\xbd" : text, bad ? 3 : n);
}

/* The bytes of printable ASCII at the start: most texts are nothing else. */
static size_t plain_bytes(const char *text, size_t n)
{
	size_t i = 0;
	while (i < n && text[i] >= 0x20 && text[i] < 0x7f)
		i++;
	return i;
}

void text_clean(struct buf *out, const char *text, size_t n, enum text_shape shape)
{
	struct cleaning cleaning = { .out = out, .shape = shape, .start = out->len };
	struct escape escape = ESCAPE_INIT;
	size_t bytes = text_mark(text, n);
	uint32_t code;

	for (text += bytes, n -= bytes; n; text += bytes, n -= bytes) {
		bytes = escape_is_open(&escape) ? 0 : plain_bytes(text, n);
		if (bytes) {
			take_text(&cleaning, ' ', text, bytes);
			continue;
		}
		bytes = utf8_decode(text, n, &code);
		bytes += bytes == 0; /* cut at the end: bad bytes */
		enum escape_event event = escape_feed(&escape, code);
		if (event == ESCAPE_TEXT)
			take_text(&cleaning, code, text, bytes);
		else if (event == ESCAPE_CONTROL)
			take_control(&cleaning, code);
	}
}

void text_print(struct buf *out, const char *text)
{
	text_clean(out, text, strlen(text), TEXT_TERMINAL);
}

static bool is_unseen(uint32_t code)
{
	/* Unicode 15: White_Space, Default_Ignorable_Code_Point, and the empty Braille pattern */
	static const struct { uint32_t low, high; } rows[] = {
		{ 0x00, 0x20 }, { 0x7f, 0xa0 }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c }, { 0x115f, 0x1160 },
		{ 0x1680, 0x1680 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x2000, 0x200f }, { 0x2028, 0x202f },
		{ 0x205f, 0x206f }, { 0x2800, 0x2800 }, { 0x3000, 0x3000 }, { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f },
		{ 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfff8 }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
		{ 0xe0000, 0xe0fff },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (code >= rows[i].low && code <= rows[i].high)
			return true;
	return false;
}

bool text_is_blank(const char *text)
{
	for (size_t n = strlen(text), bytes; n; text += bytes, n -= bytes) {
		uint32_t code;
		bytes = utf8_decode(text, n, &code);
		if (!bytes || !is_unseen(code))
			return false;
	}
	return true;
}

size_t text_mark(const char *text, size_t n)
{
	return n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}
