/*
 * reply - a short answer on a connection that libfcgi has let go of.
 *
 * Written as our own records, as for a stream, and closed: FCGX_Finish_r() would wait until the web server has closed
 * its side, and one that is busy would hold all our threads. The request was read to its end, so nothing is reset.
 */
#ifndef RUNNEL_REPLY_H
#define RUNNEL_REPLY_H

#include "responder.h"

#include <stdbool.h>

/* Takes the descriptor. Blocks while the web server takes nothing, which a short answer does not need. */
void reply_short(int fd, const struct response *response, bool head_only);

/*
 * Starts the commit that the answer comes of, and takes it with the descriptor. Whichever thread commits
 * replies: this one goes on, unless it is the one (store_append_then()).
 */
void reply_once_committed(int fd, struct site *site, struct answer *answer);

#endif
