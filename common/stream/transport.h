/*
 * transport - the whole difference between CGI and FastCGI to a stream.
 *
 * The bytes of an answer are the same; FastCGI puts a record head before them and says at
 * the end that there are no more. A transport has no state.
 */
#ifndef RUNNEL_TRANSPORT_H
#define RUNNEL_TRANSPORT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct transport {
	const char *name;                                             /* for metrics: "cgi", "fastcgi" */
	void (*wrap)(struct buf *out, const char *bytes, size_t n);   /* adds n > 0 bytes of the answer */
	void (*end)(struct buf *out);                                 /* adds what says that the answer is whole */
	uint32_t gone;                                                /* epoll events, besides ERR and HUP, that say that the client left */
	bool alone;                                                   /* a process has one stream: nothing wakes it but events and its heartbeat */
	void (*address)(char *bytes, size_t n, unsigned id);          /* makes a copy of wrapped bytes belong to another request; NULL: there is but one */
};

#endif
