#include "format.h"

#include "fragment.h"
#include "utf8.h"
#include "values.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

void format_time(struct buf *out, int64_t time_ms)
{
	char text[32];
	struct tm local;
	time_t seconds = (time_t)(time_ms / 1000);
	localtime_r(&seconds, &local);
	strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
	buf_text(out, text);
}

/* Line ends become spaces; utf8_mend() takes the rest of what could move a terminal's cursor. */
static void add_safe(struct buf *out, const char *text)
{
	for (;;) {
		size_t n = strcspn(text, "\r\n");
		utf8_mend(out, text, n);
		text += n + strspn(text + n, "\r\n");
		if (!*text)
			return;
		buf_text(out, " ");
	}
}

/* What the line says in other words, or what goes without saying. */
static bool is_said(const struct value *value)
{
	static const struct { const char *key, *text; } silent[] = {
		{ "source", NULL }, { "state", NULL }, { "percent", NULL }, { "level", "info" },
	};
	for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
		if (strcmp(silent[i].key, value->key) == 0 && (!silent[i].text || strcmp(silent[i].text, value->text) == 0))
			return true;
	return *value->text == '\0';
}

static void add_values(struct buf *out, const struct values *values, const char *text_key)
{
	if (!values_get(values, text_key)) /* the ends of a log say it there */
		text_key = "message";
	const char *source = values_get(values, "source"), *percent = values_get(values, "percent");
	const char *state = values_get(values, "state"), *text = values_get(values, text_key);

	if (source && strcmp(source, "stderr") == 0)
		buf_text(out, "  stderr:");
	if (percent)
		buf_print(out, "  %3s%%", percent);
	else if (state)
		buf_print(out, "  %s", state);
	if (text && *text) {
		buf_text(out, source && strcmp(source, "stderr") == 0 ? " " : "  ");
		add_safe(out, text);
	}
	for (size_t i = 0; i < values->count; i++) {
		if (strcmp(values->items[i].key, text_key) == 0 || is_said(&values->items[i]))
			continue;
		buf_print(out, "  %s=", values->items[i].key);
		add_safe(out, values->items[i].text);
	}
}

void format_plain(struct buf *out, const struct kind *kind, const struct event *event, bool channel)
{
	struct values values = VALUES_INIT;
	struct problem problem;

	format_time(out, event->time_ms);
	if (channel)
		buf_print(out, "  %s", event->channel);
	buf_print(out, "  %-8s", event->name);
	values_from_json(&values, event->values, event->values_bytes, &problem);
	if (values.count == 0 && event->fragment_bytes)
		buf_print(out, "  (%zu bytes of HTML)", event->fragment_bytes);
	add_values(out, &values, kind ? kind->text : "title");
	values_clear(&values);
}

void format_json(struct buf *out, const char *epoch, const struct event *event)
{
	/* ids, channels and event names hold nothing that JSON would escape */
	buf_print(out, "{\"id\":\"%s-%" PRIu64 "\",\"channel\":\"%s\",\"event\":\"%s\",\"time\":\"", epoch, event->seq, event->channel, event->name);
	fragment_time(out, event->time_ms);
	buf_text(out, "\",\"values\":");
	buf_add(out, event->values, event->values_bytes);
	buf_text(out, "}");
}
