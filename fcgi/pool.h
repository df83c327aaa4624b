/*
 * pool - the master: keeps N workers on one listening socket.
 */
#ifndef RUNNEL_POOL_H
#define RUNNEL_POOL_H

#include "config.h"

/*
 * Forks the workers and watches over them: one that dies is started again; SIGTERM, SIGINT and
 * SIGQUIT drain and end them all; SIGHUP replaces them one by one, with the configuration read anew. Returns
 * the exit code of the process, in the master. Blocks until then.
 */
int pool_run(unsigned workers, int listen_fd, struct config *config);

#endif
