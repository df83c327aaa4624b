/*
 * incoming - a request as it arrives in FastCGI records, in pieces of any size (FastCGI 1.0 §3.3, §4, §5).
 *
 * Pure: bytes go in, and what there is of the request comes out. So whoever reads a socket never needs to wait for
 * the rest. One request at a time: FCGI_MPXS_CONNS is 0. Records about no request, or about one that is over, are
 * answered or passed over.
 */
#ifndef RUNNEL_INCOMING_H
#define RUNNEL_INCOMING_H

#include "base/buf.h"
#include "record.h"

#include <stdbool.h>
#include <stddef.h>

enum incoming_stage {
	INCOMING_NONE,   /* no request has begun */
	INCOMING_PARAMS, /* its parameters arrive */
	INCOMING_BODY,   /* its parameters are whole, its body arrives */
	INCOMING_WHOLE,  /* all of it is there; nothing more is taken before incoming_reset() */
	INCOMING_OVER    /* no FastCGI, more than we take, or nothing of use: the connection ends */
};

struct incoming {
	enum incoming_stage stage;
	unsigned id;         /* of the request */
	bool keep;           /* the web server wants the connection kept (FCGI_KEEP_CONN, §5.1) */
	bool full;           /* the body is longer than body_max; what is beyond is dropped */
	bool dropping;       /* nobody wants the rest of the body */
	unsigned unended_id; /* of a request that was answered before its body ended, which still arrives; 0: none */
	unsigned count;      /* of requests that have begun */
	size_t body_max;     /* bytes */
	struct buf params;   /* name-value pairs (§3.4), whole from INCOMING_BODY on; each is then known to fit */
	struct buf body;
	struct buf replies;  /* to records about the connection: the caller sends and empties it */

	struct record_head record; /* the one that is being read */
	size_t content, padding;   /* of it, still to come */
	size_t head_bytes;         /* of its head that are there; RECORD_HEAD_BYTES: all */
	char head[RECORD_HEAD_BYTES];
	struct buf small;          /* content of a record that is read as a whole */
};

void incoming_init(struct incoming *incoming, size_t body_max);

/* Takes bytes; how many. Fewer than n once the stage is WHOLE or OVER: the others belong to what comes next. */
size_t incoming_take(struct incoming *incoming, const char *bytes, size_t n);

/* The body, so far and to come, is not wanted. */
void incoming_drop_body(struct incoming *incoming);

/* Whether the last request has ended, and no byte of a next one has come. */
bool incoming_is_idle(const struct incoming *incoming);

/*
 * The request is done with: the next one may begin. Frees what it held. What still arrives of its body is passed over;
 * Apache and HAProxy begin the next request without ending it.
 */
void incoming_reset(struct incoming *incoming);

void incoming_clear(struct incoming *incoming);

#endif
