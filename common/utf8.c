#include "utf8.h"

#include <string.h>

static bool in(unsigned char byte, unsigned char low, unsigned char high)
{
	return byte >= low && byte <= high;
}

/* First byte range, bytes in all, range of the second byte: Unicode table 3-7. */
static const struct row { unsigned char low, high, bytes, second_low, second_high; } rows[] = {
	{ 0x00, 0x7f, 1, 0x00, 0x00 }, { 0xc2, 0xdf, 2, 0x80, 0xbf }, { 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf }, { 0xed, 0xed, 3, 0x80, 0x9f }, { 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf }, { 0xf1, 0xf3, 4, 0x80, 0xbf }, { 0xf4, 0xf4, 4, 0x80, 0x8f },
};

static const struct row *row_of(unsigned char first)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (in(first, rows[i].low, rows[i].high))
			return &rows[i];
	return NULL;
}

/* How many of the n bytes, at most the row's, belong to one character. */
static size_t fitting(const struct row *row, const unsigned char *byte, size_t n)
{
	size_t k = 1;
	if (k < row->bytes && k < n && in(byte[k], row->second_low, row->second_high))
		for (k = 2; k < row->bytes && k < n && in(byte[k], 0x80, 0xbf);)
			k++;
	return k;
}

size_t utf8_decode(const char *text, size_t n, uint32_t *code)
{
	static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	const unsigned char *byte = (const unsigned char *)text;
	const struct row *row = row_of(byte[0]);
	size_t fit = row ? fitting(row, byte, n) : 0;

	*code = 0xfffd;
	if (!row || (fit < row->bytes && fit < n))
		return 1;
	if (fit < row->bytes)
		return 0;
	*code = byte[0] & first_bits[fit];
	for (size_t k = 1; k < fit; k++)
		*code = *code << 6 | (byte[k] & 0x3f);
	return fit;
}

size_t utf8_character(const char *text, size_t n)
{
	const struct row *row = row_of((unsigned char)*text);
	return row && fitting(row, (const unsigned char *)text, n) == row->bytes ? row->bytes : 0;
}

bool utf8_valid(const char *text, size_t n)
{
	while (n) {
		size_t bytes = *text ? utf8_character(text, n) : 0;
		if (!bytes)
			return false;
		text += bytes;
		n -= bytes;
	}
	return true;
}

/* The bytes of the escape sequence at text[0] == ESC: CSI (ESC [ … final), OSC (ESC ] … BEL or ST), or two. */
static size_t escape_sequence(const char *text, size_t n)
{
	size_t i = 2;
	if (n < 2)
		return n;
	if (text[1] == '[') {
		while (i < n && !in((unsigned char)text[i], 0x40, 0x7e))
			i++;
		return i < n ? i + 1 : n;
	}
	if (text[1] == ']') {
		while (i < n && text[i] != '\a' && text[i] != '\033')
			i++;
		if (i < n && text[i] == '\033')
			i++;
		return i < n ? i + 1 : n;
	}
	return 2;
}

void utf8_mend(struct buf *out, const char *text, size_t n)
{
	while (n) {
		size_t bytes = utf8_character(text, n);
		unsigned char first = (unsigned char)*text;
		if (first == '\033') {
			bytes = escape_sequence(text, n);
		} else if (!bytes) {
			buf_text(out, "\xef\xbf\xbd");
			bytes = 1;
		} else if (bytes > 1 || (first >= 0x20 && first != 0x7f) || first == '\t') {
			buf_add(out, text, bytes);
		}
		text += bytes;
		n -= bytes;
	}
}
