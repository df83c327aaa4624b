/*
 * responder - the route table: from a request to its answer, which is short, a stream, or comes of a commit.
 */
#ifndef RUNNEL_RESPONDER_H
#define RUNNEL_RESPONDER_H

#include "stream/hub.h"
#include "site/scoreboard.h"
#include "api/publish.h"
#include "http/request.h"
#include "http/response.h"
#include "site/site.h"

struct answer {
	enum answer_kind {
		ANSWER_SHORT,  /* the response is ready to be written */
		ANSWER_STREAM, /* open a stream for the stream request */
		ANSWER_COMMIT, /* commit the publication: responder_committed() then makes the response */
		ANSWER_LATER   /* none yet: ask again when more of the body is there (REQUEST_LATER) */
	} kind;
	struct response response;
	struct stream_request stream;
	struct publication publication;
};

#define ANSWER_INIT { ANSWER_SHORT, RESPONSE_INIT, STREAM_REQUEST_INIT, PUBLICATION_INIT }

/*
 * Answers a request whose parameters were read; reads its body when it has one. Waits for the body if the
 * source does, never for a commit. The answer needs nothing of the request any more. Thread-safe.
 */
void responder_answer(struct site *site, struct scoreboard *scoreboard, struct request *request,
		      const struct request_source *source, struct answer *answer);
void responder_committed(const struct site *site, struct answer *answer, enum store_status status);

void answer_clear(struct answer *answer);

/* The longest body that any route reads. */
size_t responder_body_max(const struct config *config);

/* Adds the answer to be sent when there is no site: its configuration or store is broken. */
void responder_refuse(const struct problem *problem, struct buf *out);

#endif
