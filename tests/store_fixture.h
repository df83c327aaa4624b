/*
 * store_fixture - a store of its own for each test, of each backend that there is.
 */
#ifndef RUNNEL_TESTS_STORE_FIXTURE_H
#define RUNNEL_TESTS_STORE_FIXTURE_H

#include "store/store.h"
#include "suite.h"

#include <stdint.h>

enum { DAY_MS = 24 * 60 * 60 * 1000 };

extern char *folder;        /* of the test that runs */
extern struct store *store; /* the test's own to open; closed after it */

enum store_status try_to_open(int backend, const char *directory, struct store **opened);
extern struct store_moment moment; /* what the clocks say */
struct store *open_store(int backend); /* in the folder; it must succeed */

/* One entry in a new event; the texts are borrowed. */
struct store_entry entry_of(const char *channel, const char *text, int64_t time_ms, uint32_t keep);

/* Appends one event when all clocks say that time; its seq. */
uint64_t append_at(const char *channel, const char *text, int64_t time_ms, uint32_t keep);
uint64_t append(const char *channel, const char *text);

/* A store_visit() that writes down what it sees, "CHANNEL:TEXT CHANNEL:TEXT ", and that seq grows. */
struct log {
	char text[4096];
	uint64_t last, count;
};
bool note(void *arg, const struct event *event);

/* What is kept after a seq, in all channels or in one, written so. */
void all_is(uint64_t after, const char *expected);
void channel_is(const char *channel, uint64_t after, const char *expected);

/* A case with its folder; each test added to it runs once for each backend, whose number is _i. */
TCase *store_case(const char *name);
void store_case_add(TCase *tc, const TTest *test);

#endif
