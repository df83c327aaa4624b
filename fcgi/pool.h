/*
 * pool - the master: keeps N workers on one listening socket.
 */
#ifndef RUNNEL_POOL_H
#define RUNNEL_POOL_H

#include "site/config.h"

/*
 * Forks the workers and watches over them: one that dies or stays stopped is replaced; SIGTERM, SIGINT and
 * SIGQUIT drain and end them all; SIGHUP replaces them one by one, with the configuration read anew. All signals must
 * be blocked. Takes the configuration's content. Returns the exit code of the process, in the master; blocks until then.
 */
int pool_run(unsigned workers, int listen_fd, struct config *config);

#endif
