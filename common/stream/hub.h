/*
 * hub - from the log to the readers: read once, frame once, share.
 *
 * Holds which stream reads which channel. When the bell rings it reads what was committed since
 * its last round, frames each event once per format in use, and hands every reader of a channel
 * the same batch. Belongs to the loop's thread.
 */
#ifndef RUNNEL_HUB_H
#define RUNNEL_HUB_H

#include "event/cursor.h"
#include "event/frame.h"
#include "base/loop.h"
#include "site/site.h"
#include "stream/transport.h"

#include <stdbool.h>
#include <stddef.h>

/* What a stream request asks for, after it was checked. */
struct stream_request {
	char **channels;      /* each valid, known, allowed, and there once */
	size_t count;         /* at least 1 */
	struct cursor cursor;
	enum frame_format format;
	unsigned request_id;  /* of the transport; 0: its usual one */
	bool keep;            /* the web server will use the connection again: see hub_when_left() */
};

#define STREAM_REQUEST_INIT { NULL, 0, CURSOR_NONE, FRAME_HTMX, 0, false }

void stream_request_clear(struct stream_request *request);

struct hub;

/*
 * Borrows all. interest is the store_interest() of the channels that may be asked for. NULL, logged,
 * when the store cannot be listened to.
 */
struct hub *hub_new(struct loop *loop, struct site *site, const struct transport *transport, uint32_t interest);

/* Calls now and at each change with the number of open streams, for others to see. One caller. */
typedef void hub_count(void *arg, unsigned streams);
void hub_show_count(struct hub *hub, hub_count *shown, void *arg);

/*
 * Opens a stream on a descriptor, which it takes, and sends its head and what it starts with at
 * once. Temporary trouble is answered on the stream: 200, `retry:`, end (htmx forgets its cursor
 * on any other status).
 */
void hub_open(struct hub *hub, int fd, const struct stream_request *request);

/* Whether this round of the loop has time left to open streams: readers are served in between. */
bool hub_has_time(const struct hub *hub);

/* Ends every stream with a `retry:`: the readers come back, to another worker. */
void hub_drain(struct hub *hub);

unsigned hub_streams(const struct hub *hub);

/* Calls with the connection of an answer that ended whole and is to be kept, which it takes. Without it they are closed. */
typedef void hub_left(void *arg, int fd);
void hub_when_left(struct hub *hub, hub_left *left, void *arg);

/* Calls whenever the last open stream is gone. One caller. */
void hub_when_empty(struct hub *hub, loop_call *call, void *arg);

/* Drops every stream and frees. */
void hub_free(struct hub *hub);

#endif
