#include "api/hint.h"

#include "base/buf.h"
#include "http/header.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FORM_TYPE "application/x-www-form-urlencoded"
#define JSON_TYPE "application/json"
#define TEXT_TYPE "text/plain"

enum { NAMES_SAID = 6, NAME_BYTES_SAID = 24, NAME_BYTES_MAX = 64 };

/* ---- what a body is ---- */

enum body_type hint_type(const char *content_type)
{
	static const struct { const char *name; enum body_type type; } rows[] = {
		{ FORM_TYPE, BODY_FORM }, { "multipart/form-data", BODY_MULTIPART }, { JSON_TYPE, BODY_JSON }, { TEXT_TYPE, BODY_TEXT },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (header_is_type(content_type, rows[i].name))
			return rows[i].type;
	return BODY_OTHER;
}

static const char *skip_blanks(const char *body, size_t *bytes)
{
	while (*bytes && strchr(" \t\r\n", *body) && *body) {
		body++;
		(*bytes)--;
	}
	return body;
}

static bool looks_like_json(const char *body, size_t bytes)
{
	body = skip_blanks(body, &bytes);
	return bytes && (*body == '{' || *body == '[' || (bytes > 2 && strncasecmp(body, "%7B", 3) == 0));
}

static bool is_field_of(const struct kind *kind, const char *name, size_t n)
{
	if (strlen(kind->text) == n && memcmp(kind->text, name, n) == 0)
		return true;
	for (const struct value_rule *rule = kind->rules; rule && rule->key; rule++)
		if (strlen(rule->key) == n && memcmp(rule->key, name, n) == 0)
			return true;
	return false;
}

/* NAME=… without a blank, where NAME is one that the kind knows: nobody writes such a text. */
static bool looks_like_form(const char *body, size_t bytes, const struct kind *kind)
{
	const char *equals = memchr(body, '=', bytes);
	for (size_t i = 0; i < bytes; i++)
		if (strchr(" \t\r\n", body[i]))
			return false;
	return equals && is_field_of(kind, body, (size_t)(equals - body));
}

/* An object that names a value of the kind, such as {"title": …. */
static bool looks_like_object(const char *body, size_t bytes, const struct kind *kind)
{
	body = skip_blanks(body, &bytes);
	if (bytes < 4 || *body != '{')
		return false;
	bytes--;
	body = skip_blanks(body + 1, &bytes);
	const char *close = bytes > 1 && *body == '"' ? memchr(body + 1, '"', bytes - 1) : NULL;
	return close && is_field_of(kind, body + 1, (size_t)(close - body - 1));
}

static bool no_type(const char *body, size_t bytes, const struct kind *kind, struct problem *problem)
{
	const char *type = looks_like_json(body, bytes) ? JSON_TYPE : looks_like_form(body, bytes, kind) ? FORM_TYPE : TEXT_TYPE;
	if (bytes == 0)
		return problem_set(problem, 400, "The body is empty: send %s=… as %s, or a text as %s.", kind->text, FORM_TYPE, TEXT_TYPE);
	return problem_set(problem, 415, "There is no Content-Type: this body looks like %s, so send Content-Type: %s.",
			   strcmp(type, JSON_TYPE) == 0 ? "JSON" : strcmp(type, FORM_TYPE) == 0 ? "a form" : "text", type);
}

static bool check_form(const char *body, size_t bytes, const struct kind *kind, struct problem *problem)
{
	if (looks_like_json(body, bytes))
		return problem_set(problem, 400, "The body looks like JSON but was sent as %s (curl -d does so by itself): send Content-Type: %s.", FORM_TYPE, JSON_TYPE);
	if (bytes && !memchr(body, '=', bytes))
		return problem_set(problem, 400, "The body \"%.*s\" is no form, for it has no NAME=VALUE: send %s=…, or a text with Content-Type: %s.",
				   (int)(bytes > 40 ? 40 : bytes), body, kind->text, TEXT_TYPE);
	return true;
}

static bool takes_any_text(const struct kind *kind)
{
	return kind_rule(kind, kind->text)->may_be_empty;
}

static bool check_text(const char *body, size_t bytes, const struct kind *kind, struct problem *problem)
{
	if (takes_any_text(kind))
		return true;
	if (looks_like_object(body, bytes, kind))
		return problem_set(problem, 400, "The body looks like JSON but was sent as %s: send Content-Type: %s.", TEXT_TYPE, JSON_TYPE);
	if (looks_like_form(body, bytes, kind))
		return problem_set(problem, 400, "The body looks like a form but was sent as %s: send Content-Type: %s.", TEXT_TYPE, FORM_TYPE);
	return true;
}

bool hint_body(const char *content_type, const char *body, size_t bytes, const struct kind *kind, struct problem *problem)
{
	if (bytes >= 2 && (memcmp(body, "\xff\xfe", 2) == 0 || memcmp(body, "\xfe\xff", 2) == 0) && !strcasestr(content_type, "utf-16"))
		return problem_set(problem, 400, "The body is UTF-16; send UTF-8.");
	switch (hint_type(content_type)) {
	case BODY_FORM: return check_form(body, bytes, kind, problem);
	case BODY_TEXT: return check_text(body, bytes, kind, problem);
	case BODY_JSON:
		if (looks_like_form(body, bytes, kind))
			return problem_set(problem, 400, "The body looks like a form but was sent as %s: send Content-Type: %s.", JSON_TYPE, FORM_TYPE);
		return true;
	case BODY_MULTIPART: return true;
	case BODY_OTHER: break;
	}
	if (!*content_type)
		return no_type(body, bytes, kind, problem);
	return problem_set(problem, 415, "Content-Type \"%.80s\" is not taken: use %s, multipart/form-data, %s or %s.", content_type, FORM_TYPE, JSON_TYPE, TEXT_TYPE);
}

/* ---- did you mean ---- */

/* Names that others use for the same thing: those of webhooks, chats and mail. */
static const struct { const char *wanted, *also; } aliases[] = {
	{ "percent", " percentage pct progress value perc " },
	{ "state", " status phase " },
	{ "title", " text msg message subject name heading headline summary content body description line alert " },
	{ "message", " text msg title subject name heading headline summary content body description line status_text " },
	{ "line", " text msg message title content body log output data " },
	{ "", " text msg message title subject name heading headline summary content body description line " },
};

static bool is_alias(const char *sent, const char *wanted)
{
	char word[NAME_BYTES_MAX + 3];
	size_t i = 0;
	while (*aliases[i].wanted && strcmp(aliases[i].wanted, wanted) != 0)
		i++;
	snprintf(word, sizeof word, " %s ", sent);
	return strcasestr(aliases[i].also, word) != NULL;
}

/* How many letters to add, take or change, or neighbours to swap, to make one of the other; any case. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][NAME_BYTES_MAX + 1];
	unsigned n = (unsigned)strlen(b), i = 0;
	for (unsigned k = 0; k <= n; k++)
		rows[0][k] = k;
	for (i = 1; a[i - 1]; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
		row[0] = i;
		for (unsigned k = 1; k <= n; k++) {
			int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[k - 1]);
			unsigned least = above[k - 1] + (x != y);
			if (above[k] + 1 < least)
				least = above[k] + 1;
			if (row[k - 1] + 1 < least)
				least = row[k - 1] + 1;
			if (i > 1 && k > 1 && x == tolower((unsigned char)b[k - 2]) && y == tolower((unsigned char)a[i - 2]) && two_above[k - 2] + 1 < least)
				least = two_above[k - 2] + 1;
			row[k] = least;
		}
	}
	return rows[(i - 1) % 3][n];
}

static bool is_near(const char *sent, const char *wanted)
{
	return strlen(sent) <= NAME_BYTES_MAX && strlen(wanted) <= NAME_BYTES_MAX && distance(sent, wanted) <= (strlen(wanted) > 4 ? 2u : 1u);
}

/* ---- nothing shown ---- */

/* "title", or "percent, message or state". */
static void add_wanted(struct buf *out, const struct kind *kind)
{
	unsigned count = 0, said = 0;
	for (const struct value_rule *rule = kind->rules; rule && rule->key; rule++)
		count += rule->shows;
	for (const struct value_rule *rule = kind->rules; rule && rule->key; rule++) {
		if (!rule->shows)
			continue;
		buf_print(out, "%s%s", said == 0 ? "" : said + 1 == count ? " or " : ", ", rule->key);
		said++;
	}
	if (!count)
		buf_text(out, kind->text);
}

static void add_sent(struct buf *out, const struct values *values)
{
	for (size_t i = 0; i < values->count && i < NAMES_SAID; i++)
		buf_print(out, "%s%.*s%s", i ? ", " : "", NAME_BYTES_SAID, values->items[i].key, text_is_blank(values->items[i].text) ? " (blank)" : "");
	if (values->count > NAMES_SAID)
		buf_print(out, " and %zu more", values->count - NAMES_SAID);
	if (!values->count)
		buf_text(out, "no value at all");
}

/* The value of the kind that was meant, or NULL: by its letters, else by what others call it. */
static const char *meant(const struct values *values, const struct kind *kind, bool (*fits)(const char *, const char *))
{
	for (size_t i = 0; i < values->count; i++) {
		if (text_is_blank(values->items[i].text) || is_field_of(kind, values->items[i].key, strlen(values->items[i].key)))
			continue;
		if (fits(values->items[i].key, kind->text))
			return kind->text;
		for (const struct value_rule *rule = kind->rules; rule && rule->key; rule++)
			if (rule->shows && fits(values->items[i].key, rule->key))
				return rule->key;
	}
	/* nothing is misspelled; perhaps one that the kind knows, but for something else */
	for (size_t i = 0; i < values->count && fits == is_alias; i++)
		if (!text_is_blank(values->items[i].text) && fits(values->items[i].key, kind->text))
			return kind->text;
	return NULL;
}

bool hint_nothing_shown(const struct values *values, const struct kind *kind, struct problem *problem)
{
	struct buf wanted = BUF_INIT, sent = BUF_INIT;
	const char *near = meant(values, kind, is_near);
	if (!near)
		near = meant(values, kind, is_alias);
	add_wanted(&wanted, kind);
	add_sent(&sent, values);
	problem_set(problem, 400, "The event is empty, it would show nothing: %s needs %s%s; sent was %s%s%s%s.", kind->name, wanted.data,
		    takes_any_text(kind) ? "" : ", and not blank", sent.data, near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
	buf_clear(&wanted);
	buf_clear(&sent);
	return false;
}
