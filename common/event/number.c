#include "event/number.h"

#include <math.h>
#include <string.h>

enum {
	DIGITS_MAX = 18,      /* that a double and an integer can tell apart; more only scale */
	EXPONENT_MAX = 10000, /* far beyond a double: 0 or HUGE_VAL whatever the digits */
};

struct reading {
	const char *at;
	double mantissa;
	int digits;      /* in the mantissa, without leading zeros */
	int exponent;    /* of ten */
	bool any;        /* a digit was there */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_blanks(const char *text)
{
	static const char *const blanks[] = { " ", "\t", "\r", "\n", "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89" };
	for (size_t i = 0; i < sizeof blanks / sizeof *blanks;) {
		size_t n = strlen(blanks[i]);
		bool there = strncmp(text, blanks[i], n) == 0;
		text += there ? n : 0;
		i = there ? 0 : i + 1;
	}
	return text;
}

static void read_digits(struct reading *reading, bool fraction)
{
	for (; is_digit(*reading->at); reading->at++) {
		int digit = *reading->at - '0';
		bool kept = reading->digits < DIGITS_MAX;
		reading->any = true;
		if (kept)
			reading->mantissa = reading->mantissa * 10 + digit;
		reading->digits += kept && (reading->digits || digit);
		if (fraction == kept && reading->exponent > -EXPONENT_MAX && reading->exponent < EXPONENT_MAX)
			reading->exponent += kept ? -1 : 1;
	}
}

/* false: an "e" without digits */
static bool read_exponent(struct reading *reading)
{
	const char *at = reading->at;
	int exponent = 0;
	if (*at != 'e' && *at != 'E')
		return true;
	bool negative = *++at == '-';
	at += *at == '-' || *at == '+';
	if (!is_digit(*at))
		return false;
	for (; is_digit(*at); at++)
		exponent = exponent < EXPONENT_MAX ? exponent * 10 + (*at - '0') : exponent;
	reading->exponent += negative ? -exponent : exponent;
	reading->at = at;
	return true;
}

bool number_read(const char *text, double *number)
{
	struct reading reading = { .at = skip_blanks(text) };
	bool negative = *reading.at == '-';

	reading.at += *reading.at == '-' || *reading.at == '+';
	read_digits(&reading, false);
	if (*reading.at == '.' || *reading.at == ',') {
		reading.at++;
		read_digits(&reading, true);
	}
	if (!reading.any || !read_exponent(&reading))
		return false;
	reading.at = skip_blanks(reading.at);
	reading.at += *reading.at == '%';
	if (*skip_blanks(reading.at))
		return false;
	/* in two steps: 10 to the 330th alone is too large where 0.000… times it is not */
	int half = reading.exponent / 2;
	double value = reading.mantissa * pow(10, half) * pow(10, reading.exponent - half);
	*number = reading.mantissa == 0 ? 0 : negative ? -value : value;
	return true;
}
