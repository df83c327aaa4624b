/*
 * hole - events of a channel that a reader has not seen and that are gone; and the line that says so.
 *
 * Private to merge.
 */
#ifndef RUNNEL_HOLE_H
#define RUNNEL_HOLE_H

#include "base/buf.h"
#include "event/event.h"
#include "html/render.h"
#include "stream/source.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct hole {
	bool there;
	uint64_t seq, ordinal; /* of the last of them */
};

#define HOLE_NONE { false, 0, 0 }

/*
 * Looks for one between a place in the channel, the seq `after` and an ordinal or ORDINAL_UNKNOWN, and the first event
 * that was read behind it, whose seq is 0 where none was. After reading, so that what is trimmed meanwhile counts too.
 */
enum store_status hole_find(struct store *store, const struct source *source, uint64_t after, uint64_t ordinal,
			    uint64_t upto, const struct store_place *first, struct hole *hole);

/* An event that no store holds, with its text. */
struct made_up {
	struct event event;
	struct buf values, fragment;
};

/* "skipped N lines", in the place of the hole. The caller clears. */
void hole_skipped(struct render *render, const struct source *source, uint64_t ordinal, const struct hole *hole, struct made_up *made_up);

void made_up_clear(struct made_up *made_up);

#endif
