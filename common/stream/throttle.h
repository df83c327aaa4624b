/*
 * throttle - when the next round may be taken.
 *
 * An event goes out at once. But a web server that is still busy with the last round gains nothing from
 * another: every reader would cost it a wake-up more, and publishers, who come through the same server,
 * would wait behind all of them. So while it has not read what the last round wrote, events gather; and once it
 * has, they gather for as long again, so that publishers get their half of it. Under a burst the batches
 * grow by themselves; there is nothing to set.
 */
#ifndef RUNNEL_THROTTLE_H
#define RUNNEL_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

enum { THROTTLE_WATCHED = 8 };

struct throttle {
	uint64_t started_ns;    /* of the last round */
	uint64_t until_ns;      /* the gathering ends then, 0: not known yet */
	unsigned readers;       /* that this round wrote to */
	int fds[THROTTLE_WATCHED];  /* the last of them */
	unsigned watched;       /* of those */
	bool busy;              /* the server was seen to be busy with it */
	bool in_vain;           /* none of those watched was read in time: they may be stuck, all of them */
};

#define THROTTLE_INIT { 0 }

/* A round begins. */
void throttle_begin(struct throttle *throttle, uint64_t now_ns);

/*
 * It is about to write to a reader on this descriptor, behind which so many more come. Those that come last are watched, and
 * one of them that is read is enough: others may be stuck. After a wait in vain only those count that have read all that
 * was written before.
 */
void throttle_writes(struct throttle *throttle, int fd, unsigned more);

/* The descriptor is about to be closed. */
void throttle_forget(struct throttle *throttle, int fd);

/* 0: take the round now. Otherwise ask again after so many milliseconds. */
unsigned throttle_wait_ms(struct throttle *throttle, uint64_t now_ns);

#endif
