#include "html/markup.h"

#include "html/markup_scan.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

bool markup_own_key(const char *key)
{
	bool upper = false;
	for (; *key; key++) {
		if (islower((unsigned char)*key))
			return false;
		upper = upper || isupper((unsigned char)*key);
	}
	return upper;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool one_of(const char *element, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(*list, element) == 0)
			return true;
	return false;
}

static void keep(char *name, char c)
{
	size_t n = strlen(name);
	if (n < NAME_BYTES_MAX) {
		name[n] = (char)tolower((unsigned char)c);
		name[n + 1] = '\0';
	}
}

static bool starts(const struct scan *scan, const char *text)
{
	size_t n = strlen(text);
	return scan->n - scan->at >= n && strncasecmp(scan->text + scan->at, text, n) == 0;
}

static char byte_at(const struct scan *scan, size_t at)
{
	return at < scan->n ? scan->text[at] : '\0';
}

static bool begins_tag(struct scan *scan)
{
	bool closing = byte_at(scan, scan->at + 1) == '/';
	if (starts(scan, "<!--")) {
		scan->place.where = IN_COMMENT;
		if (byte_at(scan, scan->at + 4) == '>' || byte_at(scan, scan->at + 4) == '-')
			return WRONG_HERE(scan, "a comment begins with <!-- and a blank.");
	} else if (starts(scan, "<!doctype")) {
		scan->place.where = IN_DOCTYPE;
	} else if (isalpha((unsigned char)byte_at(scan, scan->at + 1 + closing))) {
		scan->place.where = IN_TAG_NAME;
		scan->place.tag = scan->at;
		scan->closing = closing;
		scan->solidus = false;
		scan->element[0] = '\0';
		scan->at += closing;
	} else {
		return WRONG_HERE(scan, "\"<\" begins no tag here; write &lt; for the character.");
	}
	return true;
}

static bool in_text(struct scan *scan, char c)
{
	return c != '<' || begins_tag(scan);
}

/* Whether the end tag of the element that is open stands here. */
static bool at_its_end_tag(const struct scan *scan)
{
	size_t n = strlen(scan->element);
	char after = byte_at(scan, scan->at + 2 + n);
	return starts(scan, "</") && scan->n - scan->at >= 2 + n && strncasecmp(scan->text + scan->at + 2, scan->element, n) == 0 &&
	       (is_blank(after) || after == '/' || after == '>');
}

static bool in_title(struct scan *scan, char c)
{
	if (c != '<')
		return true;
	if (at_its_end_tag(scan))
		return begins_tag(scan);
	return WRONG(scan, "\"<\" in a %s; write &lt; for the character.", scan->element);
}

static bool in_raw(struct scan *scan, char c)
{
	if (c != '<')
		return true;
	if (at_its_end_tag(scan))
		return begins_tag(scan);
	return !starts(scan, "<!--") || WRONG(scan, "<!-- in a %s hides where it ends; take it out.", scan->element);
}

static bool in_comment(struct scan *scan, char c)
{
	if (c == '-' && starts(scan, "-->")) {
		scan->place.where = IN_TEXT;
		scan->at += 2;
	} else if (starts(scan, "--!>") || starts(scan, "<!--")) {
		return WRONG_HERE(scan, "a comment ends with --> and holds no other one.");
	}
	return true;
}

static bool in_doctype(struct scan *scan, char c)
{
	if (c == '>')
		scan->place.where = IN_TEXT;
	return true;
}

static bool tag_ends(struct scan *scan)
{
	static const char *const raw[] = { "script", "style", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext", NULL };
	static const char *const titles[] = { "title", "textarea", NULL };
	static const char *const foreign[] = { "svg", "math", NULL };
	struct place *place = &scan->place;
	place->where = IN_TEXT;
	place->attribute = 0;
	if (one_of(scan->element, foreign))
		place->foreign += scan->closing ? -(place->foreign > 0) : !scan->solidus;
	else if (scan->closing)
		return true;
	else if (one_of(scan->element, raw) && place->foreign)
		return WRONG(scan, "a %s element in svg or math is read differently by different browsers; take it out.", scan->element);
	else if (one_of(scan->element, raw))
		place->where = IN_RAW;
	else if (one_of(scan->element, titles))
		place->where = IN_TITLE;
	return true;
}

static bool in_tag_name(struct scan *scan, char c)
{
	if (isalnum((unsigned char)c) || c == '-') {
		keep(scan->element, c);
		return true;
	}
	scan->place.where = IN_TAG;
	scan->spaced = is_blank(c);
	scan->named = false;
	if (c == '>')
		return tag_ends(scan);
	scan->solidus = c == '/';
	return is_blank(c) || c == '/' || WRONG_HERE(scan, "a tag's name is made of letters, digits and -.");
}

static bool in_tag(struct scan *scan, char c)
{
	if (is_blank(c)) {
		scan->spaced = true;
		return true;
	}
	if (c == '>')
		return tag_ends(scan);
	if (c == '/' && byte_at(scan, scan->at + 1) == '>') {
		scan->solidus = true;
		return true;
	}
	if (c == '=' && scan->named) {
		scan->place.where = BEFORE_VALUE;
		return true;
	}
	if (scan->closing || !(isalpha((unsigned char)c) || strchr("@:_", c)))
		return WRONG(scan, "\"%c\" stands in a tag where an attribute or > is wanted.", c);
	if (!scan->spaced)
		return WRONG_HERE(scan, "a blank is missing before an attribute.");
	scan->place.where = IN_NAME;
	scan->place.attribute = scan->at;
	scan->attribute[0] = '\0';
	keep(scan->attribute, c);
	return true;
}

static bool in_name(struct scan *scan, char c)
{
	if (isalnum((unsigned char)c) || (c && strchr("-_:@.", c))) {
		keep(scan->attribute, c);
		return true;
	}
	scan->place.where = IN_TAG;
	scan->place.attribute = 0;
	scan->spaced = false;
	scan->named = true;
	return in_tag(scan, c);
}

static bool before_value(struct scan *scan, char c)
{
	if (is_blank(c))
		return true;
	scan->place.where = IN_UNQUOTED;
	if (c == '"' || c == '\'') {
		scan->place.where = IN_QUOTES;
		scan->place.attribute = scan->at;
		scan->place.quote = c;
		scan->place.link = LINK_START;
		scan->place.use = (int)attribute_use(scan->element, scan->attribute, scan->own);
		return true;
	}
	return c != '>' || WRONG(scan, "the attribute %s has no value after the =.", scan->attribute);
}

static bool value_ends(struct scan *scan)
{
	scan->place.where = IN_TAG;
	scan->place.attribute = 0;
	scan->place.link = LINK_START;
	scan->spaced = scan->named = false;
	return true;
}

static bool in_unquoted(struct scan *scan, char c)
{
	if (is_blank(c) || c == '>') {
		value_ends(scan);
		return in_tag(scan, c);
	}
	return !strchr("\"'<=`", c) || WRONG(scan, "the attribute %s needs quotes around its value.", scan->attribute);
}

static bool known_scheme(const struct scan *scan)
{
	static const char *const schemes[] = { "http", "https", "mailto", NULL };
	char scheme[NAME_BYTES_MAX + 1] = "";
	for (size_t i = scan->place.attribute + 1; i < scan->at; i++)
		keep(scheme, scan->text[i]);
	return one_of(scheme, schemes);
}

/* The next byte of a URL that is written out. "&" may be a character reference, a blank is skipped by browsers. */
static void link_goes_on(struct scan *scan, char c)
{
	int *link = &scan->place.link;
	bool path = c == '/' || c == '#' || (c == '%' && *link != LINK_VALUE) || (c == '.' && *link == LINK_START);
	if (*link == LINK_OTHER || *link == LINK_QUERY || (*link == LINK_PATH && c != '?' && c != '#'))
		return;
	if (c == '?')
		*link = LINK_QUERY;
	else if (path)
		*link = LINK_PATH;
	else if (*link == LINK_SCHEME && c == ':')
		*link = known_scheme(scan) ? LINK_PATH : LINK_OTHER;
	else if ((*link == LINK_START || *link == LINK_SCHEME) && (isalnum((unsigned char)c) || (c && strchr("+-._~", c))))
		*link = LINK_SCHEME;
	else
		*link = LINK_OTHER;
}

static bool in_quotes(struct scan *scan, char c)
{
	bool after_value = scan->place.link == LINK_VALUE;
	if (c == scan->place.quote)
		return value_ends(scan);
	if (scan->place.use != ATTRIBUTE_LINK)
		return true;
	link_goes_on(scan, c);
	return !(after_value && scan->place.link == LINK_OTHER) ||
	       WRONG(scan, "after a value at the start of %s only / ? # or the closing quote may follow.", scan->attribute);
}

static bool (*const steps[])(struct scan *scan, char c) = {
	[IN_TEXT] = in_text,
	[IN_TITLE] = in_title,
	[IN_RAW] = in_raw,
	[IN_COMMENT] = in_comment,
	[IN_DOCTYPE] = in_doctype,
	[IN_TAG_NAME] = in_tag_name,
	[IN_TAG] = in_tag,
	[IN_NAME] = in_name,
	[BEFORE_VALUE] = before_value,
	[IN_UNQUOTED] = in_unquoted,
	[IN_QUOTES] = in_quotes,
};

static bool step(struct scan *scan)
{
	size_t at = scan->at;
	char c = scan->text[at];
	if (starts(scan, "{{"))
		return markup_scan_mark(scan);
	if (!steps[scan->place.where](scan, c))
		return false;
	scan->at++;
	buf_add(scan->out, scan->text + at, scan->at - at);
	return true;
}

static bool is_whole(const struct scan *scan)
{
	const struct section *section = scan->depth ? &scan->sections[scan->depth - 1] : NULL;
	if (section)
		return WRONG(scan, "the section {{#%.*s}} is not ended.", (int)(section->bytes > 40 ? 40 : section->bytes), section->name);
	if (scan->place.where != IN_TEXT)
		return WRONG_HERE(scan, "the template ends inside a tag, a comment or an element that must be ended.");
	return scan->place.foreign == 0 || WRONG_HERE(scan, "an svg or math element is not ended.");
}

bool markup_check(const char *text, size_t n, bool own, struct buf *out, struct problem *problem)
{
	size_t pragma = strlen(MARKUP_PRAGMA);
	struct scan scan = { .text = text, .n = n, .at = pragma, .own = own, .out = out, .problem = problem };
	if (n < pragma || memcmp(text, MARKUP_PRAGMA, pragma) != 0)
		return problem_set(problem, 500, "line 1: it must begin with %s, without which nothing is escaped.", MARKUP_PRAGMA);
	if (memchr(text, '\0', n)) /* what follows it is no HTML to ctemplate */
		return problem_set(problem, 500, "line 1: there is a NUL byte in it.");
	buf_text(out, MARKUP_PRAGMA);
	while (scan.at < n)
		if (!step(&scan))
			return false;
	return is_whole(&scan);
}
