/*
 * request - what the web server says that somebody asked for (RFC 3875 §4.1).
 *
 * The same for CGI and FastCGI: both hand over named parameters and a body. Only what
 * runnel uses is copied; the source may go away afterwards.
 */
#ifndef RUNNEL_REQUEST_H
#define RUNNEL_REQUEST_H

#include "buf.h"
#include "problem.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Where a request comes from. read() may block for as long as the web server does. */
struct request_source {
	const char *(*parameter)(void *arg, const char *name); /* borrowed; NULL when there is none */
	ssize_t (*read)(void *arg, char *bytes, size_t n);     /* 0 at the end, -1 on an error */
	void *arg;
};

struct request_field {
	char *name, *text;
};

struct request {
	char *method;
	char *base;          /* where the program is mounted, without a trailing slash: "", "/sse" */
	char *path;          /* what follows it, decoded, without the leading slash */
	char *content_type;
	char *last_event_id; /* the header; NULL when it was not sent */
	char *remote_user;   /* authenticated by the web server; NULL when nobody is */
	char *remote_addr;
	char *host;
	char *origin;        /* the Origin header, NULL without one */
	char *content_length;
	bool htmx;           /* asked for by htmx: a fragment will do */
	struct request_field *query;
	size_t query_count;
	struct buf body;
};

/* Reads all but the body. Owned by the caller, who clears it. */
void request_read(struct request *request, const struct request_source *source);

/*
 * Reads the body: at most CONTENT_LENGTH bytes (RFC 3875 §4.2). false with 411 (no length),
 * 400 (a length that is no number, or a body cut short) or 413 (longer than limit_bytes; not read).
 */
bool request_read_body(struct request *request, const struct request_source *source,
		       size_t limit_bytes, struct problem *problem);

/* The first query field of that name, borrowed, or NULL. */
const char *request_query(const struct request *request, const char *name);

/* Whether the method is the one given, or HEAD where GET is asked for. */
bool request_is(const struct request *request, const char *method);

void request_clear(struct request *request);

#endif
