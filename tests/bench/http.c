#include "http.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct url url_parse(const char *text)
{
	struct url url = { 0, "/" };
	if (sscanf(text, "http://127.0.0.1:%d%1023s", &url.port, url.path) < 1) {
		fprintf(stderr, "load: \"%s\" is not http://127.0.0.1:PORT/PATH\n", text);
		exit(64);
	}
	return url;
}

int http_connect(const struct url *url)
{
	static unsigned turn;
	struct sockaddr_in from = { .sin_family = AF_INET }, to = { .sin_family = AF_INET };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + turn++ / 20000);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)url->port);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&from, sizeof from) < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
		perror("load: connecting");
		exit(69);
	}
	return fd;
}

static void read_head(struct http *http)
{
	const char *length = strcasestr(http->head, "\r\nContent-Length:");
	http->status = atoi(http->head + 9);
	http->chunked = strcasestr(http->head, "\r\nTransfer-Encoding: chunked") != NULL;
	http->has_length = length != NULL;
	http->left = length ? strtoul(length + 17, NULL, 10) : 0;
	http->in_body = true;
	http->done = http->has_length && http->left == 0;
}

/* The head goes byte by byte to its end; what is left of the input is the body's. */
static size_t feed_head(struct http *http, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (http->head_bytes < sizeof http->head - 1)
			http->head[http->head_bytes++] = bytes[i];
		if (http->head_bytes >= 4 && memcmp(http->head + http->head_bytes - 4, "\r\n\r\n", 4) == 0) {
			http->head[http->head_bytes - 2] = '\0';
			read_head(http);
			return i + 1;
		}
	}
	return n;
}

enum { CHUNK_SIZE, CHUNK_DATA, CHUNK_END };

static void feed_chunks(struct http *http, const char *bytes, size_t n, http_body *body, void *arg)
{
	while (n && !http->done) {
		if (http->chunk_state == CHUNK_DATA) {
			size_t part = n < http->left ? n : http->left;
			body(arg, bytes, part);
			bytes += part;
			n -= part;
			http->left -= part;
			if (!http->left)
				http->chunk_state = CHUNK_END;
			continue;
		}
		char c = *bytes++;
		n--;
		if (http->chunk_state == CHUNK_END) {
			if (c == '\n')
				http->chunk_state = CHUNK_SIZE;
		} else if (c == '\n') {
			http->done = http->left == 0;
			http->chunk_state = CHUNK_DATA;
		} else if (isxdigit((unsigned char)c)) {
			http->left = http->left * 16 + (size_t)(isdigit((unsigned char)c) ? c - '0' : tolower(c) - 'a' + 10);
		}
	}
}

void http_feed(struct http *http, const char *bytes, size_t n, http_body *body, void *arg)
{
	if (!http->in_body) {
		size_t head = feed_head(http, bytes, n);
		bytes += head;
		n -= head;
	}
	if (!http->in_body || !n)
		return;
	if (http->chunked) {
		feed_chunks(http, bytes, n, body, arg);
		return;
	}
	body(arg, bytes, n);
	if (http->has_length) {
		http->left -= n < http->left ? n : http->left;
		http->done = http->left == 0;
	}
}

static void ignore(void *arg, const char *bytes, size_t n)
{
	(void)arg, (void)bytes, (void)n;
}

int http_post(int fd, const char *request, size_t bytes)
{
	struct http http = { 0 };
	char answer[4096];
	if (write(fd, request, bytes) != (ssize_t)bytes)
		return 0;
	while (!http.done) {
		ssize_t n = read(fd, answer, sizeof answer);
		if (n <= 0)
			return 0;
		http_feed(&http, answer, (size_t)n, ignore, NULL);
	}
	return http.status;
}
