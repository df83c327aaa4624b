#include "html/fragment.h"

#include "html/bidi.h"
#include "event/channel.h"
#include "event/event.h"
#include "html/markup.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void fragment_time(struct buf *out, int64_t time_ms)
{
	time_t seconds = (time_t)(time_ms / 1000);
	struct tm utc;
	char text[32];
	gmtime_r(&seconds, &utc);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
	buf_text(out, text);
}

/* Neither a kind nor an event has a "+" in its name, nor a "/": two of them never mean the same file, nor one of own/. */
static void template_name(struct render *render, const struct kind *kind, const char *event, char *name, size_t size)
{
	snprintf(name, size, "%s+%s.tpl", kind->name, event);
	if (!render_has(render, name))
		snprintf(name, size, "%s.tpl", kind->name);
}

/* A value called CHANNEL or TIME is in the event, and no template shows it. */
static void add_values(struct dictionary *dictionary, const struct kind *kind, const struct values *values)
{
	struct buf shown = BUF_INIT, balanced = BUF_INIT;
	for (size_t i = 0; i < values->count; i++) {
		const char *key = values->items[i].key;
		if (markup_own_key(key))
			continue;
		buf_reset(&shown);
		buf_reset(&balanced);
		value_rule_show(kind_rule(kind, key), values->items[i].text, &shown);
		bidi_balance(&balanced, buf_string(&shown));
		dictionary_set(dictionary, key, buf_string(&balanced));
	}
	buf_clear(&shown);
	buf_clear(&balanced);
}

/* A template that is empty, or all of whose sections are left out, would store an event that no page shows. */
static bool shows_something(const char *html, const char *name, struct problem *problem)
{
	if (html[strspn(html, " \t\r\n\f")])
		return true;
	return problem_set(problem, 500, "The template %s shows nothing of this event; write something into it that is always shown.", name);
}

bool fragment_render(struct render *render, const struct kind *kind, const char *channel, const char *event,
		     const struct values *values, int64_t time_ms, struct buf *out, struct problem *problem)
{
	char name[KIND_NAME_BYTES_MAX + 80];
	struct buf time = BUF_INIT;
	struct dictionary *dictionary = dictionary_new();

	template_name(render, kind, event, name, sizeof name);
	fragment_time(&time, time_ms);
	add_values(dictionary, kind, values);
	dictionary_set(dictionary, "KIND", kind->name);
	dictionary_set(dictionary, "CHANNEL", channel);
	dictionary_set(dictionary, "NAME", channel_short_name(channel));
	dictionary_set(dictionary, "EVENT", event);
	dictionary_set(dictionary, "ID", EVENT_ID_MARK);
	dictionary_set(dictionary, "TIME", buf_string(&time));
	size_t before = out->len;
	bool ok = render_fill(render, name, dictionary, out, problem) && shows_something(buf_string(out) + before, name, problem);
	dictionary_free(dictionary);
	buf_clear(&time);
	return ok;
}
