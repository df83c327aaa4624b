/* post - one event's way into the server. */
#ifndef RUNNEL_BENCH_POST_H
#define RUNNEL_BENCH_POST_H

#include "http.h"
#include "options.h"

/* A request for one event after the other. */
struct post {
	const struct options *options;
	struct url url;
	bool numbered;      /* the URL is another one for each channel */
	char *text, *body;  /* scratch */
	char *request;
	size_t size, bytes; /* of the request: room, and used */
};

/* Borrows the options. */
void post_init(struct post *post, const struct options *options);
void post_clear(struct post *post);

/*
 * Makes the request of the event with this number. Where the URL has a %d, channels take turns, and each counts its
 * own events from 0: a reader sees no gap.
 */
void post_make(struct post *post, int number);

/* Sends it and reads the whole answer; the connection stays open. The status, or 0 when there was none in time. */
int post_send(const struct post *post, int fd, uint64_t end_ns);

#endif
