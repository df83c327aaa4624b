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

/* Removes the socket of listen_on(), unless another process has put its own in that place meanwhile. */
void listen_off(const char *path);

/*
 * The listening socket that was handed to us, with a deeper backlog: standard input, or else the first of
 * LISTEN_FDS (sd_listen_fds(3)) that is one. -1, logged.
 */
int listen_inherited(void);

#endif
