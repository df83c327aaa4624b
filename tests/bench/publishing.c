#include "publishing.h"

#include "cost.h"
#include "latencies.h"
#include "now.h"
#include "post.h"
#include "running.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct poster {
	int fd;              /* -1: no connection, and nothing on its way */
	struct http http;
	uint64_t started_ns;
};

struct publishing {
	const struct options *options;
	uint64_t end_ns;
	int epoll_fd;
	struct post post;
	int sent, answered, failed;
	struct latencies latencies;
};

static bool open_poster(struct publishing *publishing, struct poster *poster)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = poster };
	poster->fd = http_connect(&publishing->post.url, publishing->end_ns);
	return poster->fd >= 0 && epoll_ctl(publishing->epoll_fd, EPOLL_CTL_ADD, poster->fd, &event) == 0;
}

static void fail(struct publishing *publishing, struct poster *poster)
{
	if (poster->fd >= 0)
		close(poster->fd);
	poster->fd = -1;
	publishing->failed++;
}

/* Sends the next event; each that cannot even be sent has failed, so that this ends. */
static void send_next(struct publishing *publishing, struct poster *poster)
{
	while (publishing->sent < publishing->options->events && now_ns() < publishing->end_ns) {
		struct post *post = &publishing->post;
		post_make(post, publishing->sent++);
		poster->http = (struct http){ 0 };
		poster->started_ns = running_ns();
		if ((poster->fd >= 0 || open_poster(publishing, poster)) &&
		    http_send(poster->fd, post->request, post->bytes, publishing->end_ns))
			return;
		fail(publishing, poster);
	}
}

static void read_answer(struct publishing *publishing, struct poster *poster)
{
	char answer[8192];
	ssize_t n = read(poster->fd, answer, sizeof answer);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		fail(publishing, poster);
		send_next(publishing, poster);
		return;
	}
	http_feed(&poster->http, answer, (size_t)n, NULL, NULL);
	if (!poster->http.done)
		return;
	bool good = poster->http.status / 100 == 2;
	publishing->answered += good;
	publishing->failed += !good;
	latencies_add(&publishing->latencies, running_ns() - poster->started_ns);
	send_next(publishing, poster);
}

static void publish_all(struct publishing *publishing)
{
	const struct options *options = publishing->options;
	struct poster *posters = calloc((size_t)options->connections, sizeof *posters);
	for (int i = 0; i < options->connections; i++) {
		posters[i].fd = -1;
		send_next(publishing, &posters[i]);
	}
	while (publishing->answered + publishing->failed < options->events && now_ns() < publishing->end_ns) {
		struct epoll_event events[64];
		int ready = epoll_wait(publishing->epoll_fd, events, 64, now_ms_until(publishing->end_ns, 100));
		for (int i = 0; i < ready; i++)
			read_answer(publishing, events[i].data.ptr);
	}
	publishing->failed = publishing->sent - publishing->answered; /* and those that had no answer in time */
	free(posters); /* the connections end with the program */
}

int publishing_run(const struct options *options)
{
	static struct publishing publishing;
	struct cost cost;
	uint64_t start_ns = running_ns();
	publishing.options = options;
	publishing.end_ns = now_ns() + now_span_ns(options->seconds);
	publishing.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	post_init(&publishing.post, options);
	cost_init(&cost, options);
	cost_start_cpu(&cost);
	publish_all(&publishing);
	printf("{\"answered\":%d,\"failed\":%d,\"per_second\":%.0f", publishing.answered, publishing.failed,
	       publishing.answered / ((double)(running_ns() - start_ns) / 1e9));
	printf(",\"p50_ms\":%.3f,\"p99_ms\":%.3f", latencies_ms(&publishing.latencies, .5), latencies_ms(&publishing.latencies, .99));
	cost_print_cpu(&cost, publishing.answered);
	printf(",\"paused\":%.2f}\n", running_paused());
	post_clear(&publishing.post);
	return publishing.answered != options->events;
}
