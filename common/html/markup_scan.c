#include "html/markup_scan.h"

#include <ctype.h>
#include <string.h>

/* ---- what is wrong ---- */

unsigned markup_scan_line(const struct scan *scan)
{
	unsigned line = 1;
	for (size_t i = 0; i < scan->at && i < scan->n; i++)
		line += scan->text[i] == '\n';
	return line;
}

/* Where no mark of ctemplate may stand, and what to do instead. */
static bool wrong_place(const struct scan *scan, const char *what)
{
	switch (scan->place.where) {
	case IN_RAW:
		return WRONG(scan, "%s stands in a %s element; put it into the text or a data- attribute.", what, scan->element);
	case IN_COMMENT:
	case IN_DOCTYPE:
		return WRONG(scan, "%s stands in a comment or a declaration; take it out, or write {{! … }} for a remark.", what);
	case IN_TAG_NAME:
		return WRONG(scan, "%s stands in the name of a tag, which must be written out.", what);
	case IN_TAG:
	case IN_NAME:
		return WRONG(scan, "%s stands in the name of an attribute, which must be written out.", what);
	case BEFORE_VALUE:
	case IN_UNQUOTED:
		return WRONG(scan, "%s stands in the attribute %s without quotes; write %s=\"…\".", what, scan->attribute, scan->attribute);
	case IN_QUOTES:
		return WRONG(scan, "%s may not stand in the attribute %s of %s; put it into the text or a data- attribute.", what, scan->attribute, scan->element);
	case IN_TEXT:
	case IN_TITLE:
		break;
	}
	return WRONG(scan, "%s may not stand here.", what);
}

static bool wrong_in_link(const struct scan *scan, const char *what)
{
	return WRONG(scan, "%s in the attribute %s must be the whole URL or its beginning, or come after a path such as / or https://host/.", what, scan->attribute);
}

static bool name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static size_t name_length(const char *text, size_t n)
{
	size_t length = 0;
	while (length < n && name_byte(text[length]))
		length++;
	return length;
}

/* ---- ctemplate's marks ---- */

/* {{x:MODIFIER}}: what else there is in ctemplate would take the escaping away or is for other places. */
static bool modifier_allowed(const struct scan *scan, const char *modifier, size_t n)
{
	static const struct {
		const char *name;
		bool text_alone, own;
	} modifiers[] = {
		{ "h", false, false }, { "html_escape", false, false },
		{ "p", false, false }, { "pre_escape", false, false },
		{ "x-lines", true, false }, { "none", true, true },
	};
	for (size_t i = 0; i < sizeof modifiers / sizeof *modifiers; i++)
		if (strlen(modifiers[i].name) == n && memcmp(modifiers[i].name, modifier, n) == 0)
			return (!modifiers[i].text_alone || scan->place.where == IN_TEXT) && (!modifiers[i].own || scan->own);
	return false;
}

static void put(struct scan *scan, size_t end, const char *modifier)
{
	buf_add(scan->out, scan->text + scan->at, end - scan->at);
	if (modifier)
		buf_print(scan->out, ":%s", modifier);
	buf_text(scan->out, "}}");
	scan->at = end + 2;
}

/* In a URL: at its start it is checked, in a query it is encoded, and its scheme is never made of two pieces. */
static bool value_in_link(struct scan *scan, const char *what, size_t end, bool modified)
{
	if (modified)
		return WRONG(scan, "%s in the attribute %s needs no modifier; runnel escapes URLs by itself.", what, scan->attribute);
	if (scan->place.link == LINK_START) {
		scan->place.link = LINK_VALUE;
		put(scan, end, "x-link");
	} else if (scan->place.link == LINK_PATH || scan->place.link == LINK_QUERY) {
		put(scan, end, scan->place.link == LINK_QUERY && !scan->own ? "x-query" : NULL);
	} else {
		return wrong_in_link(scan, what);
	}
	return true;
}

static bool value(struct scan *scan, size_t end)
{
	const char *name = scan->text + scan->at + 2;
	size_t bytes = end - scan->at - 2, length = name_length(name, bytes);
	char what[NAME_BYTES_MAX + 20] = "the value {{";
	if (length == 0 || length > NAME_BYTES_MAX || (length < bytes && name[length] != ':'))
		return WRONG(scan, "{{%.*s}} is no name of a value; use A-Z a-z 0-9 _ without blanks.", (int)(bytes > 40 ? 40 : bytes), name);
	strncat(what, name, length);
	strcat(what, "}}");
	if (scan->place.where == IN_QUOTES && scan->place.use == ATTRIBUTE_LINK)
		return value_in_link(scan, what, end, length < bytes);
	if (scan->place.where != IN_TEXT && scan->place.where != IN_TITLE && !(scan->place.where == IN_QUOTES && scan->place.use == ATTRIBUTE_PLAIN))
		return wrong_place(scan, what);
	if (length < bytes && !modifier_allowed(scan, name + length + 1, bytes - length - 1))
		return WRONG(scan, "%s may not have the modifier %.*s here; leave it out.", what, (int)(bytes - length > 40 ? 40 : bytes - length), name + length);
	put(scan, end, NULL);
	return true;
}

/* Sections and remarks leave no trace: they may stand where one more or one less of what is in them changes nothing. */
static bool may_be_cut(const struct scan *scan)
{
	switch (scan->place.where) {
	case IN_TEXT:
	case IN_TITLE:
	case IN_TAG:
		return true;
	case IN_QUOTES:
		return scan->place.use == ATTRIBUTE_PLAIN || (scan->place.use == ATTRIBUTE_LINK && scan->place.link != LINK_OTHER);
	default:
		return false;
	}
}

static bool same_place(const struct place *a, const struct place *b)
{
	return a->where == b->where && (a->where == IN_TEXT || a->tag == b->tag) && a->attribute == b->attribute && a->link == b->link && a->foreign == b->foreign;
}

static bool section_begins(struct scan *scan, size_t end)
{
	const char *name = scan->text + scan->at + 3;
	size_t bytes = end - scan->at - 3;
	if (!bytes || name_length(name, bytes) < bytes)
		return WRONG(scan, "{{#%.*s}} is no name of a section; use A-Z a-z 0-9 _ without blanks.", (int)(bytes > 40 ? 40 : bytes), name);
	if (!may_be_cut(scan))
		return wrong_place(scan, "a section");
	if (scan->depth == SECTIONS_MAX)
		return WRONG(scan, "there are more than %d sections in one another.", SECTIONS_MAX);
	scan->sections[scan->depth++] = (struct section){ scan->place, scan->spaced, name, bytes };
	put(scan, end, NULL);
	return true;
}

static bool section_ends(struct scan *scan, size_t end)
{
	const char *name = scan->text + scan->at + 3;
	size_t bytes = end - scan->at - 3;
	const struct section *section = scan->depth ? &scan->sections[scan->depth - 1] : NULL;
	if (scan->place.where == IN_NAME) { /* <option {{#x}}selected{{/x}}> */
		scan->place.where = IN_TAG;
		scan->place.attribute = 0;
		scan->spaced = false;
	}
	if (!section || section->bytes != bytes || memcmp(section->name, name, bytes) != 0)
		return WRONG(scan, "{{/%.*s}} ends a section that was not begun here.", (int)(bytes > 40 ? 40 : bytes), name);
	if (!may_be_cut(scan))
		return wrong_place(scan, "the end of a section");
	if (!same_place(&section->place, &scan->place))
		return WRONG(scan, "the section {{#%.*s}} ends in another place than it begins: put whole tags, whole attributes or whole texts into it.", (int)(bytes > 40 ? 40 : bytes), name);
	scan->spaced = scan->spaced && section->spaced;
	scan->depth--;
	put(scan, end, NULL);
	return true;
}

static bool remark(struct scan *scan, size_t end)
{
	if (!may_be_cut(scan))
		return wrong_place(scan, "a remark");
	put(scan, end, NULL);
	return true;
}

bool markup_scan_mark(struct scan *scan)
{
	const char *end = memmem(scan->text + scan->at, scan->n - scan->at, "}}", 2);
	if (!end || scan->at + 2 >= scan->n)
		return WRONG_HERE(scan, "{{ is not followed by }}.");
	size_t at = (size_t)(end - scan->text);
	scan->named = false;
	if (scan->place.where == IN_TAG_NAME && strchr("#!", scan->text[scan->at + 2])) { /* <progress{{#x}} value="{{x}}"{{/x}}> */
		scan->place.where = IN_TAG;
		scan->spaced = false;
	}
	switch (scan->text[scan->at + 2]) {
	case '#':
		return section_begins(scan, at);
	case '/':
		return section_ends(scan, at);
	case '!':
		return remark(scan, at);
	case '^':
		return WRONG_HERE(scan, "{{^…}} is not known; ctemplate has no section for what is absent.");
	case '>':
		return WRONG_HERE(scan, "{{>…}} would include another template, and there is none to include.");
	case '=':
		return WRONG_HERE(scan, "{{=…=}} may not change the marks: they stay {{ and }}.");
	case '%':
		return WRONG_HERE(scan, "{{%…}} may stand only at the very beginning.");
	default:
		return value(scan, at);
	}
}

