/*
 * publish - the way of an event into the store: check, render, append, ring.
 */
#ifndef RUNNEL_PUBLISH_H
#define RUNNEL_PUBLISH_H

#include "api/draft.h"
#include "base/problem.h"
#include "site/site.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Drafts that were checked and rendered: all that is left is their commit. */
struct publication {
	struct store_append append; /* first; its owner sets `committed`, or waits for store_append() */
	struct rendered *rendered;  /* what the entries point into; nothing of it is the draft's */
};

#define PUBLICATION_INIT { { NULL, 0, NULL, NULL }, NULL }

/* false with a problem: 400, 404, 413, 500. Thread-safe. */
bool publication_prepare(struct publication *publication, struct site *site, struct draft *drafts, size_t n, struct problem *problem);
void publication_clear(struct publication *publication);

/*
 * Publishes the drafts in one transaction, all or none; seqs receives their seqs when it is not
 * NULL. They are on disk when it returns true. false with a problem: as above, or 503, 507.
 * Blocks for the commit, never for a reader. Thread-safe.
 */
bool publish(struct site *site, struct draft *drafts, size_t n, uint64_t *seqs, struct problem *problem);

/* The kind of a channel after all its names were checked; NULL with a 400 or 404 problem. */
const struct kind *publish_kind(const struct site *site, const char *channel, struct problem *problem);

#endif
