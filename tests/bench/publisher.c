#include "publisher.h"

#include "now.h"
#include "post.h"
#include "running.h"

#include <stdio.h>
#include <unistd.h>

/*
 * The n-th event's moment; one that is late is sent at once, so that the rate holds on the whole. It is a rate while
 * the machine runs: a paused one would otherwise be given in a quarter of a second what was meant for a whole one.
 */
static void wait_for_round(const struct publisher *publisher, uint64_t start_ns, int n)
{
	if (publisher->options->rate <= 0)
		return;
	uint64_t round_ns = start_ns + (uint64_t)(n * 1e9 / publisher->options->rate);
	for (uint64_t now; (now = running_ns()) < round_ns && now_ns() < publisher->end_ns;)
		usleep((useconds_t)((round_ns - now) / 1000 % 100000 + 1));
}

static void *publish_all(void *arg)
{
	struct publisher *publisher = arg;
	struct post post;
	uint64_t start_ns = running_ns();
	post_init(&post, publisher->options);
	int fd = http_connect(&post.url, publisher->end_ns);
	for (int i = 0; i < publisher->options->events && now_ns() < publisher->end_ns; i++) {
		wait_for_round(publisher, start_ns, i);
		post_make(&post, i);
		int status = post_send(&post, fd, publisher->end_ns);
		publisher->published += status / 100 == 2;
		if (status / 100 != 2 && !publisher->failed++)
			fprintf(stderr, "load: event %d was answered %d\n", i, status);
		if (!status) {
			if (fd >= 0)
				close(fd);
			fd = http_connect(&post.url, publisher->end_ns);
		}
	}
	if (fd >= 0)
		close(fd);
	post_clear(&post);
	publisher->done_ns = running_ns();
	return NULL;
}

void publisher_start(struct publisher *publisher, const struct options *options, uint64_t end_ns)
{
	*publisher = (struct publisher){ .options = options, .end_ns = end_ns };
	pthread_create(&publisher->thread, NULL, publish_all, publisher);
}

void publisher_join(struct publisher *publisher)
{
	pthread_join(publisher->thread, NULL);
}
