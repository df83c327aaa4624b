/*
 * FastCGI records of a stream that was parked (FastCGI 1.0 §3.3, §5.3, §5.5).
 *
 * Every web server uses request id 1 and one request a connection (FACTS), so the bytes are
 * the same for all readers and can be shared. lighttpd and h2o pass a record on only when it
 * is complete: records stay small, yet hold many frames.
 */
#include "transport.h"

#include <sys/epoll.h>

enum {
	RECORD_VERSION = 1, RECORD_END_REQUEST = 3, RECORD_STDOUT = 6,
	RECORD_REQUEST_ID = 1,
	RECORD_CONTENT_MAX = 16 * 1024,
};

static void head(struct buf *out, unsigned type, size_t content)
{
	const char bytes[8] = {
		RECORD_VERSION, (char)type, 0, RECORD_REQUEST_ID,
		(char)(content >> 8), (char)(content & 0xff), 0 /* padding */, 0,
	};
	buf_add(out, bytes, sizeof bytes);
}

static void wrap(struct buf *out, const char *bytes, size_t n)
{
	while (n) {
		size_t content = n < RECORD_CONTENT_MAX ? n : RECORD_CONTENT_MAX;
		head(out, RECORD_STDOUT, content);
		buf_add(out, bytes, content);
		bytes += content;
		n -= content;
	}
}

/* An empty STDOUT record ends the answer; status 0 and FCGI_REQUEST_COMPLETE end the request. */
static void end(struct buf *out)
{
	static const char complete[8];
	head(out, RECORD_STDOUT, 0);
	head(out, RECORD_END_REQUEST, sizeof complete);
	buf_add(out, complete, sizeof complete);
}

/*
 * The request was read to its end: a byte or an end from the web server's side now says that the
 * client left (lighttpd passes a FIN on as a half-closed connection).
 */
const struct transport transport_fastcgi = { "fastcgi", wrap, end, EPOLLIN | EPOLLRDHUP, false };
