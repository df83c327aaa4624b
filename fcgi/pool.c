/*
 * Each worker has two *places*, so that its replacement can start before it drains. A place is one process:
 *
 *   state      event                              next       what is done
 *   EMPTY      its worker has no process          WAITING    due now, or later for one that died young
 *   WAITING    due                                STARTING   fork(); when that fails: WAITING, later
 *   STARTING   says that it serves                READY      the process in the other place is told to end
 *   STARTING   says that it refuses               READY      the same, when nobody serves whom it would stand beside;
 *                                                 DRAINING   else it ends by itself, and the old one stays
 *   STARTING   due                                KILLED     it was too slow; the old one stays
 *   READY      due, and it refuses                READY      another is tried in the other place
 *   READY      reload                             READY      a process with the new configuration starts in the other place
 *   READY      stopped or silent for too long     KILLED     its streams come back to others
 *   STARTING, READY    SIGTERM to the pool        DRAINING   SIGTERM, and SIGCONT to one that was stopped
 *   DRAINING   due                                KILLED     SIGKILL
 *   KILLED     due                                EMPTY      even SIGKILL did not end it: it is forgotten
 *   any        its process ended                  EMPTY
 *
 * Nothing here waits but the loop: whatever comes later has a due time (CLOCK_MONOTONIC).
 */
#include "pool.h"

#include "base/buf.h"
#include "crew.h"
#include "base/log.h"
#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	YOUNG_MS = 10000, /* one that died younger is started again with a pause: */
	PAUSE_MS_MIN = 250, PAUSE_MS_MAX = 2000,
};

struct pool {
	struct crew crew;
	struct config *config;    /* of the generation that has proved to work */
	struct config next;       /* of the wanted one, until then */
	unsigned wanted, proved;
	bool reloading, stopping;
};

static uint64_t now_ms(void)
{
	return loop_now_ns() / 1000000;
}

/* ---- places ---- */

/* The pool is found by the memory that its places share with it. */
static struct pool *pool_of(const struct place *place)
{
	return (struct pool *)((char *)place->pool - offsetof(struct pool, crew.shared));
}

static struct worker_pair *pair_of(const struct place *place)
{
	return crew_pair(&pool_of(place)->crew, place);
}

/* The other place of the same worker. */
static struct place *partner(const struct place *place)
{
	return crew_other(&pool_of(place)->crew, place);
}

/* How long to wait after so many failures in a row. */
static uint64_t pause_ms(unsigned failures)
{
	uint64_t ms = failures ? PAUSE_MS_MIN : 0;
	for (unsigned i = 1; i < failures && ms < PAUSE_MS_MAX; i++)
		ms *= 2;
	return ms < PAUSE_MS_MAX ? ms : PAUSE_MS_MAX;
}

/* ---- a configuration ---- */

/* A worker serves with it, or no worker serves with any: from now on it is the pool's own. */
static void prove_configuration(struct pool *pool)
{
	if (pool->proved == pool->wanted)
		return;
	config_clear(pool->config);
	*pool->config = pool->next;
	pool->proved = pool->wanted;
}

static void give_up_reloading(struct pool *pool)
{
	pool->reloading = false;
	if (pool->proved == pool->wanted) {
		log_error("a worker could not be replaced and stays as it is; send SIGHUP again");
		return;
	}
	log_error("the new configuration does not work: the old workers stay");
	config_clear(&pool->next);
	pool->wanted = pool->proved;
}

/* Whether the process in this place was to take over from one that has the old configuration. */
static bool is_reloaded(const struct place *place)
{
	return pool_of(place)->reloading && place->generation == pool_of(place)->wanted && partner(place)->state == PLACE_READY;
}

static void failed_to_start(struct place *place)
{
	pair_of(place)->failures++;
	if (is_reloaded(place))
		give_up_reloading(pool_of(place));
}

/* ---- the end of a process ---- */

static void log_death(struct place *place, int status)
{
	unsigned number = place->number / 2;
	if (!log_due(&pair_of(place)->said))
		return;
	if (WIFSIGNALED(status))
		log_error("worker %u was killed by signal %d; starting another", number, WTERMSIG(status));
	else
		log_error("worker %u ended with status %d; starting another", number, WEXITSTATUS(status));
}

static void is_gone(struct place *place, int status, uint64_t now)
{
	bool young = now - place->started_ms < YOUNG_MS;
	switch (place->state) {
	case PLACE_STARTING:
		failed_to_start(place);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != EX_TEMPFAIL) /* then it has said why */
			log_death(place, status);
		break;
	case PLACE_READY:
		pair_of(place)->failures = young ? pair_of(place)->failures + 1 : 0;
		log_death(place, status);
		break;
	default: /* it was told to */
		break;
	}
	place_clear(place);
}

/* ---- the start of a process ---- */

static bool start(struct place *place, unsigned generation, bool answered, uint64_t now)
{
	struct pool *pool = pool_of(place);
	struct place_start how = {
		generation == pool->proved ? pool->config : &pool->next, generation, answered,
		!log_due(&pair_of(place)->refusal_said) && generation == pool->proved };
	if (place_start(place, &how, now))
		return true;
	if (log_due(&pair_of(place)->said))
		log_error("starting a worker: %s", strerror(errno));
	return false;
}

static void start_again(struct place *place, uint64_t now)
{
	struct pool *pool = pool_of(place);
	if (!start(place, pool->proved, crew_any(&pool->crew, PLACE_READY), now))
		place_set(place, PLACE_WAITING, now + pause_ms(++pair_of(place)->failures));
}

/* ---- what it says ---- */

static void is_ready(struct place *place, bool refuses, uint64_t now)
{
	struct worker_pair *pair = pair_of(place);
	struct place *old = partner(place);
	place->refuses = refuses;
	pair->failures = refuses ? pair->failures + 1 : 0;
	place_set(place, PLACE_READY, refuses ? now + pause_ms(pair->failures) : PLACE_NEVER);
	if (place->generation == pool_of(place)->wanted && !refuses)
		prove_configuration(pool_of(place));
	if (old->state == PLACE_READY)
		place_drain(old, now);
}

static void on_word(struct loop_source *source, uint32_t events)
{
	struct place *place = (struct place *)source;
	char word;
	(void)events;
	if (read(place->word_fd, &word, 1) != 1 || place->state != PLACE_STARTING) {
		loop_remove(place->pool->loop, place->word_fd); /* it ends: that is heard of by SIGCHLD */
		return;
	}
	if (word == WORKER_REFUSES && place->answered) {
		failed_to_start(place);
		place_drain(place, now_ms()); /* it ends by itself */
		return;
	}
	is_ready(place, word == WORKER_REFUSES, now_ms());
}

/* ---- time ---- */

static void on_due(struct place *place, uint64_t now)
{
	switch (place->state) {
	case PLACE_EMPTY:
		break;
	case PLACE_WAITING:
		start_again(place, now);
		break;
	case PLACE_STARTING:
		log_error("worker %u was not ready within %d seconds", place->number / 2, PLACE_START_MS_MAX / 1000);
		failed_to_start(place);
		place_kill(place, now);
		break;
	case PLACE_READY: /* it refuses: does the store work by now? */
		place->due_ms = now + pause_ms(pair_of(place)->failures);
		if (partner(place)->state == PLACE_EMPTY)
			start(partner(place), pool_of(place)->proved, true, now);
		break;
	case PLACE_DRAINING:
		place_kill(place, now);
		break;
	case PLACE_KILLED:
		log_error("process %d was killed and does not end; going on without it", (int)place->pid);
		place_clear(place);
		break;
	}
}

static void on_alarm(void *arg)
{
	struct pool *pool = arg;
	uint64_t now = now_ms();
	for (unsigned i = 0; i < crew_places(&pool->crew); i++)
		if (crew_place(&pool->crew, i)->due_ms <= now)
			on_due(crew_place(&pool->crew, i), now);
}

static void watch(struct place *place, uint64_t now)
{
	if (!place_is_stuck(place))
		return;
	log_error("worker %u %s for %u seconds; starting another", place->number / 2, place->stopped ? "was stopped" : "did nothing", place->silent_ticks);
	place_kill(place, now);
}

static void on_tick(void *arg)
{
	struct pool *pool = arg;
	for (unsigned i = 0; i < crew_places(&pool->crew); i++)
		if (crew_place(&pool->crew, i)->state == PLACE_READY)
			watch(crew_place(&pool->crew, i), now_ms());
}

/* ---- signals ---- */

static void look_after_children(struct pool *pool)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
		struct place *place = crew_find(&pool->crew, pid);
		if (!place)
			continue;
		if (WIFSTOPPED(status) || WIFCONTINUED(status)) {
			place->stopped = WIFSTOPPED(status);
			handoff_suspend(pool->crew.shared.handoff, place->number, place->stopped);
		} else
			is_gone(place, status, now_ms());
	}
}

static void begin_reload(struct pool *pool)
{
	struct problem problem = PROBLEM_NONE;
	struct config config;
	if (!config_read(&config, getenv, &problem)) {
		log_error("%s The old configuration stays.", problem.text);
		config_clear(&config);
		return;
	}
	for (unsigned i = 0; i < crew_places(&pool->crew); i++)
		if (crew_place(&pool->crew, i)->state == PLACE_STARTING && is_reloaded(crew_place(&pool->crew, i)))
			place_drain(crew_place(&pool->crew, i), now_ms()); /* its configuration is not wanted any more */
	if (pool->proved != pool->wanted)
		config_clear(&pool->next);
	pool->next = config;
	pool->wanted++;
	pool->reloading = true;
}

static void begin_stop(struct pool *pool)
{
	pool->stopping = true;
	pool->reloading = false;
	for (unsigned i = 0; i < crew_places(&pool->crew); i++) {
		struct place *place = crew_place(&pool->crew, i);
		if (place->state == PLACE_WAITING)
			place_set(place, PLACE_EMPTY, PLACE_NEVER);
		else if (place->state == PLACE_STARTING || place->state == PLACE_READY)
			place_drain(place, now_ms());
	}
}

static void on_signal(void *arg, int number)
{
	struct pool *pool = arg;
	if (number == SIGCHLD)
		look_after_children(pool);
	else if (number != SIGHUP)
		begin_stop(pool);
	else if (!pool->stopping)
		begin_reload(pool);
}

/* ---- after each round of events: what is still to be done ---- */

static bool has_process(const struct place *place)
{
	return place->state == PLACE_WAITING || place->state == PLACE_STARTING || place->state == PLACE_READY;
}

static void want_workers(struct pool *pool, uint64_t now)
{
	for (unsigned i = 0; i < crew_places(&pool->crew); i++) {
		struct place *place = crew_place(&pool->crew, i);
		if (place->state == PLACE_EMPTY && !has_process(partner(place)))
			place_set(place, PLACE_WAITING, now + pause_ms(pair_of(place)->failures));
	}
}

/* One at a time: the readers of one worker come back at once, not those of all. */
static void reload_next(struct pool *pool, uint64_t now)
{
	if (crew_any(&pool->crew, PLACE_STARTING) || crew_any(&pool->crew, PLACE_DRAINING) || crew_any(&pool->crew, PLACE_KILLED))
		return;
	struct place *old = crew_outdated(&pool->crew, pool->wanted);
	if (!old) {
		prove_configuration(pool);
		pool->reloading = false;
		log_note("all %u workers replaced", pool->crew.workers);
	} else if (!start(partner(old), pool->wanted, crew_serves(&pool->crew), now))
		give_up_reloading(pool);
}

static void set_alarm(struct pool *pool, uint64_t now)
{
	uint64_t due = crew_due(&pool->crew);
	if (due != PLACE_NEVER)
		loop_in(pool->crew.shared.loop, due > now ? (unsigned)(due - now) : 1, on_alarm, pool);
}

static void after_round(void *arg)
{
	struct pool *pool = arg;
	uint64_t now = now_ms();
	if (!pool->stopping)
		want_workers(pool, now);
	if (pool->reloading)
		reload_next(pool, now);
	if (pool->stopping && crew_is_empty(&pool->crew))
		loop_stop(pool->crew.shared.loop);
	set_alarm(pool, now);
}

/* ---- life ---- */

static void close_left(struct pool *pool)
{
	struct stream_request request = STREAM_REQUEST_INIT;
	int fd;
	while ((fd = handoff_receive_left(pool->crew.shared.handoff, &request, now_ms())) >= 0) {
		close(fd);
		stream_request_clear(&request);
	}
}

static bool prepare(struct pool *pool)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD };
	sigset_t heard;
	sigemptyset(&heard);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaddset(&heard, numbers[i]);
	pool->crew.shared.loop = loop_new();
	pool->crew.shared.handoff = handoff_new(crew_places(&pool->crew));
	if (!pool->crew.shared.loop || !pool->crew.shared.handoff || loop_on_signals(pool->crew.shared.loop, &heard, on_signal, pool) < 0 ||
	    loop_every(pool->crew.shared.loop, 1, on_tick, pool) < 0)
		return false;
	loop_after_round(pool->crew.shared.loop, after_round, pool);
	for (unsigned i = 0; i < crew_places(&pool->crew); i++)
		place_init(crew_place(&pool->crew, i), &pool->crew.shared, i, on_word);
	return true;
}

int pool_run(unsigned workers, int listen_fd, struct config *config)
{
	struct pool pool = {
		.crew = { workers, must_alloc(workers * sizeof(struct worker_pair)), { .listen_fd = listen_fd } },
		.config = config,
	};
	if (!prepare(&pool)) {
		log_error("starting: %s", strerror(errno));
		return EX_OSERR;
	}
	for (unsigned n = 0; n < workers; n++)
		start_again(&pool.crew.pairs[n].places[0], now_ms());
	set_alarm(&pool, now_ms());
	loop_run(pool.crew.shared.loop);
	close_left(&pool);
	loop_free(pool.crew.shared.loop);
	free(pool.crew.pairs);
	return EX_OK;
}
