/*
 * batch - bytes ready for the wire, immutable, shared by every reader they go to.
 *
 * What one round of the hub adds to a channel is framed once, wrapped for the transport
 * once, and then only counted.  Belongs to the loop's thread: the count is not atomic.
 */
#ifndef RUNNEL_BATCH_H
#define RUNNEL_BATCH_H

#include <stddef.h>

struct batch {
	unsigned references;
	size_t len;
	char bytes[];
};

/* Copies the bytes; the caller holds the first reference. */
struct batch *batch_new(const void *bytes, size_t n);
struct batch *batch_ref(struct batch *batch);
void batch_unref(struct batch *batch); /* frees with the last reference; NULL is nothing */

#endif
