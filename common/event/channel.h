/*
 * channel - the name of where events go.
 *
 * KIND or KIND/NAME: at most 255 bytes, segments of [A-Za-z0-9._~-], none empty, none
 * "." or "..".  Only names live here; what a kind means stands in kind.h, and to the
 * store a channel is an opaque string.
 *
 * KIND/~LOGIN is personal, with all that is below it. A login may hold any byte; those that a channel cannot have,
 * and "~", are written ~XX (two hex digits, upper case): alice@example.org is ~alice~40example.org. Whoever names such
 * a channel may write the login itself, but for a "/", which is ~2F, and a "~" before two hex digits, which is ~7E.
 * KIND/~me is that of whoever is logged in: a user called me has ~~6De.
 */
#ifndef RUNNEL_CHANNEL_H
#define RUNNEL_CHANNEL_H

#include "base/buf.h"
#include "base/problem.h"

#include <stdbool.h>

enum { CHANNEL_BYTES_MAX = 255 };

/* false with a 400 problem that names the rule which was broken. */
bool channel_check(const char *name, struct problem *problem);

/*
 * The channel that somebody means: the login in it escaped as above, the same for every way of writing one login. Of a
 * name that is escaped already it is the name. NULL with the problem of channel_check(). The caller frees it.
 */
char *channel_read(const char *name, struct problem *problem);

/* The same for the start of a name, which is checked by nobody here: "feed/~a@" is "feed/~a~40". */
char *channel_escape(const char *name);

/* Whether it is KIND/~me, or below that: no channel, but the place of a login in one. */
bool channel_is_mine(const char *name);

/* KIND/~me as the channel of a login. As channel_read(). */
char *channel_of_login(const char *name, const char *login, struct problem *problem);

/* Whether the first segment is reserved for the router (stream, components, assets, history, healthz, metrics). */
bool channel_reserved(const char *name);

/* What follows "KIND/", or the kind itself: how a person would call this channel. Borrowed. */
const char *channel_short_name(const char *name);

/* Whether it is somebody's own: KIND/~LOGIN or below. */
bool channel_is_personal(const char *name);

/* Whether it is that login's own. */
bool channel_is_of(const char *name, const char *login);

/* Adds an element id for the channel which needs no escaping in HTML, a URL or a CSS selector. */
void channel_element(const char *name, struct buf *out);

#endif
