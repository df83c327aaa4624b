/*
 * kind - what a channel's first segment means: one row of a table, and one template.
 *
 * The four built-in kinds are rows like those that a site adds in its configuration.
 */
#ifndef RUNNEL_KIND_H
#define RUNNEL_KIND_H

#include "event/value_rule.h"

#include <stdbool.h>
#include <stdint.h>

enum { KIND_NAME_BYTES_MAX = 31 };

/* What the event names that end a run say as a value, and the value that they bring along. */
struct kind_end {
	const char *event;
	const char *key, *text;         /* "state" "done": either brings the other */
	const char *also, *also_text;   /* set when it is not given; NULL: nothing */
};

struct kind {
	char name[KIND_NAME_BYTES_MAX + 1];
	char event[65];     /* the event name when the publisher gives none */
	char text[65];      /* the main text value: text/plain and --text fill it; it must be there and not blank */
	const char *swap;   /* htmx swap style of a fragment: innerHTML, afterbegin, beforeend */
	unsigned start;     /* events that a stream without a cursor starts with */
	unsigned keep;      /* events kept */
	int64_t keep_ms;    /* how long they are kept */
	bool keep_set, keep_ms_set; /* by the site's configuration: its word goes into the store */
	bool latest;        /* a reader that falls behind gets the latest state, not every event */
	bool ends;          /* "complete" and "failed" finish it */
	const struct value_rule *rules;          /* of its values; ends with a row without a key; NULL: none */
	const struct kind_end *end_values; /* ends with a row without an event; NULL: none */
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

/* The rule for a value, the one for any text when the kind has none of its own. Borrowed. */
const struct value_rule *kind_rule(const struct kind *kind, const char *key);

/*
 * Whether a run of this kind that sends nothing is shown as stalled: one that has a state to show. A log has none, and is
 * silent for good reasons; the state of its job is in progress/NAME.
 */
bool kind_stalls(const struct kind *kind);

/* Whether an event of this name is the end of a run in a channel of this kind. */
bool kind_ended_by(const struct kind *kind, const char *event_name);

#endif
