/*
 * pace - when the next turn may be taken.
 *
 * An event goes out at once. But a web server that is still busy with the last turn gains nothing from
 * another: every reader would cost it a wake-up more, and publishers, who come through the same server,
 * would wait behind all of them. So while it has not read what the last turn wrote, events gather; and once it
 * has, they gather for as long again, so that publishers get their half of it. Under a burst the batches
 * grow by themselves; there is nothing to set.
 */
#ifndef RUNNEL_PACE_H
#define RUNNEL_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum { PACE_WATCHED = 8 };

struct pace {
	uint64_t started_ns;    /* of the last turn */
	uint64_t until_ns;      /* the gathering ends then, 0: not known yet */
	unsigned readers;       /* that this turn wrote to */
	int fds[PACE_WATCHED];  /* the last of them */
	unsigned watched;       /* of those */
	bool busy;              /* the server was seen to be busy with it */
	bool in_vain;           /* none of those watched was read in time: they may be stuck, all of them */
};

#define PACE_INIT { 0 }

/* A turn begins. */
void pace_begin(struct pace *pace, uint64_t now_ns);

/*
 * It is about to write to a reader on this descriptor, behind which so many more come. Those that come last are watched, and
 * one of them that is read is enough: others may be stuck. After a wait in vain only those count that have read all that
 * was written before.
 */
void pace_writes(struct pace *pace, int fd, unsigned more);

/* The descriptor is about to be closed. */
void pace_forget(struct pace *pace, int fd);

/* 0: take the turn now. Otherwise ask again after so many milliseconds. */
unsigned pace_wait_ms(struct pace *pace, uint64_t now_ns);

#endif
