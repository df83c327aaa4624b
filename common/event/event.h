/*
 * event - one thing that happened in a channel.  Immutable once stored.
 */
#ifndef RUNNEL_EVENT_H
#define RUNNEL_EVENT_H

#include "base/buf.h"
#include "base/problem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EVENT_NAME_BYTES_MAX = 64 };

/* A channel's events count from 1; 0 is before the first, and this is nobody knows where. */
#define ORDINAL_UNKNOWN UINT64_MAX

/* As the store hands it to a visitor: all pointers are borrowed until the visitor returns. */
struct event {
	uint64_t seq;          /* grows by one per event in the whole store */
	uint64_t ordinal;      /* the channel's first event was 1 */
	int64_t time_ms;       /* Unix time */
	const char *channel;
	const char *name;      /* the SSE event name */
	const char *values;    /* one JSON object on one line */
	size_t values_bytes;
	const char *fragment;  /* HTML, may hold newlines of any kind */
	size_t fragment_bytes;
	bool after_end;        /* the event before it in its channel is called "complete" or "failed": where those end a run, it begins one */
};

/*
 * What a template writes for the event's id, which nobody knows before the store has it. A control character: no
 * publisher's text has one.
 */
#define EVENT_ID_MARK "\032"

/* Adds EPOCH-SEQ. */
void event_id(struct buf *out, const char *epoch, uint64_t seq);

/* Adds the fragment, with the event's id wherever its template asks for it. */
void event_fragment(struct buf *out, const char *epoch, const struct event *event);

/*
 * Whether nothing of a channel lies between two ordinals of it. Ordinal 1 follows any: a channel that was emptied so
 * long ago that the store has forgotten it begins anew, and what went then was not taken from a reader in between.
 */
bool event_follows(uint64_t ordinal, uint64_t before);

/*
 * Whether a publisher may use this event name. Control events (reset, close) are runnel's own;
 * open, error and DOM names would set off handlers of htmx that have nothing to do with us.
 */
bool event_name_check(const char *name, struct problem *problem);

/* "complete" or "failed": the two names that end a run of a channel whose kind has an end. */
bool event_name_ends(const char *name);

#endif
