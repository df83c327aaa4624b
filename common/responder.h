/*
 * responder - the route table: from a request to a short answer, or to a stream.
 */
#ifndef RUNNEL_RESPONDER_H
#define RUNNEL_RESPONDER_H

#include "hub.h"
#include "presence.h"
#include "request.h"
#include "response.h"
#include "site.h"

enum answer {
	ANSWER_SHORT, /* the response is ready to be written */
	ANSWER_STREAM /* open a stream for the stream request */
};

/*
 * Answers a request whose parameters were read; reads its body when it has one. Blocks for the
 * body and for a commit. Thread-safe. The caller clears response and stream request.
 */
enum answer responder_answer(struct site *site, struct presence *presence, struct request *request,
			     const struct request_source *source, struct response *response,
			     struct stream_request *stream);

/* Adds the answer to be sent when there is no site: its configuration or store is broken. */
void responder_refuse(const struct problem *problem, struct buf *out);

#endif
