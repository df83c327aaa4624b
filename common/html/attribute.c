#include "html/attribute.h"

#include <stddef.h>
#include <string.h>

#define LISTED(name, list) listed(name, list, sizeof list / sizeof *list)

static bool listed(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static bool starts_with_one(const char *name, const char *const *prefixes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(prefixes[i], name, strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* Text that is shown, read out, compared or styled by. No "name": a form or an image of that name hides what scripts look up. */
static const char *const plain[] = {
	"abbr", "alt", "class", "colspan", "datetime", "dir", "for", "headers", "height", "high", "id", "label", "lang",
	"low", "max", "min", "optimum", "placeholder", "role", "rowspan", "scope", "title", "value", "width",
};

/* Data that is no program's; htmx, its extensions and others run what stands in theirs. */
static const char *const programs_data[] = {
	"data-hx-", "data-sse-", "data-ws-", "data-on", "data-bind", "data-runnel-",
};

/* Elements whose attributes decide what is loaded, or what other elements do. */
static const char *const active_elements[] = {
	"animate", "animatemotion", "animatetransform", "applet", "base", "embed", "frame", "iframe", "link", "meta",
	"object", "param", "script", "set", "style", "template", "use",
};

static const char *const own_plain[] = { "content", "hx-get", "hx-swap", "hx-swap-oob", "sse-connect", "sse-swap" };

static const struct {
	const char *element, *attribute;
	bool own;
} links[] = {
	{ "a", "href", false }, { "area", "href", false },
	{ "img", "src", false }, { "audio", "src", false }, { "video", "src", false },
	{ "source", "src", false }, { "track", "src", false },
	{ "link", "href", true }, { "script", "src", true },
};

enum attribute_use attribute_use(const char *element, const char *attribute, bool own)
{
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (strcmp(links[i].element, element) == 0 && strcmp(links[i].attribute, attribute) == 0)
			return own || !links[i].own ? ATTRIBUTE_LINK : ATTRIBUTE_CLOSED;
	if (own && LISTED(attribute, own_plain))
		return ATTRIBUTE_PLAIN;
	if (LISTED(element, active_elements))
		return ATTRIBUTE_CLOSED;
	if (strncmp(attribute, "aria-", 5) == 0 || LISTED(attribute, plain))
		return ATTRIBUTE_PLAIN;
	if (strncmp(attribute, "data-", 5) == 0 && !starts_with_one(attribute, programs_data, sizeof programs_data / sizeof *programs_data))
		return ATTRIBUTE_PLAIN;
	return ATTRIBUTE_CLOSED;
}
