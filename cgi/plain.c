/*
 * CGI adds nothing to the answer, and the end of the process is the end of it.
 */
#include "plain.h"

static void wrap(struct buf *out, const char *bytes, size_t n)
{
	buf_add(out, bytes, n);
}

static void end(struct buf *out)
{
	(void)out;
}

/* A pipe whose reader left says EPOLLERR, a socket EPOLLHUP; mod_cgid half-closes its socket long before. */
const struct transport transport_cgi = { "cgi", wrap, end, 0, true, NULL };
