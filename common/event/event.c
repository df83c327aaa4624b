#include "event/event.h"

#include <inttypes.h>
#include <string.h>

bool event_follows(uint64_t ordinal, uint64_t before)
{
	return ordinal == before + 1 || ordinal == 1;
}

void event_id(struct buf *out, const char *epoch, uint64_t seq)
{
	buf_print(out, "%s-%" PRIu64, epoch, seq);
}

void event_fragment(struct buf *out, const char *epoch, const struct event *event)
{
	const char *at = event->fragment, *end = at + event->fragment_bytes, *mark;
	while (at < end && (mark = memchr(at, *EVENT_ID_MARK, (size_t)(end - at)))) {
		buf_add(out, at, (size_t)(mark - at));
		event_id(out, epoch, event->seq);
		at = mark + 1;
	}
	buf_add(out, at, (size_t)(end - at));
}

static bool listed(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

bool event_name_check(const char *name, struct problem *problem)
{
	static const char *const control[] = { "reset", "close" };
	static const char *const dom[] = {
		"open", "error", "abort", "blur", "change", "click", "dblclick", "focus", "focusin", "focusout",
		"input", "keydown", "keypress", "keyup", "load", "mousedown", "mouseenter", "mouseleave",
		"mousemove", "mouseout", "mouseover", "mouseup", "resize", "revealed", "intersect", "scroll", "select",
		"submit", "toggle", "touchstart", "touchend", "unload", "wheel",
	};
	size_t n = strlen(name);

	if (n == 0 || n > EVENT_NAME_BYTES_MAX ||
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") < n)
		return problem_set(problem, 400, "The event name \"%.64s\" is not allowed: use 1 to %d of A-Z a-z 0-9 . _ -", name, EVENT_NAME_BYTES_MAX);
	if (listed(name, control, sizeof control / sizeof *control))
		return problem_set(problem, 400, "The event name \"%s\" is runnel's own; choose another.", name);
	if (listed(name, dom, sizeof dom / sizeof *dom))
		return problem_set(problem, 400, "The event name \"%s\" is a browser event, which htmx would mistake it for; choose another.", name);
	return true;
}

bool event_name_ends(const char *name)
{
	return strcmp(name, "complete") == 0 || strcmp(name, "failed") == 0;
}
