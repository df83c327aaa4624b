/*
 * runnel.cgi - live HTML from a plain CGI host: one process, one request, at most one stream. See runnel.cgi(8).
 */
#include "plain.h"

#include "stream/hub.h"
#include "base/log.h"
#include "base/loop.h"
#include "site/scoreboard.h"
#include "http/request.h"
#include "page/responder.h"
#include "http/response.h"
#include "site/site.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { REQUEST_S_DEFAULT = 30 }; /* where no configuration can be read */

static uint64_t due_ns;    /* the end of the request's time (CLOCK_MONOTONIC) */
static uint64_t body_read; /* bytes */
static bool body_ended;

static int ms_left(void)
{
	uint64_t now = loop_now_ns();
	return now < due_ns ? (int)((due_ns - now) / 1000000) + 1 : 0;
}

static ssize_t read_body(void *arg, char *bytes, size_t n)
{
	struct pollfd input = { STDIN_FILENO, POLLIN, 0 };
	ssize_t got = -1;
	int ready;
	(void)arg;
	do
		ready = poll(&input, 1, ms_left());
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		return REQUEST_LATE;
	do
		got = read(STDIN_FILENO, bytes, n);
	while (got < 0 && errno == EINTR);
	body_read += got > 0 ? (uint64_t)got : 0;
	body_ended = got <= 0;
	return got;
}

/* Whether the web server has more of a body for us. Input that never ends is waited for only where a body may come. */
static bool has_more_body(void)
{
	const char *method = getenv("REQUEST_METHOD"), *length = getenv("CONTENT_LENGTH");
	if (body_ended)
		return false;
	if (length && *length >= '0' && *length <= '9')
		return body_read < strtoull(length, NULL, 10);
	return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
}

/*
 * What is left of a body that nobody wants. Behind mod_cgid our input and output are one socket, and ending with
 * bytes unread would reset it: the client would lose the answer.
 */
static void read_to_end(void)
{
	static char bytes[64 * 1024];
	while (has_more_body() && read_body(NULL, bytes, sizeof bytes) > 0)
		;
}

/* A client that does not read its answer ends us: SIGALRM does. */
static void write_answer(const struct buf *bytes)
{
	signal(SIGALRM, SIG_DFL);
	alarm((unsigned)ms_left() / 1000 + 1);
	buf_write(bytes, STDOUT_FILENO); /* or the client left */
	alarm(0);
}

static void stop(void *loop)
{
	loop_stop(loop);
}

static uint32_t interest_in(const struct stream_request *request)
{
	uint32_t interest = 0;
	for (size_t i = 0; i < request->count; i++)
		interest |= store_interest(request->channels[i]);
	return interest;
}

static void show_streams(void *scoreboard, unsigned streams)
{
	scoreboard_show(scoreboard, streams);
}

/* The server ends us by SIGTERM or SIGKILL at any moment; nothing of ours needs cleaning up. */
static int run_stream(struct site *site, struct scoreboard *scoreboard, const struct stream_request *request)
{
	struct loop *loop = loop_new();
	struct hub *hub = loop ? hub_new(loop, site, &transport_cgi, interest_in(request)) : NULL;
	if (!hub)
		return EX_OSERR;
	hub_show_count(hub, show_streams, scoreboard);
	hub_when_empty(hub, stop, loop);
	hub_open(hub, STDOUT_FILENO, request);
	if (hub_streams(hub)) /* else the answer has ended already */
		loop_run(loop);
	return EX_OK;
}

static int refuse(const struct problem *problem)
{
	struct buf bytes = BUF_INIT;
	log_error("%s", problem->text);
	responder_refuse(problem, &bytes);
	write_answer(&bytes);
	read_to_end();
	buf_clear(&bytes);
	return EX_OK;
}

static int serve(struct site *site)
{
	const struct request_source source = { environ, read_body, NULL };
	struct scoreboard *scoreboard = scoreboard_open(site->config.store);
	struct answer answer = ANSWER_INIT;
	struct request request;
	struct buf bytes = BUF_INIT;
	int code = EX_OK;

	request_read(&request, &source);
	responder_answer(site, scoreboard, &request, &source, &answer);
	if (answer.kind == ANSWER_STREAM) {
		request_clear(&request);
		code = run_stream(site, scoreboard, &answer.stream);
	} else {
		if (answer.kind == ANSWER_COMMIT) {
			struct store_append *append = &answer.publication.append;
			responder_committed(site, &answer, store_append(site->store, append->entries, append->n));
		}
		response_encode(&answer.response, strcmp(request.method, "HEAD") == 0, &bytes);
		write_answer(&bytes);
		read_to_end();
		request_clear(&request);
	}
	buf_clear(&bytes);
	answer_clear(&answer);
	scoreboard_close(scoreboard);
	return code;
}

int main(void)
{
	struct problem problem = PROBLEM_NONE;
	struct config config;
	struct site site;

	log_name("runnel.cgi");
	if (!getenv("REQUEST_METHOD")) { /* h2o sets no GATEWAY_INTERFACE */
		log_error("this is a CGI program: put it into the web server's cgi-bin; see runnel.cgi(8)");
		return EX_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	log_beside(STDOUT_FILENO);
	due_ns = loop_now_ns() + REQUEST_S_DEFAULT * 1000000000ull;
	if (!config_read(&config, getenv, &problem))
		return refuse(&problem);
	due_ns += config.request_s * 1000000000ull - REQUEST_S_DEFAULT * 1000000000ull;
	if (!site_open_with(&site, &config, &problem)) {
		log_error("%s", problem.text);
		site_refuse(&site, &config);
	}
	int code = serve(&site);
	site_close(&site);
	return code;
}
