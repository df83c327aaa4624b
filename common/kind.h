/*
 * kind - what a channel's first segment means: one row of a table, and one template.
 *
 * The four built-in kinds are rows like those that a site adds in its configuration.
 */
#ifndef RUNNEL_KIND_H
#define RUNNEL_KIND_H

#include <stdbool.h>
#include <stdint.h>

enum { KIND_NAME_BYTES_MAX = 31 };

struct kind {
	char name[KIND_NAME_BYTES_MAX + 1];
	char event[65];     /* the event name when the publisher gives none */
	char text[65];      /* the main text value: text/plain and --text fill it */
	const char *swap;   /* htmx swap style of a fragment: innerHTML, afterbegin, beforeend */
	unsigned start;     /* events that a stream without a cursor starts with */
	unsigned keep;      /* events kept */
	int64_t keep_ms;    /* how long they are kept */
	bool latest;        /* a reader that falls behind gets the latest state, not every event */
	bool ends;          /* "complete" and "failed" finish it */
	bool skips;         /* a reader overtaken by retention sees "skipped N lines" instead of a reset */
};

struct kinds {
	struct kind *rows;
	unsigned count;
};

void kinds_init(struct kinds *kinds); /* the four built-in rows */
void kinds_clear(struct kinds *kinds);

/* Adds a row with the settings of a feed, or returns the row of that name. NULL: the name is not allowed. */
struct kind *kinds_add(struct kinds *kinds, const char *name);

/* The row for a channel, by its first segment; NULL when there is none. Borrowed. */
const struct kind *kinds_of(const struct kinds *kinds, const char *channel);

/* Whether an event of this name is the end of a run in a channel of this kind. */
bool kind_ended_by(const struct kind *kind, const char *event_name);

#endif
