/*
 * component - the HTML that shows a channel: its state now, and the htmx attributes that keep it so.
 */
#ifndef RUNNEL_COMPONENT_H
#define RUNNEL_COMPONENT_H

#include "base/buf.h"
#include "event/cursor.h"
#include "event/frame.h"
#include "base/problem.h"
#include "site/site.h"

#include <stdbool.h>

/*
 * Adds the component of a valid channel. The cursor in its stream's URL is as old as the state
 * that it shows: nothing falls between page and stream. `live` false leaves the connection out,
 * for a page that has one stream for several components. A channel that has ended connects to
 * nothing; ten seconds later, and every ten seconds from then on, it asks for itself again. false with a problem.
 */
bool component_render(struct site *site, const char *base, const char *channel, enum frame_format format,
		      bool live, struct buf *out, struct problem *problem);

/*
 * Whether a component whose run was not over at that cursor needs nothing new: its channel has ended, and no other run has
 * begun since.
 */
bool component_is_shown(struct site *site, const char *channel, const struct cursor *shown);

/* Adds a complete page around a body of HTML. */
bool component_page(struct site *site, const char *base, const char *title, const char *body, struct buf *out, struct problem *problem);

#endif
