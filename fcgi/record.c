/*
 * The records of an answer are small: lighttpd and h2o pass a record on only when it is complete.
 *
 * What transport_fastcgi wraps belongs to request 1, so that the bytes are the same for all readers and can be
 * shared. nginx, Apache and lighttpd use no other id; HAProxy counts on (3, 5, …) on a connection that is kept,
 * and whoever answers it addresses a copy.
 */
#include "record.h"

#include "stream/transport.h"

#include <string.h>
#include <sys/epoll.h>

enum {
	RECORD_VERSION = 1,
	SHARED_REQUEST_ID = 1,
	ANSWER_CONTENT_MAX = 16 * 1024,
};

struct record_head record_head_read(const char *bytes)
{
	const unsigned char *b = (const unsigned char *)bytes;
	return (struct record_head){ b[0], b[1], (unsigned)b[2] << 8 | b[3], (size_t)b[4] << 8 | b[5], b[6] };
}

void record_add_head(struct buf *out, enum record_type type, unsigned id, size_t content)
{
	const char bytes[RECORD_HEAD_BYTES] = {
		RECORD_VERSION, (char)type, (char)(id >> 8), (char)id,
		(char)(content >> 8), (char)(content & 0xff), 0 /* padding */, 0,
	};
	buf_add(out, bytes, sizeof bytes);
}

void record_add(struct buf *out, enum record_type type, unsigned id, const char *bytes, size_t n, size_t content_max)
{
	while (n) {
		size_t content = n < content_max ? n : content_max;
		record_add_head(out, type, id, content);
		buf_add(out, bytes, content);
		bytes += content;
		n -= content;
	}
}

void record_add_end(struct buf *out, unsigned id, enum record_end how)
{
	const char content[8] = { 0, 0, 0, 0 /* the status of the program */, (char)how };
	record_add_head(out, RECORD_END_REQUEST, id, sizeof content);
	buf_add(out, content, sizeof content);
}

/* ---- the transport of an answer ---- */

static void wrap(struct buf *out, const char *bytes, size_t n)
{
	record_add(out, RECORD_STDOUT, SHARED_REQUEST_ID, bytes, n, ANSWER_CONTENT_MAX);
}

/* An empty STDOUT record ends the answer. */
static void end(struct buf *out)
{
	record_add_head(out, RECORD_STDOUT, SHARED_REQUEST_ID, 0);
	record_add_end(out, SHARED_REQUEST_ID, RECORD_REQUEST_COMPLETE);
}

static void address(char *bytes, size_t n, unsigned id)
{
	for (size_t at = 0; at + RECORD_HEAD_BYTES <= n;) {
		struct record_head head = record_head_read(bytes + at);
		bytes[at + 2] = (char)(id >> 8);
		bytes[at + 3] = (char)id;
		at += RECORD_HEAD_BYTES + head.content + head.padding;
	}
}

/*
 * The request was read to its end: a byte or an end from the web server's side now says that the
 * client left (lighttpd passes a FIN on as a half-closed connection, HAProxy sends ABORT_REQUEST).
 */
const struct transport transport_fastcgi = { "fastcgi", wrap, end, EPOLLIN | EPOLLRDHUP, false, address };
