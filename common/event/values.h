/*
 * values - the flat map of text that an event carries.
 *
 * A key is 1-64 of [A-Za-z0-9_.-]; a value is UTF-8 without NUL.  Order is kept; a key
 * set twice keeps its last value.  In the store and on the wire (format=json) it is one
 * JSON object (RFC 8259), which jansson writes and reads.
 */
#ifndef RUNNEL_VALUES_H
#define RUNNEL_VALUES_H

#include "base/buf.h"
#include "base/problem.h"

#include <stdbool.h>
#include <stddef.h>

struct value {
	char *key;
	char *text;
};

struct values {
	struct value *items;
	size_t count;
};

#define VALUES_INIT { NULL, 0 }

/* Copies. false with a 400 problem when the key or the text breaks the rules; the map is as it was. */
bool values_set(struct values *values, const char *key, const char *text, size_t bytes,
		struct problem *problem);

/* The text, borrowed until the map changes, or NULL. */
const char *values_get(const struct values *values, const char *key);

/* Takes the key out; the text is returned to the caller, who frees it; NULL when it was not there. */
char *values_take(struct values *values, const char *key);

/* Adds the map as one line of JSON. */
void values_to_json(const struct values *values, struct buf *out);

/*
 * Adds what a flat JSON object holds; numbers and true/false become their text, null is left out. example: the value
 * name that a refusal shows. false with a 400 problem that names what is nested.
 */
bool values_from_json(struct values *values, const char *json, size_t bytes, const char *example, struct problem *problem);

void values_clear(struct values *values);

#endif
