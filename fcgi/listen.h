/*
 * listen - the socket on which the web server finds us.
 */
#ifndef RUNNEL_LISTEN_H
#define RUNNEL_LISTEN_H

/*
 * Makes a listening unix socket with that mode. A socket that nobody serves any more is replaced; anything
 * else in its place is not. -1, logged.
 */
int listen_on(const char *path, unsigned mode);

/* Checks a listening socket that was handed to us and deepens its backlog. -1, logged. */
int listen_inherited(int fd);

#endif
