/*
 * frame - an event as the bytes of an event stream (WHATWG HTML §9.2).
 *
 * Lines end in LF alone; every block has an id, in json every block has data that parses; every line of a fragment, however it
 * ends, gets its own "data: ".  Pure: adds bytes to a buf and does no I/O.
 */
#ifndef RUNNEL_FRAME_H
#define RUNNEL_FRAME_H

#include "base/buf.h"
#include "event/event.h"
#include "event/kind.h"

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

/*
 * One event, whole, with the blank line that dispatches it. The reader's cursor becomes `cursor`: the event's seq, or a higher
 * one to which a reset has already brought the reader. Where a list is shown, as of a log, the first event of a run takes
 * what the run before it left out of the page; a script, in json, sees the events.
 */
void frame_event(struct buf *out, enum frame_format format, const struct kind *kind,
		 const char *epoch, uint64_t cursor, const struct event *event);

/*
 * A control event ("reset", "close"): named in every format. Its data is the reason, in json {"reason": …}. A client that does
 * not listen for `close` would come back at once, for ever: the block says `retry:` an hour.
 */
void frame_control(struct buf *out, enum frame_format format, const char *name, const char *epoch, uint64_t seq, const char *reason);

/*
 * Moves the reader's cursor silently. For htmx an id without data is never dispatched, yet remembered; other libraries hand an
 * empty message to a script that parses JSON, so in json the last block of out gets the id, and without one there is none.
 */
void frame_cursor(struct buf *out, enum frame_format format, const char *epoch, uint64_t seq);

/*
 * How long to wait before coming back: the line that goes before the first block with data, or ends a stream for now. It
 * counts as soon as it is read and needs no block of its own.
 */
void frame_retry(struct buf *out, unsigned retry_ms);

/* A comment: the first byte of every stream and its heartbeat. One line, no blank line after it. */
#define FRAME_HEARTBEAT ":\n"

#endif
