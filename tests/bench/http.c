#include "http.h"

#include "now.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
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

bool url_numbered(const struct url *url)
{
	return strstr(url->path, "%d") != NULL;
}

void url_path(const struct url *url, int number, char *path, size_t size)
{
	const char *place = strstr(url->path, "%d");
	if (place)
		snprintf(path, size, "%.*s%d%s", (int)(place - url->path), url->path, number, place + 2);
	else
		snprintf(path, size, "%s", url->path);
}

/* ---- the socket ---- */

static bool wait_for(int fd, short events, uint64_t end_ns)
{
	struct pollfd ready = { .fd = fd, .events = events };
	int n;
	do
		n = poll(&ready, 1, now_ms_until(end_ns, INT_MAX));
	while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0;
}

static bool connect_until(int fd, const struct sockaddr_in *to, uint64_t end_ns)
{
	int error = 0;
	socklen_t size = sizeof error;
	if (connect(fd, (const struct sockaddr *)to, sizeof *to) == 0)
		return true;
	if (errno != EINPROGRESS || !wait_for(fd, POLLOUT, end_ns))
		return false;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	errno = error;
	return error == 0;
}

/* The kernel looks for a free port one by one: an address with many of them taken is slow to connect from. */
enum { CONNECTIONS_OF_ADDRESS = 2000 };

int http_connect(const struct url *url, uint64_t end_ns)
{
	static unsigned frames;
	struct sockaddr_in from = { .sin_family = AF_INET }, to = { .sin_family = AF_INET };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + frames++ / CONNECTIONS_OF_ADDRESS);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)url->port);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&from, sizeof from) == 0 && connect_until(fd, &to, end_ns))
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

bool http_send(int fd, const char *bytes, size_t n, uint64_t end_ns)
{
	while (n) {
		ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
		if (sent >= 0) {
			bytes += sent;
			n -= (size_t)sent;
		} else if (errno != EINTR && (errno != EAGAIN || !wait_for(fd, POLLOUT, end_ns))) {
			return false;
		}
	}
	return true;
}

ssize_t http_receive(int fd, char *bytes, size_t n, uint64_t end_ns)
{
	return wait_for(fd, POLLIN, end_ns) ? recv(fd, bytes, n, 0) : -1;
}

/* ---- the answer ---- */

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
			if (body)
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
	if (body)
		body(arg, bytes, n);
	if (http->has_length) {
		http->left -= n < http->left ? n : http->left;
		http->done = http->left == 0;
	}
}
