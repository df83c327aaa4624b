/* http - as much of an HTTP/1.1 client as a load needs, on loopback only. */
#ifndef RUNNEL_BENCH_HTTP_H
#define RUNNEL_BENCH_HTTP_H

#include <stdbool.h>
#include <stddef.h>

struct url {
	int port;
	char path[1024];
};

/* Ends the program unless it is http://127.0.0.1:PORT/…: a load goes nowhere else. */
struct url url_parse(const char *text);

/* A connected, blocking socket. Sources are spread over 127.0.0.x: one address has 28,000 ports. */
int http_connect(const struct url *url);

/* Reads an answer as it comes: the head, then the body, chunked or not. */
struct http {
	bool in_body, chunked, has_length;
	int status;
	size_t left;        /* of the body, or of the chunk */
	int chunk_state;
	bool done;          /* the body is whole */
	size_t head_bytes;
	char head[1024];
};

typedef void http_body(void *arg, const char *bytes, size_t n);
void http_feed(struct http *http, const char *bytes, size_t n, http_body *body, void *arg);

/* Sends one request with a body and reads the whole answer; the connection stays open. The status, or 0. */
int http_post(int fd, const char *request, size_t bytes);

#endif
