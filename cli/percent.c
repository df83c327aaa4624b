#include "percent.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/*
 *  form        before                  after                     e.g.
 *  N%  N.N%    not [alnum] . - + , %   not [alnum] %             cmake "[ 45%]", curl, rsync, pv
 *  [N/M] (N/M) the line begins here    anything                  ninja "[12/345] CC a.c", docker
 *  N/M         not [alnum] . - / _ =…  not [alnum] . - / _       "Test 3/10: ok"
 *  N of M      the same                the same                  "file 3 of 10"
 *
 * The first form of the list below that fits wins: a step counter that opens the line speaks of
 * the whole job, a percentage elsewhere perhaps of one file.
 */

enum { DIGITS_MAX = 9 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads 1 to DIGITS_MAX digits; NULL when there are more, or none. */
static const char *read_number(const char *text, double *number)
{
	const char *start = text;
	for (*number = 0; is_digit(*text); text++)
		*number = *number * 10 + (*text - '0');
	return text == start || text - start > DIGITS_MAX ? NULL : text;
}

/* Whether c can stand next to a number that is a word of its own; NUL is a line's edge. */
static bool is_edge(char c, const char *also_not)
{
	return c == '\0' || (!isalnum((unsigned char)c) && (unsigned char)c < 0x80 && !strchr(also_not, c));
}

static char before(const char *line, const char *at)
{
	return at == line ? '\0' : at[-1];
}

/* "3/10", with spaces around the slash too, or "3 of 10"; the text after it, or NULL. */
static const char *read_steps(const char *text, double *percent)
{
	double step, steps;
	const char *at = read_number(text, &step);
	if (!at)
		return NULL;
	if (strncmp(at, " of ", 4) == 0)
		at += 4;
	else if (strncmp(at, " / ", 3) == 0)
		at += 3;
	else if (*at == '/')
		at += 1 + strspn(at + 1, " "); /* ninja and ctest align: [ 3/ 10] */
	else
		return NULL;
	at = read_number(at, &steps);
	if (!at || steps < 1 || step > steps)
		return NULL;
	*percent = step / steps * 100;
	return at;
}

static bool leading_steps(const char *line, double *percent)
{
	line += strspn(line, " \t");
	if (*line != '[' && *line != '(')
		return false;
	char close = *line == '[' ? ']' : ')';
	line += 1 + strspn(line + 1, " ");
	const char *after = read_steps(line, percent);
	return after && after[strspn(after, " ")] == close;
}

static bool percentage(const char *line, double *percent)
{
	for (const char *sign = strchr(line, '%'); sign; sign = strchr(sign + 1, '%')) {
		const char *start = sign, *fraction = NULL;
		double whole;
		while (start > line && (is_digit(start[-1]) || (start[-1] == '.' && !fraction)))
			if (*--start == '.')
				fraction = start;
		if (!is_edge(sign[1], "%") || !is_edge(before(line, start), ".-+,%") || !read_number(start, &whole))
			continue;
		if (fraction)
			for (double place = 0.1; ++fraction < sign; place /= 10)
				whole += (*fraction - '0') * place;
		if (whole <= 100) {
			*percent = whole;
			return true;
		}
	}
	return false;
}

static bool steps_anywhere(const char *line, double *percent)
{
	for (const char *at = line; *at; at++) {
		if (!is_digit(*at) || !is_edge(before(line, at), ".-+/_\\:,~$"))
			continue;
		const char *after = read_steps(at, percent);
		/* "3/10." ends a sentence, "3/10.5" is something else */
		if (after && (is_edge(*after, ".-/_\\%") || (*after == '.' && is_edge(after[1], ""))))
			return true;
	}
	return false;
}

bool percent_find(const char *line, double *percent)
{
	return leading_steps(line, percent) || percentage(line, percent) || steps_anywhere(line, percent);
}
