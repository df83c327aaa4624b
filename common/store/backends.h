/*
 * backends - which kinds of store there are, and opening the one that a place means.
 *
 * The only file that knows the backends by name; to add one, touch this file and its own.
 */
#ifndef RUNNEL_BACKENDS_H
#define RUNNEL_BACKENDS_H

#include "store/store.h"

/*
 * Opens the store in a directory; one that is empty becomes a new store, a missing one does not.
 * Blocks at most options->busy_ms. On failure *store is untouched.
 */
enum store_status backends_open(const char *directory, const struct store_options *options, struct store **store);

/* The libraries that keep the events, and their versions at work now: "SQLite 3.40.1". Static. */
const char *backends_libraries(void);

#endif
