#include "event/value_rule.h"

#include "event/link.h"
#include "event/number.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How far beyond 0 and 100 a number may be: what adding and dividing in binary leaves, as in 100.00000000000001. */
#define PERCENT_SLACK 1e-9

/* ---- one function for each form; true: out holds what is stored ---- */

static bool apply_lines(const struct value_rule *rule, const char *text, struct buf *out)
{
	(void)rule;
	text_clean(out, text, strlen(text), TEXT_LINES);
	return true;
}

static bool apply_line(const struct value_rule *rule, const char *text, struct buf *out)
{
	(void)rule;
	text_clean(out, text, strlen(text), TEXT_LINE);
	return true;
}

static bool one_of(const char *text, const char *words)
{
	size_t n = strlen(text);
	for (const char *word = words; *word; word += strcspn(word, " ") + (strchr(word, ' ') != NULL))
		if (strcspn(word, " ") == n && memcmp(word, text, n) == 0)
			return true;
	return false;
}

static bool apply_word(const struct value_rule *rule, const char *text, struct buf *out)
{
	text_clean(out, text, strlen(text), TEXT_LINE);
	return out->len == 0 || one_of(out->data, rule->words);
}

/* The number to so many decimals, never up to 100 from below: nothing is done before it is. */
static double rounded(double percent, double decimals)
{
	double most = percent < 100 - PERCENT_SLACK ? 100 - 1 / decimals : 100;
	return fmin(round(percent * decimals) / decimals, most);
}

static bool apply_percent(const struct value_rule *rule, const char *text, struct buf *out)
{
	double percent;
	(void)rule;
	if (text_is_blank(text))
		return true;
	if (!number_read(text, &percent) || percent < -PERCENT_SLACK || percent > 100 + PERCENT_SLACK)
		return false;
	percent = fmax(percent, 0);
	buf_print(out, "%.2f", rounded(fabs(percent), 100));
	while (out->data[out->len - 1] == '0')
		out->len--;
	out->len -= out->data[out->len - 1] == '.';
	out->data[out->len] = '\0';
	return true;
}

/* Refused as a whole instead of cleaned: a browser would take away what makes it another URL. */
static bool apply_url(const struct value_rule *rule, const char *text, struct buf *out)
{
	(void)rule;
	buf_text(out, text);
	return *text == '\0' || link_allowed(text);
}

/* ---- the table of forms ---- */

static const struct {
	bool (*apply)(const struct value_rule *, const char *text, struct buf *out);
	const char *sentence;
} forms[] = {
	[RULE_LINES] = { apply_lines, "" },
	[RULE_LINE] = { apply_line, "" },
	[RULE_WORD] = { apply_word, "" },
	[RULE_URL] = { apply_url, "a relative, http, https or mailto URL without blanks, controls and \\" },
	[RULE_PERCENT] = { apply_percent, "a number from 0 to 100, such as 40 or 33.3, or left out" },
};

bool value_rule_apply(const struct value_rule *rule, const char *key, const char *text, struct buf *out, struct problem *problem)
{
	if (forms[rule->form].apply(rule, text, out))
		return true;
	if (rule->words)
		return problem_set(problem, 400, "The value %s must be one of these words: %s; \"%.40s\" is not.", key, rule->words, text);
	return problem_set(problem, 400, "The value %s must be %s; \"%.40s\" is not.", key, forms[rule->form].sentence, text);
}

void value_rule_show(const struct value_rule *rule, const char *text, struct buf *out)
{
	double percent;
	if (rule->form == RULE_PERCENT && number_read(text, &percent))
		buf_print(out, "%.0f", rounded(percent, 1));
	else
		buf_text(out, text);
}
