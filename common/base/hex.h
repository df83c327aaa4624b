/*
 * hex - what a hexadecimal digit is worth, in either case.
 */
#ifndef RUNNEL_HEX_H
#define RUNNEL_HEX_H

/* 0 to 15; -1 for what is no digit. */
static inline int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte that two digits are, or -1. Looks at the second only when the first is one. */
static inline int hex_byte(const char *digits)
{
	int high = hex_value(digits[0]), low = high < 0 ? -1 : hex_value(digits[1]);
	return low < 0 ? -1 : high << 4 | low;
}

#endif
