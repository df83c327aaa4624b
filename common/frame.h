/*
 * frame - an event as the bytes of an event stream (WHATWG HTML §9.2).
 *
 * Lines end in LF alone; every block has an id; every line of a fragment, however it
 * ends, gets its own "data: ".  Pure: adds bytes to a buf and does no I/O.
 */
#ifndef RUNNEL_FRAME_H
#define RUNNEL_FRAME_H

#include "buf.h"
#include "event.h"
#include "kind.h"

#include <stdbool.h>
#include <stdint.h>

enum frame_format {
	FRAME_HTMX, /* named events whose data is the fragment: htmx 2 with its SSE extension */
	FRAME_OOB,  /* unnamed events with out-of-band carriers: htmx 2 and htmx 4 */
	FRAME_JSON, /* named events whose data is the values as one JSON object */
	FRAME_FORMATS
};

/* The format called name ("htmx", "oob", "json"). false when there is none. */
bool frame_format_parse(const char *name, enum frame_format *format);
const char *frame_format_name(enum frame_format format);

/* One event, whole, with the blank line that dispatches it. */
void frame_event(struct buf *out, enum frame_format format, const struct kind *kind,
		 const char *epoch, const struct event *event);

/* A control event ("reset", "close"): named in every format, with one line of data. */
void frame_control(struct buf *out, const char *name, const char *epoch, uint64_t seq, const char *data);

/* Moves the reader's cursor silently: an id without data is never dispatched, yet remembered. */
void frame_cursor(struct buf *out, const char *epoch, uint64_t seq);

/* The line that goes before the first block with data: how long to wait before coming back. */
void frame_retry(struct buf *out, unsigned retry_ms);

/* A comment: the first byte of every stream and its heartbeat. One line, no blank line after it. */
#define FRAME_HEARTBEAT ":\n"

#endif
