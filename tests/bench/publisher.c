#include "publisher.h"

#include "now.h"
#include "post.h"

#include <unistd.h>

/* The n-th event's moment; one that is late is sent at once, so that the rate holds on the whole. */
static void wait_for_turn(const struct publisher *publisher, uint64_t start_ns, int n)
{
	if (publisher->options->rate <= 0)
		return;
	uint64_t turn_ns = start_ns + (uint64_t)(n * 1e9 / publisher->options->rate);
	if (turn_ns > publisher->end_ns)
		turn_ns = publisher->end_ns;
	for (uint64_t now; (now = now_ns()) < turn_ns;)
		usleep((useconds_t)((turn_ns - now) / 1000 % 1000000 + 1));
}

static void *publish_all(void *arg)
{
	struct publisher *publisher = arg;
	struct post post;
	uint64_t start_ns = now_ns();
	post_init(&post, publisher->options);
	int fd = http_connect(&post.url, publisher->end_ns);
	for (int i = 0; i < publisher->options->events && now_ns() < publisher->end_ns; i++) {
		wait_for_turn(publisher, start_ns, i);
		post_make(&post, i);
		int status = post_send(&post, fd, publisher->end_ns);
		publisher->published += status / 100 == 2;
		publisher->failed += status / 100 != 2;
		if (!status) {
			if (fd >= 0)
				close(fd);
			fd = http_connect(&post.url, publisher->end_ns);
		}
	}
	if (fd >= 0)
		close(fd);
	post_clear(&post);
	publisher->done_ns = now_ns();
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
