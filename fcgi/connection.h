/*
 * connection - one connection of the web server's, from its first byte to its end, without ever waiting for it.
 *
 * Whoever has a connection reads and writes what the socket gives and takes at once. It belongs to one thread at a
 * time, or to the waiting room (waiting.h), or to a commit (reply.h).
 */
#ifndef RUNNEL_CONNECTION_H
#define RUNNEL_CONNECTION_H

#include "base/buf.h"
#include "incoming.h"

#include <stdbool.h>
#include <stdint.h>

enum connection_state {
	CONNECTION_READING,  /* a request arrives, or none has begun */
	CONNECTION_WRITING,  /* its answer is on its way */
	CONNECTION_DROPPING, /* the same before the end: what still arrives is read, and nobody wants it */
};

/* What a connection needs next. */
enum connection_need {
	CONNECTION_GOES_ON, /* something to do at once, by its state */
	CONNECTION_WAITS,   /* for its peer */
	CONNECTION_ENDS,    /* nothing: it is over */
	CONNECTION_GIVEN,   /* nothing: it is somebody else's now */
};

struct connection {
	struct connection *next, *previous; /* the waiting room's */
	int fd;
	bool watched;             /* the waiting room's: its epoll knows the descriptor */
	bool shut;                /* the waiting room's: it was told to end */
	size_t held;              /* the waiting room's: bytes when it was left there */
	enum connection_state state;
	enum connection_asked {
		CONNECTION_NOT_ASKED,
		CONNECTION_ASKED,     /* whether the request is refused without its body: it is not */
		CONNECTION_ASKED_FULL /* nor for the length of it */
	} asked;
	bool kept;                /* a request was answered on it */
	bool begun;               /* bytes of the next one have come, or the last one has not ended */
	unsigned timed;           /* the request that due_ms is for, as the incoming counts */
	struct incoming incoming;
	struct buf rest;          /* bytes that came behind the request: the beginning of the next */
	struct buf out;           /* records of the answer */
	size_t sent;              /* bytes of it that are gone */
	uint64_t due_ms;          /* CLOCK_MONOTONIC: the end of the request's time; 0: none has begun since it is kept */
};

/* Takes a non-blocking descriptor. */
struct connection *connection_new(int fd, size_t body_max, uint64_t due_ms);

/* Closes and frees. */
void connection_free(struct connection *connection);

/* Takes the descriptor out; the rest goes with connection_free(). */
int connection_take_fd(struct connection *connection);

/* Reads what is there, a bounded part of it: whether the peer may send more. false: it has ended, or is no use. */
bool connection_read(struct connection *connection);

/* Sends what the socket takes of `out`. false with errno set; EAGAIN: the rest waits. */
bool connection_write(struct connection *connection);

/* How much it keeps in memory. */
size_t connection_bytes(const struct connection *connection);

/* The request is answered: ready for the next one. */
void connection_reset(struct connection *connection);

/* After each reading: the time of a request runs from its first byte on, and an idle connection that is kept has all the time. */
void connection_note_time(struct connection *connection, uint64_t due_ms);

#endif
