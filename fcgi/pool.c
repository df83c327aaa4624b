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

#include "buf.h"
#include "handoff.h"
#include "log.h"
#include "loop.h"
#include "presence.h"
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	DRAIN_MS_MAX = 8000,      /* a worker drains for five seconds */
	START_MS_MAX = 15000,     /* until it has said a word */
	KILL_MS_MAX = 5000,       /* until a killed process is gone */
	YOUNG_MS = 10000,         /* one that died younger is started again with a pause: */
	PAUSE_MS_MIN = 250, PAUSE_MS_MAX = 2000,
	SILENT_TICKS = 3,         /* seconds without a heartbeat until it gets no more streams, ... */
	STOPPED_TICKS_MAX = 5,    /* ... until it is killed if it was stopped, ... */
	SILENT_TICKS_MAX = 30,    /* ... and if it is only silent: a disk may be slow */
};

static const uint64_t NEVER = UINT64_MAX;

enum place_state { PLACE_EMPTY, PLACE_WAITING, PLACE_STARTING, PLACE_READY, PLACE_DRAINING, PLACE_KILLED };

struct pool;

struct place {
	struct loop_source word;  /* first */
	struct pool *pool;
	enum place_state state;   /* place_set() alone changes it */
	uint64_t due_ms;          /* NEVER: nothing is */
	pid_t pid;                /* 0: none */
	int word_fd;              /* where it says a word; -1: none */
	uint64_t started_ms;
	unsigned generation;      /* of its configuration */
	bool answered;            /* others answered when it started */
	bool refuses;             /* its store or configuration does not work */
	bool stopped;             /* by SIGSTOP or a terminal */
	unsigned beats, silent;   /* heartbeats, and seconds without one */
};

struct worker_pair {
	struct place places[2];   /* number 2n and 2n + 1 in the hand-over */
	unsigned failures;        /* in a row */
	struct log_pause said, refusal_said;
};

struct pool {
	unsigned count;
	struct worker_pair *workers;
	int listen_fd;
	struct loop *loop;
	struct handoff *handoff;
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

static unsigned place_count(const struct pool *pool)
{
	return pool->count * 2;
}

static struct place *place_at(const struct pool *pool, unsigned i)
{
	return &pool->workers[i / 2].places[i % 2];
}

static unsigned place_index(const struct place *place)
{
	for (unsigned i = 0;; i++)
		if (place_at(place->pool, i) == place)
			return i;
}

static struct worker_pair *pair_of(const struct place *place)
{
	return &place->pool->workers[place_index(place) / 2];
}

/* The other place of the same worker. */
static struct place *partner(const struct place *place)
{
	return place_at(place->pool, place_index(place) ^ 1);
}

static void place_set(struct place *place, enum place_state state, uint64_t due_ms)
{
	place->state = state;
	place->due_ms = due_ms;
}

static bool any_in(const struct pool *pool, enum place_state state)
{
	for (unsigned i = 0; i < place_count(pool); i++)
		if (place_at(pool, i)->state == state)
			return true;
	return false;
}

static bool any_serves(const struct pool *pool)
{
	for (unsigned i = 0; i < place_count(pool); i++)
		if (place_at(pool, i)->state == PLACE_READY && !place_at(pool, i)->refuses)
			return true;
	return false;
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

/* A worker serves with it, or none did before: from now on the pool's own. */
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
	return place->pool->reloading && place->generation == place->pool->wanted && partner(place)->state == PLACE_READY;
}

static void failed_to_start(struct place *place)
{
	pair_of(place)->failures++;
	if (is_reloaded(place))
		give_up_reloading(place->pool);
}

/* ---- ending a process ---- */

static void drain(struct place *place, uint64_t now)
{
	kill(place->pid, SIGTERM);
	kill(place->pid, SIGCONT); /* one that was stopped would not hear of it */
	place_set(place, PLACE_DRAINING, now + DRAIN_MS_MAX);
}

static void kill_now(struct place *place, uint64_t now)
{
	kill(place->pid, SIGKILL);
	place_set(place, PLACE_KILLED, now + KILL_MS_MAX);
}

/* The process is gone, or is no concern of ours any more. */
static void clear(struct place *place)
{
	if (place->word_fd >= 0) {
		loop_remove(place->pool->loop, place->word_fd);
		close(place->word_fd);
	}
	place->word_fd = -1;
	place->pid = 0;
	place->stopped = place->refuses = false;
	handoff_vacate(place->pool->handoff, place_index(place));
	place_set(place, PLACE_EMPTY, NEVER);
}

static void log_death(struct place *place, int status)
{
	unsigned number = place_index(place) / 2;
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
	clear(place);
}

/* ---- starting a process ---- */

/* In the child. */
static int become_worker(struct place *place, int word_fd, bool quiet, pid_t master)
{
	struct pool *pool = place->pool;
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* a master that was killed leaves no workers behind */
	if (getppid() != master)
		return EX_TEMPFAIL;
	for (unsigned i = 0; i < place_count(pool); i++)
		if (place_at(pool, i)->word_fd >= 0)
			close(place_at(pool, i)->word_fd);
	loop_free(pool->loop);
	struct config *config = place->generation == pool->proved ? pool->config : &pool->next;
	return worker_run(&(struct worker_start){
		place_index(place), pool->listen_fd, word_fd, place->answered, quiet,
		config, presence_open(config->store), pool->handoff });
}

static bool start(struct place *place, unsigned generation, bool answered, uint64_t now)
{
	int word[2];
	pid_t master = getpid();
	bool tells = pair_of(place)->failures == 0 || generation != place->pool->proved || log_due(&pair_of(place)->refusal_said);
	place->generation = generation;
	place->answered = answered;
	if (pipe2(word, O_CLOEXEC | O_NONBLOCK) < 0) {
		log_error("starting a worker: %s", strerror(errno));
		return false;
	}
	pid_t pid = fork();
	if (pid == 0)
		_exit(become_worker(place, word[1], !tells, master));
	int error = errno;
	close(word[1]);
	if (pid < 0 || loop_add(place->pool->loop, word[0], EPOLLIN, &place->word) < 0) {
		if (log_due(&pair_of(place)->said))
			log_error("starting a worker: %s", strerror(pid < 0 ? error : errno));
		if (pid > 0)
			kill(pid, SIGKILL); /* reaped as a stranger */
		close(word[0]);
		return false;
	}
	place->pid = pid;
	place->word_fd = word[0];
	place->started_ms = now;
	place->beats = place->silent = 0;
	place_set(place, PLACE_STARTING, now + START_MS_MAX);
	return true;
}

static void start_again(struct place *place, uint64_t now)
{
	if (!start(place, place->pool->proved, any_in(place->pool, PLACE_READY), now))
		place_set(place, PLACE_WAITING, now + pause_ms(++pair_of(place)->failures));
}

/* ---- what it says ---- */

static void is_ready(struct place *place, bool refuses, uint64_t now)
{
	struct worker_pair *pair = pair_of(place);
	struct place *old = partner(place);
	place->refuses = refuses;
	pair->failures = refuses ? pair->failures + 1 : 0;
	place_set(place, PLACE_READY, refuses ? now + pause_ms(pair->failures) : NEVER);
	if (place->generation == place->pool->wanted && !refuses)
		prove_configuration(place->pool);
	if (old->state == PLACE_READY)
		drain(old, now);
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
		place_set(place, PLACE_DRAINING, now_ms() + DRAIN_MS_MAX);
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
		log_error("worker %u was not ready within %d seconds", place_index(place) / 2, START_MS_MAX / 1000);
		failed_to_start(place);
		kill_now(place, now);
		break;
	case PLACE_READY: /* it refuses: does the store work by now? */
		place->due_ms = now + pause_ms(pair_of(place)->failures);
		if (partner(place)->state == PLACE_EMPTY)
			start(partner(place), place->pool->proved, true, now);
		break;
	case PLACE_DRAINING:
		kill_now(place, now);
		break;
	case PLACE_KILLED:
		log_error("process %d was killed and does not end; going on without it", (int)place->pid);
		clear(place);
		break;
	}
}

static void on_alarm(void *arg)
{
	struct pool *pool = arg;
	uint64_t now = now_ms();
	for (unsigned i = 0; i < place_count(pool); i++)
		if (place_at(pool, i)->due_ms <= now)
			on_due(place_at(pool, i), now);
}

/* A pause of the whole machine counts as one tick. */
static void watch(struct place *place, uint64_t now)
{
	unsigned i = place_index(place), beats = handoff_beats(place->pool->handoff, i);
	place->silent = beats == place->beats ? place->silent + 1 : 0;
	place->beats = beats;
	handoff_suspend(place->pool->handoff, i, place->stopped || place->silent >= SILENT_TICKS);
	if (place->silent < (place->stopped ? STOPPED_TICKS_MAX : SILENT_TICKS_MAX))
		return;
	log_error("worker %u %s for %u seconds; starting another", i / 2, place->stopped ? "was stopped" : "did nothing", place->silent);
	kill_now(place, now);
}

static void on_tick(void *arg)
{
	struct pool *pool = arg;
	for (unsigned i = 0; i < place_count(pool); i++)
		if (place_at(pool, i)->state == PLACE_READY)
			watch(place_at(pool, i), now_ms());
}

/* ---- signals ---- */

static struct place *place_of(const struct pool *pool, pid_t pid)
{
	for (unsigned i = 0; i < place_count(pool); i++)
		if (place_at(pool, i)->pid == pid)
			return place_at(pool, i);
	return NULL;
}

static void look_after_children(struct pool *pool)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
		struct place *place = place_of(pool, pid);
		if (!place)
			continue;
		if (WIFSTOPPED(status) || WIFCONTINUED(status)) {
			place->stopped = WIFSTOPPED(status);
			handoff_suspend(pool->handoff, place_index(place), place->stopped);
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
	for (unsigned i = 0; i < place_count(pool); i++)
		if (place_at(pool, i)->state == PLACE_STARTING && is_reloaded(place_at(pool, i)))
			drain(place_at(pool, i), now_ms()); /* its configuration is not wanted any more */
	if (pool->proved != pool->wanted)
		config_clear(&pool->next);
	pool->next = config;
	pool->wanted++;
	pool->reloading = true;
	if (!any_serves(pool))
		prove_configuration(pool); /* nothing can get worse */
}

static void begin_stop(struct pool *pool)
{
	pool->stopping = true;
	pool->reloading = false;
	for (unsigned i = 0; i < place_count(pool); i++) {
		struct place *place = place_at(pool, i);
		if (place->state == PLACE_WAITING)
			place_set(place, PLACE_EMPTY, NEVER);
		else if (place->state == PLACE_STARTING || place->state == PLACE_READY)
			drain(place, now_ms());
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
	for (unsigned i = 0; i < place_count(pool); i++) {
		struct place *place = place_at(pool, i);
		if (place->state == PLACE_EMPTY && !has_process(partner(place)))
			place_set(place, PLACE_WAITING, now + pause_ms(pair_of(place)->failures));
	}
}

/* The process with the oldest configuration, so that a SIGHUP each second reaches all. NULL: there is none. */
static struct place *most_outdated(const struct pool *pool)
{
	struct place *oldest = NULL;
	for (unsigned i = 0; i < place_count(pool); i++) {
		struct place *place = place_at(pool, i);
		if (place->state == PLACE_READY && place->generation < pool->wanted && (!oldest || place->generation < oldest->generation))
			oldest = place;
	}
	return oldest;
}

/* One at a time: the readers of one worker come back at once, not those of all. */
static void reload_next(struct pool *pool, uint64_t now)
{
	if (any_in(pool, PLACE_STARTING) || any_in(pool, PLACE_DRAINING) || any_in(pool, PLACE_KILLED))
		return;
	struct place *old = most_outdated(pool);
	if (!old) {
		prove_configuration(pool);
		pool->reloading = false;
		log_note("all %u workers replaced", pool->count);
	} else if (!start(partner(old), pool->wanted, any_serves(pool), now))
		give_up_reloading(pool);
}

static void set_alarm(struct pool *pool, uint64_t now)
{
	uint64_t due = NEVER;
	for (unsigned i = 0; i < place_count(pool); i++)
		if (place_at(pool, i)->due_ms < due)
			due = place_at(pool, i)->due_ms;
	if (due != NEVER)
		loop_in(pool->loop, due > now ? (unsigned)(due - now) : 1, on_alarm, pool);
}

static bool is_empty(const struct pool *pool)
{
	for (unsigned i = 0; i < place_count(pool); i++)
		if (place_at(pool, i)->state != PLACE_EMPTY)
			return false;
	return true;
}

static void after_round(void *arg)
{
	struct pool *pool = arg;
	uint64_t now = now_ms();
	if (!pool->stopping)
		want_workers(pool, now);
	if (pool->reloading)
		reload_next(pool, now);
	if (pool->stopping && is_empty(pool))
		loop_stop(pool->loop);
	set_alarm(pool, now);
}

/* ---- life ---- */

static void close_left(struct pool *pool)
{
	struct stream_request request = STREAM_REQUEST_INIT;
	int fd;
	while ((fd = handoff_receive_left(pool->handoff, &request, now_ms())) >= 0) {
		close(fd);
		stream_request_clear(&request);
	}
}

static bool prepare(struct pool *pool)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD };
	sigset_t all, heard;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	sigemptyset(&heard);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaddset(&heard, numbers[i]);
	pool->loop = loop_new();
	pool->handoff = handoff_new(place_count(pool));
	if (!pool->loop || !pool->handoff || loop_on_signals(pool->loop, &heard, on_signal, pool) < 0 ||
	    loop_every(pool->loop, 1, on_tick, pool) < 0)
		return false;
	loop_after_round(pool->loop, after_round, pool);
	for (unsigned i = 0; i < place_count(pool); i++)
		*place_at(pool, i) = (struct place){ .word.ready = on_word, .pool = pool, .word_fd = -1, .due_ms = NEVER };
	return true;
}

int pool_run(unsigned workers, int listen_fd, struct config *config)
{
	struct pool pool = {
		.count = workers, .workers = must_alloc(workers * sizeof *pool.workers), .listen_fd = listen_fd,
		.config = config,
	};
	if (!prepare(&pool)) {
		log_error("starting: %s", strerror(errno));
		return EX_OSERR;
	}
	for (unsigned n = 0; n < workers; n++)
		start_again(&pool.workers[n].places[0], now_ms());
	set_alarm(&pool, now_ms());
	loop_run(pool.loop);
	close_left(&pool);
	loop_free(pool.loop);
	free(pool.workers);
	return EX_OK;
}
