#include "worker.h"

#include "accept.h"
#include "hub.h"
#include "log.h"
#include "loop.h"
#include "site.h"
#include "transport.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sysexits.h>

enum {
	REQUEST_THREADS = 8,
	DRAIN_SECONDS_MAX = 5,
	PARKED_AT_ONCE = 64,          /* opened in one round of the loop: readers are served in between */
	SEND_BUFFER_BYTES = 64 * 1024, /* of a parked connection: what a stuck reader may hold in the kernel */
	OTHER_FILES = 128             /* that a worker needs besides its streams: 32 are bells, 50 its threads' */
};

struct worker {
	struct loop_source parked; /* first */
	struct loop_source drained;
	struct loop *loop;
	struct site site;
	struct hub *hub;
	struct acceptor *acceptor;
	struct handoff *handoff;
	struct presence *presence;
	unsigned number;
	bool draining;
	int drain_seconds;
};

static void open_parked(struct loop_source *source, uint32_t events)
{
	struct worker *worker = (struct worker *)source;
	(void)events;
	for (int i = 0; i < PARKED_AT_ONCE; i++) {
		struct stream_request request = STREAM_REQUEST_INIT;
		int size = SEND_BUFFER_BYTES, fd = handoff_receive(worker->handoff, &request);
		if (fd < 0)
			return;
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
		hub_open(worker->hub, fd, &request);
		stream_request_clear(&request);
	}
}

static void drain(struct worker *worker)
{
	if (worker->draining)
		return;
	worker->draining = true;
	handoff_enter(worker->handoff, worker->number, NULL);
	acceptor_drain(worker->acceptor);
	hub_drain(worker->hub);
}

static void on_signal(void *arg, int number)
{
	(void)number;
	drain(arg);
}

static void stop_if_drained(void *arg)
{
	struct worker *worker = arg;
	if (worker->draining && acceptor_drained(worker->acceptor) && hub_streams(worker->hub) == 0)
		loop_stop(worker->loop);
}

static void acceptor_is_drained(struct loop_source *source, uint32_t events)
{
	struct worker *worker = (struct worker *)((char *)source - offsetof(struct worker, drained));
	(void)events;
	loop_remove(worker->loop, acceptor_drained_fd(worker->acceptor));
	stop_if_drained(worker);
}

/* A peer that does not take its last bytes must not hold us for ever. */
static void give_up_draining(void *arg)
{
	struct worker *worker = arg;
	if (worker->draining && worker->drain_seconds++ >= DRAIN_SECONDS_MAX)
		loop_stop(worker->loop);
}

/* As many descriptors as the system gives; returns how many. */
static rlim_t raise_file_limit(void)
{
	struct rlimit limit, most = { 1 << 20, 1 << 20 };
	if (setrlimit(RLIMIT_NOFILE, &most) == 0)
		return most.rlim_cur;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1024;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur;
}

/* A stream is a descriptor. One that finds none left could not even be told to come back. */
static void limit_streams(struct config *config, rlim_t files)
{
	unsigned most = (unsigned)(files > OTHER_FILES * 2 ? files - OTHER_FILES : files / 2);
	if (!config->stream_limit || config->stream_limit > most)
		config->stream_limit = most;
}

/* To the other workers, and to whoever asks how many streams are open. */
static void show_streams(void *arg, unsigned streams)
{
	struct worker *worker = arg;
	atomic_store(handoff_count(worker->handoff, worker->number), streams);
	presence_show(worker->presence, streams);
}

static bool start(struct worker *worker, int listen_fd, struct presence *presence)
{
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);

	worker->loop = loop_new();
	if (!worker->loop || loop_on_signals(worker->loop, &signals, on_signal, worker) < 0) {
		log_error("starting the loop: %s", strerror(errno));
		return false;
	}
	worker->hub = hub_new(worker->loop, &worker->site, &transport_fastcgi, STORE_ALL_CHANNELS);
	if (!worker->hub)
		return false;
	worker->presence = presence;
	hub_show_count(worker->hub, show_streams, worker);
	worker->parked.ready = open_parked;
	worker->drained.ready = acceptor_is_drained;
	loop_every(worker->loop, 1, give_up_draining, worker);
	hub_when_empty(worker->hub, stop_if_drained, worker);
	handoff_enter(worker->handoff, worker->number, handoff_count(worker->handoff, worker->number));
	worker->acceptor = acceptor_start(listen_fd, REQUEST_THREADS, &worker->site, presence, worker->handoff);
	return worker->acceptor &&
	       loop_add(worker->loop, handoff_fd(worker->handoff), EPOLLIN, &worker->parked) == 0 &&
	       loop_add(worker->loop, acceptor_drained_fd(worker->acceptor), EPOLLIN, &worker->drained) == 0;
}

int worker_run(unsigned number, int listen_fd, struct config *config, struct presence *presence, struct handoff *handoff)
{
	struct worker worker = { .handoff = handoff, .number = number };
	struct problem problem = PROBLEM_NONE;

	limit_streams(config, raise_file_limit());
	if (!site_open_with(&worker.site, config, &problem)) {
		log_error("%s", problem.text);
		return EX_CONFIG;
	}
	if (!start(&worker, listen_fd, presence))
		return EX_OSERR;
	loop_run(worker.loop);
	presence_close(presence);
	return EX_OK; /* threads of libfcgi may still wait for their peers: the process goes as it stands */
}
