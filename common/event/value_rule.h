/*
 * value_rule - what one value of a kind must be: one row.
 *
 * A rule also brings the text into the form that is stored: cleaned (text.h), a number to two decimals. Pure.
 */
#ifndef RUNNEL_VALUE_RULE_H
#define RUNNEL_VALUE_RULE_H

#include "base/buf.h"
#include "base/problem.h"

#include <stdbool.h>

enum value_form {
	RULE_LINES,   /* any text */
	RULE_LINE,    /* any text, made one line */
	RULE_WORD,    /* one of `words` */
	RULE_URL,     /* a relative, http, https or mailto URL, as it is */
	RULE_PERCENT, /* a number from 0 to 100, kept to two decimals */
};

struct value_rule {
	const char *key;       /* NULL ends a table */
	enum value_form form;
	const char *words;     /* with blanks between them */
	const char *fallback;  /* set when the publisher left it out, or NULL */
	bool shows;            /* an event that has this value shows something */
	bool may_be_empty;     /* and even when it is empty; then any text may be meant as it is */
};

/*
 * Puts the text in the form that is stored into out, which is empty. An empty text of a word, a URL or a percent
 * was left out, as an empty field of a form is: out stays empty. false with a 400 problem that names key, rule and text.
 */
bool value_rule_apply(const struct value_rule *rule, const char *key, const char *text, struct buf *out, struct problem *problem);

/* Adds the stored text as people see it: a percent is whole, rounded, and 100 only where it is 100. */
void value_rule_show(const struct value_rule *rule, const char *text, struct buf *out);

#endif
