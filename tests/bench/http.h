/*
 * http - as much of an HTTP/1.1 client as a load needs, on loopback only.
 *
 * Sockets do not block. Whoever waits for one says until when, by now.h's clock: a web server that is out of
 * descriptors accepts nothing and answers nothing, and a benchmark must end then too.
 */
#ifndef RUNNEL_BENCH_HTTP_H
#define RUNNEL_BENCH_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { URL_PATH_BYTES = 1024 };

struct url {
	int port;
	char path[URL_PATH_BYTES];
};

/* Ends the program unless it is http://127.0.0.1:PORT/…: a load goes nowhere else. */
struct url url_parse(const char *text);

/* The path with the number in the place of its %d. */
bool url_numbered(const struct url *url);
void url_path(const struct url *url, int number, char *path, size_t size);

/* A connected socket, or -1 with errno. Sources are spread over 127.0.0.x: one address has 28,000 ports. */
int http_connect(const struct url *url, uint64_t end_ns);

/* All of it was sent. */
bool http_send(int fd, const char *bytes, size_t n, uint64_t end_ns);

/* As read(2); -1 with ETIMEDOUT when nothing came in time. */
ssize_t http_receive(int fd, char *bytes, size_t n, uint64_t end_ns);

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

/* May be NULL. */
typedef void http_body(void *arg, const char *bytes, size_t n);
void http_feed(struct http *http, const char *bytes, size_t n, http_body *body, void *arg);

#endif
