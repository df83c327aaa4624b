#include "run/feeder.h"

#include "run/backlog.h"
#include "base/buf.h"
#include "event/channel.h"
#include "run/job_batch.h"
#include "base/log.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

enum {
	BATCH_GAP_MS = 50,              /* between two transactions that are not full */
	PROGRESS_GAP_MS = 100,
	RENEW_MS = 60000,               /* a job that says nothing is still there: its state is repeated at least so often … */
	RENEWALS = 3,                   /* … and so many times in the time after which the site calls it stalled */
	BUSY_MS = 1000,                 /* that one try waits for other writers */
	RETRY_MS = 500, RETRY_MAX_MS = 30000,
	LAST_TRIES_MS = 3000,           /* after the end of the job: how long what fails is tried again */
	STANDSTILL_MS = 10000,          /* and a store that does not even answer is left; a loaded disk may take seconds */
};

enum stage { FEEDING, CLOSING, FINISHED };

struct feeder {
	char *log_channel, *progress_channel;
	pthread_t thread;
	struct site site;          /* the thread's, once it runs */
	bool open;
	bool patient;              /* a full queue waits */
	bool warned;               /* the one warning is out */

	pthread_mutex_t lock;      /* guards all below */
	pthread_cond_t changed;
	struct backlog backlog;
	unsigned long deliveries;  /* ended, well or not: it moves */
	struct state progress, end;
	bool running;              /* the job has said that it runs, and not that it has ended */
	double percent;            /* the last one that was known */
	char *message;             /* the last one, or NULL */
	enum stage stage;
	bool trouble;              /* the last attempt failed */
	bool lost;                 /* something will never be stored */
	int64_t closing_ms;        /* when it began to close */
	struct problem problem;    /* of the last attempt */
};

/* ---- time ---- */

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wait_until(struct feeder *feeder, int64_t time_ms)
{
	struct timespec until = { .tv_sec = time_ms / 1000, .tv_nsec = time_ms % 1000 * 1000000 };
	pthread_cond_timedwait(&feeder->changed, &feeder->lock, &until);
}

/* ---- the queue, with the lock held ---- */

static void make_room(struct feeder *feeder)
{
	while (backlog_is_full(&feeder->backlog) && feeder->patient && !feeder->trouble)
		pthread_cond_wait(&feeder->changed, &feeder->lock);
	while (backlog_is_full(&feeder->backlog))
		backlog_drop(&feeder->backlog);
}

static void set_state(struct state *state, enum phase phase, double percent, const char *message)
{
	free(state->message);
	*state = (struct state){ phase, percent, message ? must_copy(message) : NULL };
}

static struct state take_state(struct state *state)
{
	struct state taken = *state;
	*state = (struct state){ 0 };
	return taken;
}

static struct job_batch take_batch(struct feeder *feeder, bool with_progress)
{
	struct job_batch batch = { .lines = PACK_INIT };
	backlog_take(&feeder->backlog, JOB_BATCH_LINES_MAX, &batch.lines, &batch.skipped);
	if (with_progress)
		batch.progress = take_state(&feeder->progress);
	if (!feeder->backlog.lines) /* the end comes after the last line */
		batch.end = take_state(&feeder->end);
	pthread_cond_broadcast(&feeder->changed); /* there is room */
	return batch;
}

/* ---- the thread ---- */

/* site_open() but for its patience with other writers: a job that has ended must not wait for theirs. */
static bool open_site(struct site *site, struct problem *problem)
{
	struct config config;
	bool ok = config_read(&config, getenv, problem);
	config.store_busy_ms = BUSY_MS;
	ok = ok && site_open_with(site, &config, problem);
	if (!ok)
		config_clear(&config);
	return ok;
}

static bool store_batch(struct feeder *feeder, const struct job_batch *batch, struct problem *problem)
{
	struct destination to = { &feeder->site, feeder->log_channel, feeder->progress_channel };
	if (!feeder->open)
		feeder->open = open_site(&feeder->site, problem);
	return feeder->open && job_batch_publish(batch, &to, problem);
}

static void warn_once(struct feeder *feeder, const struct problem *problem)
{
	if (!feeder->warned && !feeder->patient)
		log_error("%s is not stored for now, the command goes on: %s", feeder->log_channel, problem->text);
	feeder->warned = true;
}

/*
 * Whether to stop trying, after a failure. What is refused once is refused for ever. After the end of the job one
 * more try must do, save that a busy store gets a little longer.
 */
static bool gives_up(const struct feeder *feeder, const struct problem *problem, bool tried_at_end)
{
	if (problem->status < 500)
		return true;
	if (problem->cause == PROBLEM_STORE_BUSY)
		return feeder->stage == CLOSING && now_ms() - feeder->closing_ms >= LAST_TRIES_MS;
	return tried_at_end;
}

/* One try, without the lock. */
static bool try_delivery(struct feeder *feeder, const struct job_batch *batch, struct problem *problem)
{
	pthread_mutex_unlock(&feeder->lock);
	bool ok = store_batch(feeder, batch, problem);
	if (!ok)
		warn_once(feeder, problem);
	pthread_mutex_lock(&feeder->lock);
	feeder->trouble = !ok;
	pthread_cond_broadcast(&feeder->changed);
	return ok;
}

/* Waits before the next try; the end of the job cuts it short. */
static void wait_to_retry(struct feeder *feeder, int64_t retry_ms)
{
	int64_t until = now_ms() + retry_ms;
	while (feeder->stage == FEEDING && now_ms() < until)
		wait_until(feeder, until);
}

/* One batch, as often as it takes. Called with the lock held. */
static void deliver(struct feeder *feeder, const struct job_batch *batch)
{
	int64_t retry_ms = RETRY_MS;
	for (;;) {
		struct problem problem = PROBLEM_NONE;
		bool at_end = feeder->stage != FEEDING;
		if (try_delivery(feeder, batch, &problem))
			break;
		if (gives_up(feeder, &problem, at_end)) {
			feeder->lost = true;
			feeder->problem = problem;
			break;
		}
		wait_to_retry(feeder, retry_ms);
		retry_ms = retry_ms * 2 < RETRY_MAX_MS ? retry_ms * 2 : RETRY_MAX_MS;
	}
	feeder->deliveries++;
}

/* Before the first batch the site's configuration is not known yet, and nothing was stored that could stall. */
static int64_t renew_ms(const struct feeder *feeder)
{
	int64_t stalled_ms = feeder->open ? (int64_t)feeder->site.config.stalled_s * 1000 : 0;
	return stalled_ms && stalled_ms / RENEWALS < RENEW_MS ? stalled_ms / RENEWALS : RENEW_MS;
}

/* When the next transaction is due; INT64_MAX: nothing waits. */
static int64_t due_ms(const struct feeder *feeder, int64_t last_batch, int64_t last_progress)
{
	int64_t due = INT64_MAX;
	if (feeder->backlog.lines >= JOB_BATCH_LINES_MAX || feeder->end.phase || feeder->stage != FEEDING)
		return 0;
	if (feeder->backlog.lines)
		due = last_batch + BATCH_GAP_MS;
	int64_t gap = feeder->progress.phase ? PROGRESS_GAP_MS : renew_ms(feeder);
	if (feeder->running && last_progress + gap < due)
		due = last_progress + gap;
	return due;
}

static bool is_idle(const struct feeder *feeder)
{
	return !feeder->backlog.lines && !feeder->progress.phase && !feeder->end.phase;
}

/* A store that refused the last attempt of a closing feeder is not asked again for the rest. */
static bool is_over(const struct feeder *feeder)
{
	return feeder->stage == CLOSING && (is_idle(feeder) || feeder->trouble);
}

static void *feed(void *arg)
{
	struct feeder *feeder = arg;
	int64_t last_batch = -BATCH_GAP_MS, last_progress = -PROGRESS_GAP_MS;

	pthread_mutex_lock(&feeder->lock);
	while (!is_over(feeder)) {
		int64_t due = due_ms(feeder, last_batch, last_progress), now = now_ms();
		if (due == INT64_MAX) {
			pthread_cond_wait(&feeder->changed, &feeder->lock);
			continue;
		}
		if (due > now) {
			wait_until(feeder, due);
			continue;
		}
		bool ending = feeder->stage == CLOSING || feeder->end.phase;
		if (!ending && !feeder->progress.phase && feeder->running && last_progress + renew_ms(feeder) <= now)
			set_state(&feeder->progress, PHASE_RUNNING, feeder->percent, feeder->message);
		struct job_batch batch = take_batch(feeder, ending || last_progress + PROGRESS_GAP_MS <= now);
		last_batch = now;
		if (batch.progress.phase)
			last_progress = now;
		deliver(feeder, &batch);
		job_batch_clear(&batch);
	}
	feeder->lost |= !is_idle(feeder);
	feeder->stage = FINISHED;
	pthread_cond_broadcast(&feeder->changed);
	pthread_mutex_unlock(&feeder->lock);
	return NULL;
}

/* Signals are for the main thread. */
static int start_thread(struct feeder *feeder)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	int error = pthread_create(&feeder->thread, NULL, feed, feeder);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

/* ---- the caller's side ---- */

static char *channel_of(const char *kind, const char *name)
{
	struct buf channel = BUF_INIT;
	buf_print(&channel, "%s/%s", kind, name);
	char *escaped = channel_escape(channel.data);
	buf_clear(&channel);
	return escaped;
}

struct feeder *feeder_new(const char *name, struct site *site)
{
	struct feeder *feeder = must_alloc(sizeof *feeder);
	pthread_condattr_t clock;
	feeder->log_channel = channel_of("log", name);
	feeder->progress_channel = channel_of("progress", name);
	feeder->percent = -1;
	if (site) {
		feeder->site = *site;
		feeder->open = feeder->patient = true;
	}
	pthread_mutex_init(&feeder->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&feeder->changed, &clock);
	pthread_condattr_destroy(&clock);
	int error = start_thread(feeder);
	if (error) {
		log_error("there can be no thread: %s", strerror(error));
		exit(EX_OSERR);
	}
	return feeder;
}

void feeder_lines(struct feeder *feeder, struct pack *lines)
{
	pthread_mutex_lock(&feeder->lock);
	make_room(feeder);
	backlog_put(&feeder->backlog, lines);
	pthread_cond_broadcast(&feeder->changed);
	pthread_mutex_unlock(&feeder->lock);
}

void feeder_progress(struct feeder *feeder, double percent, const char *message)
{
	pthread_mutex_lock(&feeder->lock);
	if (percent >= 0)
		feeder->percent = percent;
	free(feeder->message);
	feeder->message = message ? must_copy(message) : NULL;
	feeder->running = true;
	set_state(&feeder->progress, PHASE_RUNNING, feeder->percent, message);
	pthread_cond_broadcast(&feeder->changed);
	pthread_mutex_unlock(&feeder->lock);
}

void feeder_end(struct feeder *feeder, bool failed, const char *message)
{
	pthread_mutex_lock(&feeder->lock);
	feeder->running = false;
	set_state(&feeder->end, failed ? PHASE_FAILED : PHASE_DONE, feeder->percent, message);
	pthread_cond_broadcast(&feeder->changed);
	pthread_mutex_unlock(&feeder->lock);
}

/* Waits while the store takes something every few seconds. */
static bool wait_for_end(struct feeder *feeder)
{
	unsigned long seen = feeder->deliveries;
	int64_t until = now_ms() + STANDSTILL_MS;
	while (feeder->stage != FINISHED && now_ms() < until) {
		wait_until(feeder, until);
		if (feeder->deliveries != seen)
			until = now_ms() + STANDSTILL_MS;
		seen = feeder->deliveries;
	}
	return feeder->stage == FINISHED;
}

static void free_feeder(struct feeder *feeder)
{
	struct job_batch rest = { .progress = feeder->progress, .end = feeder->end };
	pthread_join(feeder->thread, NULL);
	job_batch_clear(&rest);
	backlog_clear(&feeder->backlog);
	if (feeder->open)
		site_close(&feeder->site);
	pthread_cond_destroy(&feeder->changed);
	pthread_mutex_destroy(&feeder->lock);
	free(feeder->message);
	free(feeder->log_channel);
	free(feeder->progress_channel);
	free(feeder);
}

bool feeder_close(struct feeder *feeder, struct problem *problem, bool *running)
{
	pthread_mutex_lock(&feeder->lock);
	feeder->stage = CLOSING;
	feeder->closing_ms = now_ms();
	pthread_cond_broadcast(&feeder->changed);
	*running = !wait_for_end(feeder);
	bool ok = !*running && !feeder->lost;
	*problem = feeder->problem;
	if (*running) {
		problem_set(problem, 503, "%s", store_strerror(STORE_BUSY));
		problem->cause = PROBLEM_STORE_BUSY;
	}
	pthread_mutex_unlock(&feeder->lock);
	if (!*running)
		free_feeder(feeder);
	return ok;
}
