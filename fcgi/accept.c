#include "accept.h"

#include "buf.h"
#include "log.h"
#include "loop.h"
#include "reply.h"
#include "responder.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	THREAD_STACK_BYTES = 256 * 1024,
	DRAINED_BODY_MAX = 64 << 20, /* of a body that nobody wants: bounded, whatever was announced */
	SILENCE_SECONDS_MAX = 15,    /* of a web server that has not sent its whole request: it holds a thread */
};

enum { NO_SOCKET = -1 }; /* that libfcgi could accept from */

struct acceptor {
	int listen_fd;
	int draining_fd, drained_fd; /* eventfds: draining began; the last thread ended */
	struct site *site;
	struct presence *presence;
	struct handoff *handoff;
	atomic_bool draining;
	atomic_uint threads;        /* that still run */
	struct log_pause error_said;
};

/* ---- libfcgi as a source of a request ---- */

static ssize_t read_body(void *arg, char *bytes, size_t n)
{
	FCGX_Request *fcgi = arg;
	int got = FCGX_GetStr(bytes, n > 1 << 20 ? 1 << 20 : (int)n, fcgi->in);
	return FCGX_GetError(fcgi->in) ? -1 : got;
}

/* What is left unread would turn our close into a reset, and the web server would lose the answer. */
static void read_to_end(FCGX_Request *fcgi)
{
	char bytes[8192];
	size_t total = 0;
	int n;
	while (total < DRAINED_BODY_MAX && (n = FCGX_GetStr(bytes, sizeof bytes, fcgi->in)) > 0)
		total += (size_t)n;
}

/* ---- answering ---- */

/*
 * Takes the connection out of libfcgi, whose 19 KB of buffers go. ipcFd stands below the header's "don't
 * use" line: configure checks that it is there.
 */
static int take_connection(FCGX_Request *fcgi)
{
	int fd = fcgi->ipcFd;
	FCGX_Free(fcgi, 0);
	FCGX_InitRequest(fcgi, NO_SOCKET, 0);
	return fd;
}

/* Our records speak of request 1, as every web server does; anything else is not served. */
static void refuse_multiplexed(FCGX_Request *fcgi)
{
	FCGX_PutS("Status: 500 Internal Server Error\r\nContent-Type: text/plain\r\n\r\nOnly FastCGI request id 1 is served.\n", fcgi->out);
	fcgi->keepConnection = 0;
	FCGX_Finish_r(fcgi);
}

static void answer(struct acceptor *acceptor, FCGX_Request *fcgi)
{
	const struct request_source source = { fcgi->envp, read_body, fcgi };
	struct answer answer = ANSWER_INIT;
	struct request request;

	if (fcgi->requestId != 1) {
		refuse_multiplexed(fcgi);
		return;
	}
	request_read(&request, &source);
	responder_answer(acceptor->site, acceptor->presence, &request, &source, &answer);
	read_to_end(fcgi);
	int fd = take_connection(fcgi);
	switch (answer.kind) {
	case ANSWER_SHORT: reply_short(fd, &answer.response, strcmp(request.method, "HEAD") == 0); break;
	case ANSWER_STREAM: handoff_send(acceptor->handoff, fd, &answer.stream, loop_now_ns() / 1000000); break;
	case ANSWER_COMMIT: reply_once_committed(fd, acceptor->site, &answer); break;
	}
	request_clear(&request);
	answer_clear(&answer);
}

/* ---- threads ---- */

static void complain(struct acceptor *acceptor, int error)
{
	if (log_due(&acceptor->error_said))
		log_error("accepting a connection: %s%s", strerror(error),
			  error == EMFILE || error == ENFILE ? "; raise the limit of open files (ulimit -n, LimitNOFILE=) for more streams" : "");
	usleep(50000); /* the connection waits in the backlog meanwhile */
}

/*
 * EPOLLEXCLUSIVE wakes one thread of all workers for a connection. Another may still be faster,
 * so the socket is non-blocking and a lost race is no error.
 */
static int watch(const struct acceptor *acceptor)
{
	struct epoll_event connection = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = acceptor->listen_fd };
	struct epoll_event draining = { .events = EPOLLIN, .data.fd = acceptor->draining_fd };
	int fd = epoll_create1(EPOLL_CLOEXEC);
	if (fd >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, acceptor->listen_fd, &connection) == 0 &&
	    epoll_ctl(fd, EPOLL_CTL_ADD, acceptor->draining_fd, &draining) == 0)
		return fd;
	if (!atomic_load(&acceptor->draining))
		log_error("watching the listening socket: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Blocks for a connection; false once draining began. */
static bool wait_for_connection(const struct acceptor *acceptor, int epoll_fd)
{
	struct epoll_event event;
	int n;
	do
		n = epoll_wait(epoll_fd, &event, 1, -1);
	while (n < 0 && errno == EINTR);
	return n > 0 && event.data.fd != acceptor->draining_fd;
}

/*
 * FCGX_Accept_r() would hang up on a unix socket that is silent for two seconds, and a web server that was
 * paused meanwhile would tell its client 502. A request that has a descriptor already is read from that.
 * 0, or an error of accept(2).
 */
static int accept_request(const struct acceptor *acceptor, FCGX_Request *fcgi)
{
	const struct timeval silence = { SILENCE_SECONDS_MAX, 0 };
	int on = 1, fd = accept4(acceptor->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* a unix socket has nothing like it */
	fcgi->ipcFd = fd;
	fcgi->keepConnection = 1; /* or the descriptor would be closed with what it takes for the last request */
	return FCGX_Accept_r(fcgi) == 0 ? 0 : ECONNABORTED;
}

static void *serve(void *arg)
{
	struct acceptor *acceptor = arg;
	FCGX_Request fcgi;
	int epoll_fd = watch(acceptor);

	FCGX_InitRequest(&fcgi, NO_SOCKET, 0);
	while (epoll_fd >= 0 && wait_for_connection(acceptor, epoll_fd)) {
		int error;
		while ((error = accept_request(acceptor, &fcgi)) == 0) {
			answer(acceptor, &fcgi);
			if (atomic_load(&acceptor->draining))
				break;
		}
		if (error && error != EAGAIN && error != EINTR && error != ECONNABORTED && error != ENOTSOCK)
			complain(acceptor, error);
	}
	FCGX_Free(&fcgi, 1);
	if (epoll_fd >= 0)
		close(epoll_fd);
	if (atomic_fetch_sub(&acceptor->threads, 1) == 1)
		eventfd_write(acceptor->drained_fd, 1);
	return NULL;
}

struct acceptor *acceptor_start(int listen_fd, unsigned threads, struct site *site, struct presence *presence, struct handoff *handoff)
{
	struct acceptor *acceptor = must_alloc(sizeof *acceptor);
	pthread_attr_t attributes;
	*acceptor = (struct acceptor){ listen_fd, eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC), site, presence, handoff, false, 0, { 0 } };
	if (FCGX_Init() != 0 || acceptor->draining_fd < 0 || acceptor->drained_fd < 0 ||
	    fcntl(listen_fd, F_SETFL, fcntl(listen_fd, F_GETFL) | O_NONBLOCK) < 0) {
		log_error("starting to accept: %s", strerror(errno));
		free(acceptor);
		return NULL;
	}
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	for (unsigned i = 0; i < threads; i++) {
		pthread_t thread;
		atomic_fetch_add(&acceptor->threads, 1);
		int error = pthread_create(&thread, &attributes, serve, acceptor);
		if (error) {
			atomic_fetch_sub(&acceptor->threads, 1);
			log_error("starting a thread: %s", strerror(error));
		}
	}
	pthread_attr_destroy(&attributes);
	return acceptor;
}

void acceptor_drain(struct acceptor *acceptor)
{
	atomic_store(&acceptor->draining, true);
	eventfd_write(acceptor->draining_fd, 1);
}

bool acceptor_drained(struct acceptor *acceptor)
{
	return atomic_load(&acceptor->threads) == 0;
}

int acceptor_drained_fd(const struct acceptor *acceptor)
{
	return acceptor->drained_fd;
}
