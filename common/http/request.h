/*
 * request - what the web server says that somebody asked for (RFC 3875 §4.1).
 *
 * The same for CGI and FastCGI: both hand over named parameters and a body. Only what
 * runnel uses is copied; the source may go away afterwards.
 */
#ifndef RUNNEL_REQUEST_H
#define RUNNEL_REQUEST_H

#include "base/buf.h"
#include "http/mount.h"
#include "base/problem.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What a source has instead of bytes. */
enum request_wait {
	REQUEST_LATER = -2, /* they are still on their way: ask again when more are there */
	REQUEST_LATE = -3   /* the request's time is over */
};

/* Where a request comes from. read() waits until the request's time is over at the longest. */
struct request_source {
	char *const *parameters; /* "NAME=VALUE", NULL after the last: environ of a CGI program, envp of libfcgi. Borrowed */
	ssize_t (*read)(void *arg, char *bytes, size_t n);     /* 0 at the end, -1 on an error, or an enum request_wait */
	void *arg;
};

struct request_field {
	char *name, *text;
};

struct request {
	char *method;
	char *script_name, *path_info, *request_uri; /* as they came; NULL when they did not */
	struct mount mount;  /* what request_find() makes of them */
	char *content_type;
	char *last_event_id; /* the header; NULL when it was not sent */
	char *user;          /* whom the web server authenticated; NULL when nobody is */
	bool user_unproven;  /* a REMOTE_USER came, but no login: without AUTH_TYPE, or two that differ */
	char *remote_addr;
	bool forwarded;      /* a proxy says that it passed this on: remote_addr is the proxy's */
	char *origin, *fetch_site, *host, *server_port, *scheme, *https, *forwarded_proto, *forwarded_host; /* see origin.h */
	char *content_length;
	char *content_encoding;
	bool htmx;           /* asked for by htmx: a fragment will do */
	bool later;          /* the body was asked for, and has not arrived whole yet (REQUEST_LATER) */
	struct request_field *query;
	size_t query_count;
	bool query_has_nul;  /* then a field's text is not what was sent */
	struct buf body;
};

/*
 * Reads all but the body. Owned by the caller, who clears it.
 *
 * A user is who has both AUTH_TYPE and REMOTE_USER (RFC 3875 §4.1.1, §4.1.11): nginx fills REMOTE_USER from any
 * Authorization header, unchecked. Where a parameter comes twice the first counts, but two REMOTE_USER are nobody:
 * one of them may be what a client made up.
 */
void request_read(struct request *request, const struct request_source *source);

/* Sets request->mount: [site] base is NULL where it is not set. As mount_find(). */
enum mount_result request_find(struct request *request, const char *site_base, struct problem *problem);

/* Whether the client is this machine itself: a loopback address (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3), and no proxy between. */
bool request_is_local(const struct request *request);

/* As origin_is_own(). */
bool request_is_from_own_page(const struct request *request);

/*
 * Reads the body: at most CONTENT_LENGTH bytes (RFC 3875 §4.2), or where none is told (absent, empty, or -1: a chunked
 * body) all that comes. false with 411 (no length, and no body either), 400 (a length that is no number, or a body cut
 * short), 408 (it takes too long) or 413 (longer than limit_bytes; not read). Where it has not arrived whole,
 * false without a problem, and request->later.
 */
bool request_read_body(struct request *request, const struct request_source *source,
		       size_t limit_bytes, struct problem *problem);

/* The first query field of that name, borrowed, or NULL. */
const char *request_query(const struct request *request, const char *name);

/* Whether the method is the one given, or HEAD where GET is asked for. */
bool request_is(const struct request *request, const char *method);

void request_clear(struct request *request);

#endif
