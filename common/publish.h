/*
 * publish - the way of an event into the store: check, render, append, ring.
 */
#ifndef RUNNEL_PUBLISH_H
#define RUNNEL_PUBLISH_H

#include "draft.h"
#include "problem.h"
#include "site.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Publishes the drafts in one transaction, all or none; seqs receives their seqs when it is not
 * NULL. They are on disk when it returns true. false with a problem: 400, 404, 413, 500, 503, 507.
 * Blocks for the commit, never for a reader. Thread-safe.
 */
bool publish(struct site *site, struct draft *drafts, size_t n, uint64_t *seqs, struct problem *problem);

/* The kind of a channel after all its names were checked; NULL with a 400 or 404 problem. */
const struct kind *publish_kind(const struct site *site, const char *channel, struct problem *problem);

#endif
