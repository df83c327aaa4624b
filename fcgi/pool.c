#include "pool.h"

#include "buf.h"
#include "log.h"
#include "handoff.h"
#include "presence.h"
#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum {
	STOP_SECONDS_MAX = 8,   /* a worker drains for five */
	RESTART_PAUSE_MS = 500, /* of a worker that died young */
	YOUNG_SECONDS = 2,
};

struct pool {
	unsigned count;
	int listen_fd;
	struct config *config;
	struct presence *presence; /* each worker opens its own part */
	struct handoff *handoff;
	pid_t *pids;
	time_t *started;
	sigset_t signals;
};

/* In the child. */
static int become_worker(struct pool *pool, unsigned number, pid_t master)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* a master that was killed leaves no workers behind */
	if (getppid() != master)
		return EX_TEMPFAIL;
	return worker_run(number, pool->listen_fd, pool->config, pool->presence, pool->handoff);
}

static void start_worker(struct pool *pool, unsigned number)
{
	pid_t master = getpid(), pid = fork();
	if (pid == 0)
		_exit(become_worker(pool, number, master));
	if (pid < 0)
		log_error("starting a worker: %s", strerror(errno));
	pool->pids[number] = pid;
	pool->started[number] = time(NULL);
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* The number of the worker that ended, or -1 when none did. */
static int reap(struct pool *pool, int *status)
{
	pid_t pid;
	while ((pid = waitpid(-1, status, WNOHANG)) > 0)
		for (unsigned i = 0; i < pool->count; i++)
			if (pool->pids[i] == pid) {
				pool->pids[i] = 0;
				return (int)i;
			}
	return -1;
}

static void restart_dead(struct pool *pool)
{
	int status, number;
	while ((number = reap(pool, &status)) >= 0) {
		if (WIFSIGNALED(status))
			log_error("worker %d was killed by signal %d; starting another", number, WTERMSIG(status));
		else
			log_error("worker %d ended with status %d; starting another", number, WEXITSTATUS(status));
		if (time(NULL) - pool->started[number] < YOUNG_SECONDS)
			sleep_ms(RESTART_PAUSE_MS);
		start_worker(pool, (unsigned)number);
	}
}

static bool any_alive(const struct pool *pool)
{
	for (unsigned i = 0; i < pool->count; i++)
		if (pool->pids[i] > 0)
			return true;
	return false;
}

static void tell_all(const struct pool *pool, int signal_number)
{
	for (unsigned i = 0; i < pool->count; i++)
		if (pool->pids[i] > 0)
			kill(pool->pids[i], signal_number);
}

static void stop_all(struct pool *pool)
{
	int status;
	time_t end = time(NULL) + STOP_SECONDS_MAX;
	tell_all(pool, SIGTERM);
	while (any_alive(pool)) {
		struct timespec pause = { 0, 100 * 1000000 };
		if (time(NULL) > end)
			tell_all(pool, SIGKILL);
		sigtimedwait(&pool->signals, NULL, &pause);
		reap(pool, &status);
	}
}

/* Ends one worker and waits; connections that come meanwhile wait in the backlog or go to the others. */
static void replace_worker(struct pool *pool, unsigned number)
{
	int status;
	time_t end = time(NULL) + STOP_SECONDS_MAX;
	kill(pool->pids[number], SIGTERM);
	while (waitpid(pool->pids[number], &status, WNOHANG) == 0) {
		if (time(NULL) > end)
			kill(pool->pids[number], SIGKILL);
		sleep_ms(20);
	}
	start_worker(pool, number);
}

static void replace_all(struct pool *pool)
{
	struct problem problem = PROBLEM_NONE;
	struct config config;
	if (!config_read(&config, getenv, &problem)) {
		log_error("%s The old configuration stays.", problem.text);
		config_clear(&config);
		return;
	}
	config_clear(pool->config);
	*pool->config = config;
	for (unsigned i = 0; i < pool->count; i++)
		if (pool->pids[i] > 0)
			replace_worker(pool, i);
	log_note("all %u workers replaced", pool->count);
}

static void watch_over(struct pool *pool)
{
	for (;;) {
		int number = sigwaitinfo(&pool->signals, NULL);
		if (number == SIGCHLD)
			restart_dead(pool);
		else if (number == SIGHUP)
			replace_all(pool);
		else if (number > 0)
			return;
	}
}

int pool_run(unsigned workers, int listen_fd, struct config *config)
{
	struct pool pool = {
		.count = workers, .listen_fd = listen_fd, .config = config,
		.presence = presence_open(config->store), .handoff = handoff_new(workers),
		.pids = must_alloc(workers * sizeof(pid_t)), .started = must_alloc(workers * sizeof(time_t)),
	};
	if (!pool.handoff) {
		log_error("starting: %s", strerror(errno));
		return EX_OSERR;
	}
	sigfillset(&pool.signals);
	sigprocmask(SIG_BLOCK, &pool.signals, NULL);
	sigemptyset(&pool.signals);
	for (int i = 0; i < 5; i++)
		sigaddset(&pool.signals, (int[]){ SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD }[i]);
	for (unsigned i = 0; i < workers; i++)
		start_worker(&pool, i);
	watch_over(&pool);
	stop_all(&pool);
	free(pool.pids);
	free(pool.started);
	return EX_OK;
}
