#include "format.h"

#include "html/fragment.h"
#include "base/text.h"
#include "base/utf8.h"
#include "event/values.h"

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

/* A percent as people see it, aligned. What is stored may be anything: it was not always checked. */
static void add_percent(struct buf *out, const struct kind *kind, const char *percent)
{
	struct buf shown = BUF_INIT, safe = BUF_INIT;
	if (kind)
		value_rule_show(kind_rule(kind, "percent"), percent, &shown);
	text_print(&safe, kind ? buf_string(&shown) : percent);
	buf_print(out, "  %3s%%", buf_string(&safe));
	buf_clear(&shown);
	buf_clear(&safe);
}

static void add_values(struct buf *out, const struct values *values, const struct kind *kind)
{
	const char *text_key = kind ? kind->text : "title";
	if (!values_get(values, text_key)) /* the ends of a log say it there */
		text_key = "message";
	const char *source = values_get(values, "source"), *percent = values_get(values, "percent");
	const char *state = values_get(values, "state"), *text = values_get(values, text_key);

	if (source && strcmp(source, "stderr") == 0)
		buf_text(out, "  stderr:");
	if (percent) {
		add_percent(out, kind, percent);
	} else if (state) {
		buf_text(out, "  ");
		text_print(out, state);
	}
	if (text && *text) {
		buf_text(out, source && strcmp(source, "stderr") == 0 ? " " : "  ");
		text_print(out, text);
	}
	for (size_t i = 0; i < values->count; i++) {
		if (strcmp(values->items[i].key, text_key) == 0 || is_said(&values->items[i]))
			continue;
		buf_text(out, "  ");
		text_print(out, values->items[i].key);
		buf_text(out, "=");
		text_print(out, values->items[i].text);
	}
}

void format_plain(struct buf *out, const struct kind *kind, const struct event *event, bool channel)
{
	struct values values = VALUES_INIT;
	struct buf name = BUF_INIT;
	struct problem problem;

	format_time(out, event->time_ms);
	if (channel) {
		buf_text(out, "  ");
		text_print(out, event->channel);
	}
	text_print(&name, event->name);
	buf_print(out, "  %-8s", buf_string(&name));
	values_from_json(&values, event->values, event->values_bytes, "", &problem);
	if (values.count == 0 && event->fragment_bytes)
		buf_print(out, "  (%zu bytes of HTML)", event->fragment_bytes);
	add_values(out, &values, kind);
	values_clear(&values);
	buf_clear(&name);
}

/*
 * Adds stored JSON, in which only strings hold anything but ASCII: what does not print is escaped there. A raw control
 * cannot be JSON; as a blank it cannot harm either.
 */
static void add_json(struct buf *out, const char *json, size_t n)
{
	for (size_t bytes; n; json += bytes, n -= bytes) {
		uint32_t code;
		bytes = utf8_decode(json, n, &code);
		bool bad = bytes == 0 || (bytes == 1 && (unsigned char)*json >= 0x80);
		bytes += bytes == 0;
		if (code < 0x20)
			buf_text(out, " ");
		else if (bad || !utf8_prints(code))
			buf_print(out, "\\u%04x", bad ? 0xfffd : code);
		else
			buf_add(out, json, bytes);
	}
}

/* A name as a JSON string: those that we made hold nothing to escape, but the store is a file that others write too. */
static void add_json_text(struct buf *out, const char *text)
{
	buf_text(out, "\"");
	for (size_t n; *text; text += n) {
		n = strcspn(text, "\"\\");
		add_json(out, text, n);
		if (n == 0)
			buf_print(out, "\\%c", text[n++]);
	}
	buf_text(out, "\"");
}

void format_json(struct buf *out, const char *epoch, const struct event *event)
{
	buf_text(out, "{\"id\":\"");
	add_json(out, epoch, strlen(epoch));
	buf_print(out, "-%" PRIu64 "\",\"channel\":", event->seq);
	add_json_text(out, event->channel);
	buf_text(out, ",\"event\":");
	add_json_text(out, event->name);
	buf_text(out, ",\"time\":\"");
	fragment_time(out, event->time_ms);
	buf_text(out, "\",\"values\":");
	add_json(out, event->values, event->values_bytes);
	buf_text(out, "}");
}
