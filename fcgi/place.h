/*
 * place - one process of the pool, as the master sees it: its state, and what is due next.
 */
#ifndef RUNNEL_PLACE_H
#define RUNNEL_PLACE_H

#include "site/config.h"
#include "handoff.h"
#include "base/log.h"
#include "base/loop.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum place_state {
	PLACE_EMPTY,    /* no process, and none is wanted here */
	PLACE_WAITING,  /* one is to be started when due */
	PLACE_STARTING, /* it has not said a word yet; killed when due */
	PLACE_READY,    /* it accepts */
	PLACE_DRAINING, /* it was told to end; killed when due */
	PLACE_KILLED    /* forgotten when due */
};

#define PLACE_NEVER UINT64_MAX

enum { PLACE_START_MS_MAX = 15000 }; /* until it has said a word */

/* What all places of a pool share. */
struct place_pool {
	struct loop *loop;
	struct handoff *handoff;
	int listen_fd;
};

struct place {
	struct loop_source word;      /* first; readable when its process says a word (worker.h) */
	struct place_pool *pool;      /* borrowed */
	unsigned number;              /* in the hand-over */
	enum place_state state;       /* place_set() alone changes it */
	uint64_t due_ms;              /* CLOCK_MONOTONIC; PLACE_NEVER: nothing is */
	pid_t pid;                    /* 0: none */
	int word_fd;                  /* -1: none */
	uint64_t started_ms;
	unsigned generation;          /* of its configuration */
	bool answered;                /* others answered when it started */
	bool refuses;                 /* its store or configuration does not work */
	bool stopped;                 /* by SIGSTOP or a terminal */
	unsigned heartbeats, silent_ticks; /* heartbeats, and looks at them that saw none */
};

/* How to start it. */
struct place_start {
	struct config *config; /* of the generation */
	unsigned generation;
	bool answered, quiet;  /* worker.h */
};

void place_set(struct place *place, enum place_state state, uint64_t due_ms);

/* An empty place, whose words are read by the call. */
void place_init(struct place *place, struct place_pool *pool, unsigned number, void (*word)(struct loop_source *, uint32_t));

/* Forks: STARTING. false with errno set; then the place is as it was. */
bool place_start(struct place *place, const struct place_start *how, uint64_t now_ms);

/* Tells it to end: DRAINING. */
void place_drain(struct place *place, uint64_t now_ms);
/* KILLED. */
void place_kill(struct place *place, uint64_t now_ms);
/* Its process is gone, or is no concern of ours any more: EMPTY. */
void place_clear(struct place *place);

/* A second has passed: whether it was stopped, or silent, for too long. Until then streams go elsewhere. */
bool place_is_stuck(struct place *place);

#endif
