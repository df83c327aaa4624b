#include "event/frame.h"

#include "event/channel.h"
#include "event/values.h"

#include <string.h>

enum { CLOSED_RETRY_MS = 60 * 60 * 1000 };

static const char *const format_names[FRAME_FORMATS] = { "htmx", "oob", "json" };

bool frame_format_parse(const char *name, enum frame_format *format)
{
	for (int i = 0; i < FRAME_FORMATS; i++)
		if (strcmp(format_names[i], name) == 0) {
			*format = (enum frame_format)i;
			return true;
		}
	return false;
}

const char *frame_format_name(enum frame_format format)
{
	return format_names[format];
}

static void id_line(struct buf *out, const char *epoch, uint64_t seq)
{
	buf_text(out, "id: ");
	event_id(out, epoch, seq);
	buf_text(out, "\n");
}

/* An event named "message" is the unnamed one; htmx 4 swaps it only when the line is left out. */
static void event_line(struct buf *out, const char *name)
{
	if (strcmp(name, "message") != 0) {
		buf_text(out, "event: ");
		buf_text(out, name);
		buf_text(out, "\n");
	}
}

/*
 * LF, CR and CRLF all end a line of a fragment: each becomes a line of its own, or the
 * rest of it would be read as a field. A newline at the very end adds no empty line.
 */
static void data_lines(struct buf *out, const char *text, size_t n)
{
	size_t at = 0;
	do {
		size_t start = at;
		while (at < n && text[at] != '\n' && text[at] != '\r')
			at++;
		buf_text(out, "data: ");
		buf_add(out, text + start, at - start);
		buf_text(out, "\n");
		if (at + 1 < n && text[at] == '\r' && text[at + 1] == '\n')
			at++;
		at++;
	} while (at < n);
}

static void fragment_lines(struct buf *out, const char *epoch, const struct event *event)
{
	struct buf fragment = BUF_INIT;
	event_fragment(&fragment, epoch, event);
	data_lines(out, buf_string(&fragment), fragment.len);
	buf_clear(&fragment);
}

static bool is_list(const struct kind *kind)
{
	return strcmp(kind->swap, "innerHTML") != 0;
}

/* It begins a run, and what the page has of the one before does not go by itself. */
static bool clears_list(const struct kind *kind, const struct event *event)
{
	return kind->ends && event->after_end && is_list(kind);
}

static void carrier_line(struct buf *out, const char *swap, const struct event *event, const char *part, const char *rest)
{
	buf_print(out, "data: <div hx-swap-oob=\"%s:#", swap);
	channel_element(event->channel, out);
	buf_print(out, "%s\">%s\n", part, rest);
}

/* htmx empties both before it puts the fragment into one of them. */
static void emptied_lines(struct buf *out, const struct event *event)
{
	carrier_line(out, "innerHTML", event, "", "</div>");
	carrier_line(out, "innerHTML", event, "-end", "</div>");
}

/*
 * The carrier's children are what htmx puts in place. The first of a run takes the place of all, and nothing depends on the
 * order in which a page takes several carriers.
 */
static void carried_lines(struct buf *out, const struct kind *kind, const char *epoch, const struct event *event)
{
	bool end_of_list = kind_ended_by(kind, event->name) && is_list(kind), clears = clears_list(kind, event);
	if (clears)
		carrier_line(out, "innerHTML", event, end_of_list ? "" : "-end", "</div>");
	carrier_line(out, end_of_list || clears ? "innerHTML" : kind->swap, event, end_of_list ? "-end" : "", "");
	fragment_lines(out, epoch, event);
	buf_text(out, "data: </div>\n");
}

void frame_event(struct buf *out, enum frame_format format, const struct kind *kind,
		 const char *epoch, uint64_t cursor, const struct event *event)
{
	id_line(out, epoch, cursor);
	switch (format) {
	case FRAME_HTMX:
		event_line(out, event->name);
		if (clears_list(kind, event))
			emptied_lines(out, event);
		fragment_lines(out, epoch, event);
		break;
	case FRAME_OOB:
		carried_lines(out, kind, epoch, event);
		break;
	case FRAME_JSON:
		event_line(out, event->name);
		data_lines(out, event->values, event->values_bytes);
		break;
	case FRAME_FORMATS:
		break;
	}
	buf_text(out, "\n");
}

static void reason_lines(struct buf *out, enum frame_format format, const char *reason)
{
	struct buf json = BUF_INIT;
	struct values values = VALUES_INIT;
	struct problem ignored;
	if (format == FRAME_JSON && values_set(&values, "reason", reason, strlen(reason), &ignored)) {
		values_to_json(&values, &json);
		reason = json.data;
	}
	data_lines(out, reason, strlen(reason));
	values_clear(&values);
	buf_clear(&json);
}

void frame_control(struct buf *out, enum frame_format format, const char *name, const char *epoch, uint64_t seq, const char *reason)
{
	if (strcmp(name, "close") == 0)
		frame_retry(out, CLOSED_RETRY_MS);
	id_line(out, epoch, seq);
	event_line(out, name);
	reason_lines(out, format, reason);
	buf_text(out, "\n");
}

void frame_cursor(struct buf *out, enum frame_format format, const char *epoch, uint64_t seq)
{
	bool after_block = out->len >= 2 && memcmp(out->data + out->len - 2, "\n\n", 2) == 0;
	if (format == FRAME_JSON && !after_block)
		return;
	if (format == FRAME_JSON)
		out->len--; /* the block goes on: the last id of a block counts */
	id_line(out, epoch, seq);
	buf_text(out, "\n");
}

void frame_retry(struct buf *out, unsigned retry_ms)
{
	buf_print(out, "retry: %u\n", retry_ms);
}
