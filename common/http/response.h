/*
 * response - a short answer: everything that is not a stream (RFC 3875 §6).
 */
#ifndef RUNNEL_RESPONSE_H
#define RUNNEL_RESPONSE_H

#include "base/buf.h"
#include "base/problem.h"

#include <stdbool.h>

struct response {
	int status;
	const char *type;   /* Content-Type, a literal */
	bool stream;        /* the head of a stream stands for status, type and headers */
	struct buf headers; /* further lines, each ending in CRLF */
	struct buf body;
};

#define RESPONSE_INIT { 200, "text/plain; charset=utf-8", false, BUF_INIT, BUF_INIT }

/* Adds a header line. The value must hold no CR or LF: all of them are runnel's own. */
void response_header(struct response *response, const char *name, const char *value);

/* Turns the answer into the problem's status and sentence. */
void response_problem(struct response *response, const struct problem *problem);

/* Adds head and body as a CGI program writes them; without the body for a HEAD request. */
void response_encode(const struct response *response, bool head_only, struct buf *out);

/* Adds the head of a stream: the same bytes on every transport. */
void response_stream_head(struct buf *out);

void response_clear(struct response *response);

#endif
