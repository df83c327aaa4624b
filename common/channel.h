/*
 * channel - the name of where events go.
 *
 * KIND or KIND/NAME: at most 255 bytes, segments of [A-Za-z0-9._~-], none empty, none
 * "." or "..".  Only names live here; what a kind means stands in kind.h, and to the
 * store a channel is an opaque string.
 */
#ifndef RUNNEL_CHANNEL_H
#define RUNNEL_CHANNEL_H

#include "buf.h"
#include "problem.h"

#include <stdbool.h>

enum { CHANNEL_BYTES_MAX = 255 };

/* false with a 400 problem that names the rule which was broken. */
bool channel_check(const char *name, struct problem *problem);

/* Whether the first segment is reserved for the router (stream, components, assets, healthz, metrics). */
bool channel_reserved(const char *name);

/* What follows "KIND/", or the kind itself: how a person would call this channel. Borrowed. */
const char *channel_short_name(const char *name);

/* The name of the user whose channel KIND/~USER is, borrowed from name; NULL for a public one. */
const char *channel_owner(const char *name);

/* Adds an element id for the channel which needs no escaping in HTML, a URL or a CSS selector. */
void channel_element(const char *name, struct buf *out);

#endif
