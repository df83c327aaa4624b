/*
 * format - an event as one line for a person or for a script.
 *
 * Whatever a publisher wrote, a line is one line and holds no terminal escape sequences.
 */
#ifndef RUNNEL_FORMAT_H
#define RUNNEL_FORMAT_H

#include "base/buf.h"
#include "event/event.h"
#include "event/kind.h"

#include <stdbool.h>
#include <stdint.h>

/* Adds a moment in local time: 2026-11-22 10:20:30. */
void format_time(struct buf *out, int64_t time_ms);

/*
 * Adds time, channel when asked for, event name and what it says, without a newline. kind may be
 * NULL: one that the configuration has no row for.
 */
void format_plain(struct buf *out, const struct kind *kind, const struct event *event, bool channel);

/* Adds one JSON object (RFC 8259): id, channel, event, time, values. */
void format_json(struct buf *out, const char *epoch, const struct event *event);

#endif
