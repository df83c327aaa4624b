/*
 * reply - a short answer, as records in its connection.
 */
#ifndef RUNNEL_REPLY_H
#define RUNNEL_REPLY_H

#include "connection.h"
#include "page/responder.h"

#include <stdbool.h>

/* Puts the answer into the connection, which writes from then on. Writes nothing itself. */
void reply_short(struct connection *connection, const struct response *response, bool head_only);

/*
 * Starts the commit that the answer comes of, and takes it with the connection. Whichever thread commits replies, and
 * hands the connection to `replied`: this one goes on, unless it is the one (store_append_then()).
 */
void reply_once_committed(struct connection *connection, struct site *site, struct answer *answer,
			  void (*replied)(void *arg, struct connection *connection), void *arg);

#endif
