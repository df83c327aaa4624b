#include "reply.h"

#include "buf.h"
#include "transport.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

void reply_short(int fd, const struct response *response, bool head_only)
{
	struct buf bytes = BUF_INIT, records = BUF_INIT;
	response_encode(response, head_only, &bytes);
	transport_fastcgi.wrap(&records, bytes.data, bytes.len);
	transport_fastcgi.end(&records);
	buf_write(&records, fd); /* or the web server left */
	close(fd);
	buf_clear(&bytes);
	buf_clear(&records);
}

/* An answer that comes of a commit: it outlives the request, and whichever thread commits gives it. */
struct pending {
	struct answer answer;
	struct site *site;
	int fd;
};

static void give_answer(struct store_append *append, enum store_status status)
{
	struct pending *pending = (struct pending *)((char *)append - offsetof(struct pending, answer.publication.append));
	responder_committed(pending->site, &pending->answer, status);
	reply_short(pending->fd, &pending->answer.response, false);
	answer_clear(&pending->answer);
	free(pending);
}

void reply_once_committed(int fd, struct site *site, struct answer *answer)
{
	struct pending *pending = must_alloc(sizeof *pending);
	*pending = (struct pending){ *answer, site, fd };
	*answer = (struct answer)ANSWER_INIT;
	pending->answer.publication.append.committed = give_answer;
	store_append_then(site->store, &pending->answer.publication.append);
}
