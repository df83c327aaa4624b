/*
 * wire - one request to runnel over either transport, as a web server would send it.
 *
 * The CGI program is started with the environment of RFC 3875; the FastCGI pool is started once a
 * test and spoken to in records. Either way `raw` is what the program wrote: head and body.
 */
#ifndef RUNNEL_TESTS_WIRE_H
#define RUNNEL_TESTS_WIRE_H

#include "base/buf.h"

#include <stdbool.h>
#include <sys/types.h>

enum wire_transport { WIRE_CGI, WIRE_FASTCGI, WIRE_TRANSPORTS };

/* What a test runs against: programs, a store, a configuration. */
struct wire_host {
	enum wire_transport transport;
	char *folder;  /* holds the store, the configuration and the socket */
	pid_t pool;    /* runnel.fcgi, 0 for CGI */
	unsigned workers;
};

struct wire_request {
	const char *method, *path, *query, *type, *last_event_id, *user, *encoding, *length; /* NULL: left out; length: instead of the right one */
	const char *body;
	size_t body_bytes; /* 0: strlen(body) */
	unsigned silent_ms; /* FastCGI: between connecting and the first byte */
	bool htmx;
	bool keep;          /* FastCGI: FCGI_KEEP_CONN */
	unsigned id;        /* FastCGI: of the request; 0: 1 */
	const char *uri, *script;      /* REQUEST_URI; SCRIPT_NAME instead of /base */
	bool unproven;                 /* the user comes without AUTH_TYPE */
	const char *const *more;       /* "NAME=VALUE", NULL after the last: further parameters, before the others */
};

struct wire {
	struct wire_host *host;
	int fd;            /* what the program writes comes here */
	pid_t pid;         /* the CGI process, 0 for FastCGI */
	struct buf raw;    /* decoded */
	struct buf record; /* FastCGI: bytes of a record that is not complete */
	bool unfinished;   /* the end of the request's body was not sent */
	unsigned id;       /* FastCGI: of the request that is answered; 0: 1 */
	bool ended;        /* the program said that the answer is whole */
};

/* The configuration text may be NULL. For FastCGI, with one worker. */
void wire_host_start(struct wire_host *host, enum wire_transport transport, const char *config);
/* FastCGI with several workers. */
void wire_host_start_workers(struct wire_host *host, const char *config, unsigned workers);
/* The same as the first with the store in another folder. */
void wire_host_start_on(struct wire_host *host, enum wire_transport transport, const char *config, const char *store);
void wire_host_start_workers_on(struct wire_host *host, const char *config, const char *store, unsigned workers);
/* FastCGI: another pool on the socket of one that was killed. */
void wire_host_start_again(struct wire_host *host);
void wire_host_stop(struct wire_host *host);

void wire_open(struct wire *wire, struct wire_host *host, const struct wire_request *request);
/* FastCGI: the body does not end. */
void wire_open_unfinished(struct wire *wire, struct wire_host *host, const struct wire_request *request);

/* ---- FastCGI by hand ---- */

/* A connection to the pool; -1 with errno set. */
int wire_connect(const struct wire_host *host);

/* Adds the records of a whole request. */
void wire_records(struct buf *out, const struct wire_request *request);

/* Reads answers on a connection, which it takes. */
void wire_on(struct wire *wire, struct wire_host *host, int fd);

/* Sends the next request on a connection that is kept, and forgets the last answer. */
void wire_again(struct wire *wire, const struct wire_request *request);

/* ---- reading ---- */

/* Reads what is there within the time; false at the end. */
bool wire_reads(struct wire *wire, int ms);

/* Reads until the text is there; false after twenty seconds, or at the end without it. */
bool wire_sees(struct wire *wire, const char *text);

/* Reads for that long. */
void wire_listen(struct wire *wire, int ms);

/* Reads until the answer is whole; false after twenty seconds without that. */
bool wire_ends(struct wire *wire);

/* Hangs up, as a web server whose client left. true when the program noticed: its process or its stream is gone. */
bool wire_hang_up(struct wire *wire);

/* A whole exchange; the answer, from its first header on, is the caller's to free. */
char *wire_answer(struct wire_host *host, const struct wire_request *request);

/* Open streams of all processes, as /metrics says. */
unsigned wire_open_streams(struct wire_host *host);

/* How often the text stands in what was read. */
int wire_count(const struct wire *wire, const char *text);

#endif
