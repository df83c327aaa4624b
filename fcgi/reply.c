#include "reply.h"

#include "record.h"

#include <stddef.h>
#include <stdlib.h>

void reply_short(struct connection *connection, const struct response *response, bool head_only)
{
	struct buf bytes = BUF_INIT, *out = &connection->out;
	size_t before = out->len;
	response_encode(response, head_only, &bytes);
	transport_fastcgi.wrap(out, bytes.data, bytes.len);
	transport_fastcgi.end(out);
	transport_fastcgi.address(out->data + before, out->len - before, connection->incoming.id);
	connection->state = CONNECTION_WRITING;
	buf_clear(&bytes);
}

/* An answer that comes of a commit: it outlives the request. */
struct pending {
	struct answer answer;
	struct site *site;
	struct connection *connection;
	void (*replied)(void *arg, struct connection *connection);
	void *arg;
};

static void give_answer(struct store_append *append, enum store_status status)
{
	struct pending *pending = (struct pending *)((char *)append - offsetof(struct pending, answer.publication.append));
	responder_committed(pending->site, &pending->answer, status);
	reply_short(pending->connection, &pending->answer.response, false);
	pending->replied(pending->arg, pending->connection);
	answer_clear(&pending->answer);
	free(pending);
}

void reply_once_committed(struct connection *connection, struct site *site, struct answer *answer,
			  void (*replied)(void *arg, struct connection *connection), void *arg)
{
	struct pending *pending = must_alloc(sizeof *pending);
	*pending = (struct pending){ *answer, site, connection, replied, arg };
	*answer = (struct answer)ANSWER_INIT;
	pending->answer.publication.append.committed = give_answer;
	store_append_then(site->store, &pending->answer.publication.append);
}
