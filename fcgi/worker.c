#include "worker.h"

#include "accept.h"
#include "stream/hub.h"
#include "base/log.h"
#include "base/loop.h"
#include "opening.h"
#include "site/site.h"
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	REQUEST_THREADS = 8,
	DRAIN_SECONDS_MAX = 5,
	OPENING_MS_MAX = 1000,         /* before requests are answered that the store cannot be used */
	PARKED_AT_ONCE = 64,          /* opened in one round of the loop: readers are served in between */
	SEND_BUFFER_BYTES = 64 * 1024, /* of a parked connection: what a stuck reader may hold in the kernel */
	OTHER_FILES = 128,            /* that a worker needs besides its streams: 32 are bells, 50 its threads', ... */
	SHARED_FILES = 16             /* ... and so many the pool's sockets; those of more than four workers come on top */
};

struct worker {
	struct loop_source parked; /* first */
	struct loop_source drained;
	const struct worker_start *how;
	struct loop *loop;
	struct site site;
	struct hub *hub;           /* NULL: it refuses */
	struct acceptor *acceptor;
	bool draining;
	int drain_seconds;
};

static uint64_t now_ms(void)
{
	return loop_now_ns() / 1000000;
}

/* ---- streams that come ---- */

/* One on which a web server sends the next request, from a worker that drains. */
static void adopt_connection(struct worker *worker, int fd)
{
	if (worker->acceptor)
		acceptor_adopt(worker->acceptor, fd);
	else
		close(fd);
}

/* A stream has ended on it. */
static void connection_is_left(void *arg, int fd)
{
	struct worker *worker = arg;
	struct stream_request nothing = STREAM_REQUEST_INIT;
	if (worker->draining)
		handoff_send(worker->how->handoff, fd, &nothing, now_ms());
	else
		adopt_connection(worker, fd);
}

static void open_stream(struct worker *worker, int fd, struct stream_request *request)
{
	int size = SEND_BUFFER_BYTES;
	if (request->count == 0) {
		adopt_connection(worker, fd);
		return;
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	hub_open(worker->hub, fd, request);
	stream_request_clear(request);
}

/* One of those that came for this worker; false when there are none now. */
static bool open_parked(struct worker *worker)
{
	struct stream_request request = STREAM_REQUEST_INIT;
	int fd = handoff_receive(worker->how->handoff, &request);
	if (fd >= 0)
		open_stream(worker, fd, &request);
	return fd >= 0;
}

static void parked_ready(struct loop_source *source, uint32_t events)
{
	struct worker *worker = (struct worker *)source;
	(void)events;
	for (int i = 0; i < PARKED_AT_ONCE && hub_has_time(worker->hub); i++)
		if (!open_parked(worker))
			return;
}

/* Those that came for a worker which died, was stopped or drains. */
static void open_left(struct worker *worker)
{
	for (int i = 0; i < PARKED_AT_ONCE; i++) {
		struct stream_request request = STREAM_REQUEST_INIT;
		int fd = handoff_receive_left(worker->how->handoff, &request, now_ms());
		if (fd < 0)
			return;
		open_stream(worker, fd, &request);
	}
}

/* ---- the end ---- */

static void stop_if_drained(void *arg)
{
	struct worker *worker = arg;
	if (!worker->draining || !acceptor_drained(worker->acceptor))
		return;
	while (worker->hub && open_parked(worker))
		;
	if (!worker->hub || hub_streams(worker->hub) == 0)
		loop_stop(worker->loop);
}

/*
 * When the master was killed, a new one is started at once, and listen_on() must find that nobody serves the socket. The
 * number stays taken: a thread that is about to accept must not meet another file there.
 */
static void let_go_of_socket(int listen_fd)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (nothing < 0)
		return;
	dup3(nothing, listen_fd, O_CLOEXEC);
	close(nothing);
}

static void drain(struct worker *worker)
{
	if (worker->draining)
		return;
	worker->draining = true;
	handoff_take(worker->how->handoff, false, now_ms());
	acceptor_drain(worker->acceptor);
	let_go_of_socket(worker->how->listen_fd);
	if (worker->hub)
		hub_drain(worker->hub);
	stop_if_drained(worker);
}

static void on_signal(void *arg, int number)
{
	(void)number;
	drain(arg);
}

static void acceptor_is_drained(struct loop_source *source, uint32_t events)
{
	struct worker *worker = (struct worker *)((char *)source - offsetof(struct worker, drained));
	eventfd_t times;
	(void)events;
	eventfd_read(acceptor_drained_fd(worker->acceptor), &times);
	stop_if_drained(worker);
}

/* A peer that does not take its last bytes must not hold us for ever. */
static void tick(void *arg)
{
	struct worker *worker = arg;
	handoff_beat(worker->how->handoff, now_ms());
	if (worker->acceptor)
		acceptor_look(worker->acceptor);
	if (worker->draining && worker->drain_seconds++ >= DRAIN_SECONDS_MAX)
		loop_stop(worker->loop);
	else if (worker->hub && !worker->draining)
		open_left(worker);
}

/* ---- the start ---- */

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
static void limit_streams(struct config *config, rlim_t files, unsigned shared)
{
	rlim_t other = OTHER_FILES + (shared > SHARED_FILES ? shared - SHARED_FILES : 0);
	unsigned most = (unsigned)(files > other * 2 ? files - other : files / 2);
	if (!config->stream_limit || config->stream_limit > most)
		config->stream_limit = most;
}

/* Other workers see it, and so does whoever asks how many streams are open. */
static void show_streams(void *arg, unsigned streams)
{
	struct worker *worker = arg;
	handoff_count(worker->how->handoff, streams);
	scoreboard_show(worker->how->scoreboard, streams);
}

static bool start_loop(struct worker *worker)
{
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	worker->loop = loop_new();
	if (worker->loop && handoff_enter(worker->how->handoff, worker->how->place) &&
	    loop_on_signals(worker->loop, &signals, on_signal, worker) == 0 && loop_every(worker->loop, 1, tick, worker) == 0)
		return true;
	log_error("starting the loop: %s", strerror(errno));
	return false;
}

/* Opens the site and a hub on it. false: it refuses, and the log says why. */
static bool open_site(struct worker *worker)
{
	struct problem problem = PROBLEM_NONE;
	limit_streams(worker->how->config, raise_file_limit(), handoff_files(worker->how->handoff));
	if (!opening_within(worker->how->answered ? -1 : OPENING_MS_MAX, &worker->site, worker->how->config, &problem)) {
		if (!worker->how->quiet)
			log_error("%s", problem.text);
		return false;
	}
	worker->hub = hub_new(worker->loop, &worker->site, &transport_fastcgi, STORE_ALL_CHANNELS);
	if (worker->hub)
		return true;
	store_close(worker->site.store);
	worker->site.store = NULL;
	return problem_set(&worker->site.trouble, 503, "The store cannot be listened to; the log says why.");
}

static bool start_accepting(struct worker *worker)
{
	worker->drained.ready = acceptor_is_drained;
	worker->acceptor = acceptor_start(worker->how->listen_fd, REQUEST_THREADS, &worker->site, worker->how->scoreboard, worker->how->handoff);
	return worker->acceptor && loop_add(worker->loop, acceptor_drained_fd(worker->acceptor), EPOLLIN, &worker->drained) == 0;
}

static bool start_taking_streams(struct worker *worker)
{
	struct handoff *handoff = worker->how->handoff;
	worker->parked.ready = parked_ready;
	hub_when_empty(worker->hub, stop_if_drained, worker);
	hub_when_left(worker->hub, connection_is_left, worker);
	hub_show_count(worker->hub, show_streams, worker);
	if (loop_add(worker->loop, handoff_fd(handoff), EPOLLIN, &worker->parked) < 0 ||
	    loop_add(worker->loop, handoff_own_fd(handoff), EPOLLIN, &worker->parked) < 0) {
		log_error("waiting for streams: %s", strerror(errno));
		return false;
	}
	handoff_take(handoff, true, now_ms());
	open_left(worker);
	return true;
}

static void tell_master(const struct worker *worker, enum worker_word word)
{
	const char byte = (char)word;
	if (write(worker->how->word_fd, &byte, 1) < 0)
		log_error("telling the master: %s", strerror(errno));
}

int worker_run(const struct worker_start *how)
{
	struct worker worker = { .how = how };
	if (!start_loop(&worker))
		return EX_OSERR;
	bool serves = open_site(&worker);
	if (!serves && how->answered) {
		tell_master(&worker, WORKER_REFUSES);
		return EX_TEMPFAIL;
	}
	if ((serves && !start_taking_streams(&worker)) || !start_accepting(&worker))
		return EX_OSERR;
	tell_master(&worker, serves ? WORKER_SERVES : WORKER_REFUSES);
	loop_run(worker.loop);
	scoreboard_close(how->scoreboard);
	return EX_OK; /* connections may still wait for their peers: the process goes as it stands */
}
