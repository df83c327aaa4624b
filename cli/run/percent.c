#include "run/percent.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/*
 *  form              not after              not before            e.g.
 *  N% N.N% N,N %     [alnum] . - + , % / _  [alnum] %             cmake "[ 45%]", curl, rsync, xz "45.3 %"
 *  %N                [alnum] and signs      [alnum] and signs     "%45 tamamlandı"
 *  [N/M] (N/M)       the line begins here   anything              ninja "[12/345] CC a.c", docker
 *  N/M, N of M       [alnum] . - / _ : …    [alnum] . - / _ %     "Test 3/10: ok", "file 3 of 10"
 *  N U/M U           the same               the same              pip "12.3/45.6 MB", docker "1.2MB/3.4GB"
 *
 * The first form of this list that fits wins: a step counter that opens the line speaks of the whole job, a percentage
 * elsewhere perhaps of one file. All of it is read in ASCII, into which fold() brings the line.
 */

enum { DIGITS_MAX = 9, FRACTION_DIGITS_MAX = 17, OTHER = 0x01 /* any character that is not ASCII */ };

/* ---- one alphabet ---- */

static char fold_character(uint32_t code)
{
	/* digits: full-width, Arabic, Persian, Devanagari, Bengali */
	static const uint32_t zeros[] = { 0xff10, 0x0660, 0x06f0, 0x0966, 0x09e6 };
	static const struct { uint32_t code; char as; } signs[] = {
		{ 0xff05, '%' }, { 0x066a, '%' }, { 0xfe6a, '%' }, { 0xff0f, '/' }, { 0x2044, '/' }, { 0x2215, '/' },
		{ 0x066b, '.' }, { 0xff0e, '.' }, { 0x066c, ',' }, { 0xff0c, ',' },
		{ 0x00a0, ' ' }, { 0x202f, ' ' }, { 0x2009, ' ' }, { 0x3000, ' ' },
		{ 0xff08, '(' }, { 0xff09, ')' }, { 0xff3b, '[' }, { 0xff3d, ']' }, { 0x3010, '[' }, { 0x3011, ']' }, { 0xff1a, ':' },
		{ 0x2212, '-' }, { 0x2010, '-' }, { 0x2011, '-' }, { 0x2012, '-' }, { 0x2013, '-' }, { 0xff0d, '-' }, { 0xff0b, '+' },
		{ 0x200e, 0 }, { 0x200f, 0 }, { 0x061c, 0 }, { 0x202a, 0 }, { 0x202b, 0 }, { 0x202c, 0 }, /* directions of writing: nothing is there */
		{ 0x2066, 0 }, { 0x2067, 0 }, { 0x2068, 0 }, { 0x2069, 0 },
	};
	for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
		if (code >= zeros[i] && code <= zeros[i] + 9)
			return (char)('0' + (code - zeros[i]));
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (signs[i].code == code)
			return signs[i].as;
	return OTHER;
}

static void fold(struct buf *out, const char *line)
{
	size_t n = strlen(line), taken;
	uint32_t code;
	char *to = buf_room(out, n + 1);
	for (; n; line += taken, n -= taken) {
		taken = utf8_decode(line, n, &code);
		if (taken == 0)
			taken = n;
		char c = code < 0x80 ? (char)code : fold_character(code);
		if (c)
			*to++ = c;
	}
	*to = '\0';
}

/* ---- numbers ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

struct number {
	double value;
	bool fraction; /* it has one */
};

static const char *read_digits(const char *text, int most, double *number)
{
	const char *start = text;
	for (*number = 0; is_digit(*text); text++)
		*number = *number * 10 + (*text - '0');
	return text == start || text - start > most ? NULL : text;
}

/* "45", "45.5", "45,5"; "1,234" is a thousand and more. The text after it, or NULL. */
static const char *read_number(const char *text, struct number *number)
{
	double fraction = 0;
	const char *at = read_digits(text, DIGITS_MAX, &number->value), *after = NULL;
	number->fraction = false;
	if (at && (*at == '.' || *at == ','))
		after = read_digits(at + 1, FRACTION_DIGITS_MAX, &fraction);
	if (!after)
		return at;
	if (*at == ',' && after - at == 4) {
		number->value = number->value * 1000 + fraction;
		return after;
	}
	for (const char *digit = at + 1; digit < after; digit++)
		fraction /= 10;
	number->value += fraction;
	number->fraction = true;
	return after;
}

/* Whether c can stand next to a number that is a word of its own; NUL is a line's edge. */
static bool is_edge(char c, const char *also_not)
{
	return c == '\0' || (!isalnum((unsigned char)c) && !strchr(also_not, c));
}

static char before(const char *line, const char *at)
{
	return at == line ? '\0' : at[-1];
}

/* "12:45%" is no 45. */
static bool is_after_clock(const char *line, const char *at)
{
	return at - line >= 2 && at[-1] == ':' && is_digit(at[-2]);
}

static const char *skip_spaces(const char *at)
{
	return at + strspn(at, " ");
}

/* ---- percentages ---- */

/* "10 % 3 = 1" is arithmetic. */
static bool is_remainder(const char *after_sign)
{
	double number;
	const char *at = *after_sign == ' ' ? read_digits(after_sign + 1, DIGITS_MAX, &number) : NULL;
	return at && *skip_spaces(at) == '=';
}

static bool percent_at(const char *line, const char *at, double *percent)
{
	struct number number;
	const char *after = read_number(at, &number);
	if (!after || number.value > 100 || !is_edge(before(line, at), ".-+,%/_") || is_after_clock(line, at))
		return false;
	if (*after == '.')
		return false; /* a version */
	bool spaced = *after == ' ';
	after += spaced;
	if (*after != '%' || !is_edge(after[1], "%") || (spaced && is_remainder(after + 1)))
		return false;
	*percent = number.value;
	return true;
}

/* "%45", and nothing like "a%20b" or "%2d". */
static bool percent_before(const char *line, const char *sign, double *percent)
{
	struct number number;
	char last = before(line, sign);
	const char *after = read_number(sign + 1, &number);
	if (!after || number.value > 100 || (last && !strchr(" \t([:", last) && last != OTHER))
		return false;
	if (*after && !strchr(" \t)],;:", *after) && *after != OTHER && !(*after == '.' && is_edge(after[1], "")))
		return false;
	*percent = number.value;
	return true;
}

static bool percentage(const char *line, double *percent)
{
	if (!strchr(line, '%'))
		return false;
	for (const char *at = line; *at; at++)
		if (is_digit(*at) && !is_digit(before(line, at)) && percent_at(line, at, percent))
			return true;
	for (const char *sign = strchr(line, '%'); sign; sign = strchr(sign + 1, '%'))
		if (percent_before(line, sign, percent))
			return true;
	return false;
}

/* ---- steps ---- */

/* "MB", "KiB", "bytes": how many bytes it is, and the text after it; 0: it is none. */
static double read_unit(const char **text)
{
	static const char prefixes[] = "kmgtp";
	const char *at = skip_spaces(*text);
	const char *prefix = *at ? strchr(prefixes, tolower((unsigned char)*at)) : NULL;
	double unit = 1, base = prefix && at[1] == 'i' ? 1024 : 1000;
	if (strncmp(at, "bytes", 5) == 0 && is_edge(at[5], "")) {
		*text = at + 5;
		return 1;
	}
	for (const char *p = prefixes; prefix && p <= prefix; p++)
		unit *= base;
	if (prefix)
		at += at[1] == 'i' ? 2 : 1;
	if (*at != 'B' || !is_edge(at[1], ""))
		return 0;
	*text = at + 1;
	return unit;
}

/* What stands between the two numbers; the text after it, or NULL. ninja and ctest align: [ 3/ 10] */
static const char *read_between(const char *at)
{
	static const char *const words[] = { " of ", " von ", " sur ", " de ", " di " };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strncmp(at, words[i], strlen(words[i])) == 0)
			return at + strlen(words[i]);
	const char *slash = *at == ' ' ? at + 1 : at;
	return *slash == '/' && (slash == at || slash[1] == ' ') ? skip_spaces(slash + 1) : NULL;
}

/* "3/10", with spaces around the slash too, "3 of 10", "1.2 MB/3.4 MB"; the text after it, or NULL. */
static const char *read_steps(const char *text, double *percent)
{
	struct number step, steps;
	const char *at = read_number(text, &step);
	if (!at)
		return NULL;
	double unit = read_unit(&at);
	at = read_between(at);
	at = at ? read_number(at, &steps) : NULL;
	if (!at)
		return NULL;
	double whole_unit = read_unit(&at);
	if ((step.fraction || steps.fraction || unit > 0) && whole_unit == 0)
		return NULL;
	double done = step.value * (unit > 0 ? unit : 1), all = steps.value * (unit > 0 ? whole_unit : 1);
	if (all <= 0 || done > all)
		return NULL;
	*percent = done / all * 100;
	return at;
}

static bool leading_steps(const char *line, double *percent)
{
	line += strspn(line, " \t");
	if (*line != '[' && *line != '(')
		return false;
	char close = *line == '[' ? ']' : ')';
	const char *after = read_steps(skip_spaces(line + 1), percent);
	return after && *skip_spaces(after) == close;
}

/* Whether a time of day stands here, "02:42"; what stands beside it is a date. */
static bool is_clock(const char *at)
{
	while (*at && strchr(" ,T-", *at))
		at++;
	return is_digit(at[0]) && (at[1] == ':' || (is_digit(at[1]) && at[2] == ':' && is_digit(at[3])));
}

/* "02:42:09 11/25" */
static bool is_date_after_clock(const char *line, const char *at, const char *after)
{
	return after - at == 5 && at - line >= 6 && at[-1] == ' ' && is_digit(at[-2]) && is_digit(at[-3]) && at[-4] == ':';
}

/* "1/2 inch" */
static bool is_fraction_of_measure(const char *after)
{
	static const char *const measures[] = { "inch", "mile", "cup", "hour", "pint", "teaspoon", "tablespoon", "pound" };
	if (*after == '"')
		return true;
	after += *after == ' ' || *after == '-';
	for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
		if (strncmp(after, measures[i], strlen(measures[i])) == 0)
			return true;
	return false;
}

/* "3/10." ends a sentence, "3/10.5" is something else */
static bool ends_well(const char *after)
{
	if (*after == '.' || *after == '-')
		return is_edge(after[1], "");
	return is_edge(*after, "/_\\%");
}

static bool steps_anywhere(const char *line, double *percent)
{
	for (const char *at = line; *at; at++) {
		if (!is_digit(*at) || !is_edge(before(line, at), ".-+/_\\,~$") || is_after_clock(line, at))
			continue;
		const char *after = read_steps(at, percent);
		if (after && ends_well(after) && !is_clock(after) && !is_date_after_clock(line, at, after) && !is_fraction_of_measure(after))
			return true;
	}
	return false;
}

static bool has_digit(const char *line)
{
	for (; *line; line++)
		if (is_digit(*line) || (unsigned char)*line >= 0x80)
			return true;
	return false;
}

bool percent_find(const char *line, double *percent)
{
	struct buf folded = BUF_INIT;
	if (!has_digit(line)) /* most lines */
		return false;
	fold(&folded, line);
	bool found = leading_steps(folded.data, percent) || percentage(folded.data, percent) || steps_anywhere(folded.data, percent);
	buf_clear(&folded);
	return found;
}
