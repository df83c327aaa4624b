/*
 * site - one installation: its configuration, its store and its templates.
 */
#ifndef RUNNEL_SITE_H
#define RUNNEL_SITE_H

#include "site/config.h"
#include "base/problem.h"
#include "html/render.h"
#include "store/store.h"

#include <stdbool.h>

struct site {
	struct config config;
	struct store *store;    /* may be used by several threads; not over a fork. NULL: it refuses */
	struct render *render;
	struct problem trouble; /* why it refuses, as strangers are told: no path in it */
};

/*
 * Opens what the environment names. false with a 500 or 503 problem; then there is nothing to
 * close. Blocks while another process makes or recovers the store.
 */
bool site_open(struct site *site, struct problem *problem);

/* The same with a configuration that was read already, which it takes over; on failure it is still the caller's. */
bool site_open_with(struct site *site, struct config *config, struct problem *problem);

/*
 * After site_open_with() has failed: a site without a store, which answers each request with why. Takes the
 * configuration over. site_close() as usual.
 */
void site_refuse(struct site *site, struct config *config);

void site_close(struct site *site);

/* Sets the problem, and its cause, that a store's status is to somebody who asked; returns false. Not for STORE_OK. */
bool site_store_problem(const struct site *site, enum store_status status, struct problem *problem);

#endif
