/*
 * replay - what a stream is to be sent next, read from the store after its cursor.
 *
 * First connect, reconnect and catching up after being slow are this one piece of code; only
 * what happens at a gap differs, as the table of kinds says. Reads the store; never waits
 * for a reader.
 */
#ifndef RUNNEL_REPLAY_H
#define RUNNEL_REPLAY_H

#include "base/buf.h"
#include "event/cursor.h"
#include "event/frame.h"
#include "site/site.h"
#include "stream/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a stream reads. Borrowed by the calls below, which move its sources and its floor on. */
struct replay_request {
	struct site *site;
	struct source *sources;
	size_t n;
	uint64_t floor; /* no id below it is sent: a reset raises it, so that a reader who is cut off in it never goes back */
	uint64_t upto; /* bounds what is read, so that all channels are seen at one moment: live delivery goes on after it */
	enum frame_format format;
};

struct replay {
	struct buf text; /* frames in order of seq; the caller clears it */
	uint64_t cursor; /* the reader has, with this text, everything up to here */
	bool whole;      /* nothing is left up to `upto`; otherwise replay_continue() has more */
	size_t events;   /* in it */
	bool runs_on;    /* the last of them ends no run */
	bool finished;   /* the one channel of this stream has ended: the text ends with `close` */
};

#define REPLAY_INIT { BUF_INIT, 0, false, 0, false, false }

/*
 * For a new stream, a bounded part: the events after its cursor; without a cursor, what the kind starts with;
 * at a gap a `reset` and then the same.
 */
enum store_status replay_open(struct replay_request *request, const struct cursor *cursor, struct replay *replay);

/*
 * For a stream that fell behind at `after`: a bounded part of what it missed, by the kinds'
 * rules: every event, or the latest state, or "skipped N lines" where retention overtook it.
 */
enum store_status replay_continue(struct replay_request *request, uint64_t after, struct replay *replay);

#endif
