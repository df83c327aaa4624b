#include "starting.h"

#include "http.h"
#include "latencies.h"
#include "now.h"
#include "running.h"

#include <stdio.h>
#include <unistd.h>

/* The first bytes of a body: runnel writes a stream's head, first byte and the state it starts with at once. */
static void note_first(void *arg, const char *bytes, size_t n)
{
	uint64_t *first_ns = arg;
	(void)bytes, (void)n;
	if (!*first_ns)
		*first_ns = running_ns();
}

/* From the request to the first byte of the body; 0 when none came. */
static uint64_t start_one(const struct url *url, int number, uint64_t end_ns)
{
	char path[URL_PATH_BYTES + 16], request[URL_PATH_BYTES + 128], answer[65536];
	struct http http = { 0 };
	uint64_t first_ns = 0;
	ssize_t n = 1;
	url_path(url, number, path, sizeof path);
	int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", path);
	int fd = http_connect(url, end_ns);
	uint64_t start_ns = running_ns();
	if (fd >= 0 && http_send(fd, request, (size_t)length, end_ns))
		while (!first_ns && n > 0 && (n = http_receive(fd, answer, sizeof answer, end_ns)) > 0)
			http_feed(&http, answer, (size_t)n, note_first, &first_ns);
	if (fd >= 0)
		close(fd);
	return http.status == 200 && first_ns ? first_ns - start_ns : 0;
}

int starting_run(const struct options *options)
{
	static struct latencies latencies;
	struct url url = url_parse(options->sub);
	uint64_t end_ns = now_ns() + now_span_ns(options->seconds);
	int started = 0, failed = 0;
	while (started < options->events && !failed) {
		uint64_t ns = start_one(&url, started % options->channels, end_ns);
		if (ns) {
			latencies_add(&latencies, ns);
			started++;
		} else {
			failed++;
		}
		usleep(3000); /* the process before ends meanwhile */
	}
	printf("{\"started\":%d,\"failed\":%d,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"paused\":%.2f}\n", started, failed, latencies_ms(&latencies, .5),
	       latencies_ms(&latencies, .99), running_paused());
	return failed;
}
