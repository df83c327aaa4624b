#include "base/utf8.h"

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

bool utf8_prints(uint32_t code)
{
	static const struct { uint32_t low, high; } unprinted[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 },
	};
	for (size_t i = 0; i < sizeof unprinted / sizeof *unprinted; i++)
		if (code >= unprinted[i].low && code <= unprinted[i].high)
			return false;
	return true;
}

void utf8_make_printable(char *line)
{
	char *to = line;
	for (size_t n = strlen(line), bytes; n; line += bytes, n -= bytes) {
		uint32_t code;
		bytes = utf8_decode(line, n, &code);
		if (!bytes) /* cut at the end */
			break;
		bool bad = bytes == 1 && (unsigned char)*line >= 0x80;
		if (bad || !utf8_prints(code)) {
			*to++ = '?';
			continue;
		}
		memmove(to, line, bytes);
		to += bytes;
	}
	*to = '\0';
}
