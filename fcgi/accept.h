/*
 * accept - takes requests from the web server, with libfcgi in its normal blocking form.
 *
 * A few threads accept, read and answer short requests; a stream request leaves libfcgi and is
 * parked. The only file that knows fcgiapp.h.
 */
#ifndef RUNNEL_ACCEPT_H
#define RUNNEL_ACCEPT_H

#include "handoff.h"
#include "presence.h"
#include "site.h"

#include <stdbool.h>

struct acceptor;

/*
 * Starts the threads, which accept on a listening socket. Borrows all. NULL, logged, when that
 * fails. All signals must be blocked.
 */
struct acceptor *acceptor_start(int listen_fd, unsigned threads, struct site *site, struct presence *presence, struct handoff *handoff);

/* No thread accepts another request; those in work are answered. Does not block. */
void acceptor_drain(struct acceptor *acceptor);

/* Whether every thread has answered its last request; acceptor_drained_fd() polls readable from then on. */
bool acceptor_drained(struct acceptor *acceptor);
int acceptor_drained_fd(const struct acceptor *acceptor);

#endif
