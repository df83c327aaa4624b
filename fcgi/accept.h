/*
 * accept - takes connections from the web server and answers their requests.
 *
 * A few threads share one waiting room (waiting.h). A thread works on a request once it has arrived whole, or once it
 * can be refused without the rest; whatever a socket does not give or take at once waits in the room, with one deadline
 * for the whole request ([limits] request). So no thread waits for a peer. A stream request leaves for a loop.
 */
#ifndef RUNNEL_ACCEPT_H
#define RUNNEL_ACCEPT_H

#include "handoff.h"
#include "site/scoreboard.h"
#include "site/site.h"

#include <stdbool.h>

struct acceptor;

/*
 * Starts the threads, which accept on a listening socket. Borrows all. NULL, logged, when that
 * fails. All signals must be blocked.
 */
struct acceptor *acceptor_start(int listen_fd, unsigned threads, struct site *site, struct scoreboard *scoreboard, struct handoff *handoff);

/*
 * No new connection is taken; requests that have begun are answered. A connection that the web server keeps goes to
 * another worker (handoff_send() of a request for no channel), once it is idle. Does not block.
 */
void acceptor_drain(struct acceptor *acceptor);

/* Takes an idle connection over from a worker that drains. Does not block. */
void acceptor_adopt(struct acceptor *acceptor, int fd);

/*
 * Takes connections that nobody was told of: the kernel tells one process of each, and that one may have been stopped,
 * or had no descriptor left. Once a second. Does not block.
 */
void acceptor_look(struct acceptor *acceptor);

/* Whether every connection is done with; acceptor_drained_fd() polls readable from then on. */
bool acceptor_drained(struct acceptor *acceptor);
int acceptor_drained_fd(const struct acceptor *acceptor);

#endif
