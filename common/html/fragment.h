/*
 * fragment - the HTML of one event, from its values and its kind's template.
 *
 * Rendered once, by whoever publishes, and stored: streams copy bytes.
 */
#ifndef RUNNEL_FRAGMENT_H
#define RUNNEL_FRAGMENT_H

#include "base/buf.h"
#include "event/kind.h"
#include "base/problem.h"
#include "html/render.h"
#include "event/values.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Fills KIND+EVENT.tpl when there is one, else KIND.tpl. false with a 500 problem when the
 * template is missing or broken: an error to the publisher, never an empty event. Keys in upper case are runnel's own:
 * KIND, CHANNEL, NAME, EVENT, TIME and ID (see event_fragment()); a publisher's value of such a name fills none.
 */
bool fragment_render(struct render *render, const struct kind *kind, const char *channel, const char *event,
		     const struct values *values, int64_t time_ms, struct buf *out, struct problem *problem);

/* Adds a moment as 2026-11-22T10:20:30Z (RFC 3339). */
void fragment_time(struct buf *out, int64_t time_ms);

#endif
