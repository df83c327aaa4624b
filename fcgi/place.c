#include "place.h"

#include "site/scoreboard.h"
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	DRAIN_MS_MAX = 8000,     /* a worker drains for five seconds */
	KILL_MS_MAX = 5000,      /* until a killed process is gone */
	SILENT_TICKS = 3,        /* seconds without a heartbeat until it gets no more streams, ... */
	STOPPED_TICKS_MAX = 3,   /* ... until it is stuck if it was stopped, ... */
	SILENT_TICKS_MAX = 30,   /* ... and if it is only silent: a disk may be slow */
};

void place_set(struct place *place, enum place_state state, uint64_t due_ms)
{
	place->state = state;
	place->due_ms = due_ms;
}

void place_init(struct place *place, struct place_pool *pool, unsigned number, void (*word)(struct loop_source *, uint32_t))
{
	*place = (struct place){ .word.ready = word, .pool = pool, .number = number, .word_fd = -1, .due_ms = PLACE_NEVER };
}

/* ---- its start ---- */

/* In the child. */
static int become_worker(const struct place *place, const struct place_start *how, int word_fd, pid_t master)
{
	struct handoff *handoff = place->pool->handoff;
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* a master that was killed leaves no workers behind */
	if (getppid() != master)
		return EX_TEMPFAIL;
	loop_free(place->pool->loop);
	return worker_run(&(struct worker_start){
		place->number, place->pool->listen_fd, word_fd, how->answered, how->quiet,
		how->config, scoreboard_open(how->config->store), handoff });
}

bool place_start(struct place *place, const struct place_start *how, uint64_t now_ms)
{
	int word[2];
	pid_t master = getpid();
	if (pipe2(word, O_CLOEXEC | O_NONBLOCK) < 0)
		return false;
	pid_t pid = loop_add(place->pool->loop, word[0], EPOLLIN, &place->word) < 0 ? -1 : fork();
	if (pid == 0)
		_exit(become_worker(place, how, word[1], master));
	int error = errno;
	close(word[1]);
	if (pid < 0) {
		loop_remove(place->pool->loop, word[0]);
		close(word[0]);
		errno = error;
		return false;
	}
	place->pid = pid;
	place->word_fd = word[0];
	place->started_ms = now_ms;
	place->generation = how->generation;
	place->answered = how->answered;
	place->heartbeats = place->silent_ticks = 0;
	place_set(place, PLACE_STARTING, now_ms + PLACE_START_MS_MAX);
	return true;
}

/* ---- its end ---- */

void place_drain(struct place *place, uint64_t now_ms)
{
	kill(place->pid, SIGTERM);
	kill(place->pid, SIGCONT); /* one that was stopped would not hear of it */
	place_set(place, PLACE_DRAINING, now_ms + DRAIN_MS_MAX);
}

void place_kill(struct place *place, uint64_t now_ms)
{
	kill(place->pid, SIGKILL);
	place_set(place, PLACE_KILLED, now_ms + KILL_MS_MAX);
}

void place_clear(struct place *place)
{
	if (place->word_fd >= 0) {
		/* a sibling may hold the descriptor too, so closing it is not enough for the loop */
		loop_remove(place->pool->loop, place->word_fd);
		close(place->word_fd);
	}
	place->word_fd = -1;
	place->pid = 0;
	place->stopped = place->refuses = false;
	handoff_vacate(place->pool->handoff, place->number);
	place_set(place, PLACE_EMPTY, PLACE_NEVER);
}

/* ---- its life ---- */

/* Ticks are counted, not time: when the whole machine is paused, that is one. */
bool place_is_stuck(struct place *place)
{
	unsigned heartbeats = handoff_beats(place->pool->handoff, place->number);
	place->silent_ticks = heartbeats == place->heartbeats ? place->silent_ticks + 1 : 0;
	place->heartbeats = heartbeats;
	handoff_suspend(place->pool->handoff, place->number, place->stopped || place->silent_ticks >= SILENT_TICKS);
	return place->silent_ticks >= (place->stopped ? (unsigned)STOPPED_TICKS_MAX : (unsigned)SILENT_TICKS_MAX);
}
