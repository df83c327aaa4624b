/*
 * load - what many readers and publishers do to a server of Server-Sent Events, on loopback.
 *
 *   load fan --sub URL --pub URL [--readers N] [--events M] [--rate PER_SECOND] [--bytes SIZE] [--stopped K]
 *            [--type MIME] [--cpu NAME=PID,…]… [--idle [--hold SECONDS]]
 *   load publish --pub URL [--connections N] [--events M] [--bytes SIZE]
 *   load start --sub URL [--events M]            time to the first byte of the body, one after the other
 *
 * In a URL, %d is the reader's number (of --channels K, one after the other). Each event carries its number and the
 * moment of its publishing; every reader must get each of its channel's exactly once and in order, or the run is no
 * result: exit code 1. Prints one JSON object. Every loop is bounded by --seconds (60).
 */
#include "http.h"
#include "meter.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PROCESSES_MAX = 4, READ_BYTES = 256 * 1024 };

struct options {
	const char *sub, *pub, *type, *body;
	int readers, events, bytes, stopped, connections, channels, seconds, hold;
	double rate;
	bool idle;
	struct { char name[16]; const char *pids; double before, used; } processes[PROCESSES_MAX];
	int process_count;
};

static struct options options = {
	.type = "text/plain", .body = "%s", .readers = 1000, .events = 1000, .bytes = 200,
	.connections = 64, .channels = 1, .seconds = 60,
};

/* ---- readers ---- */

struct reader {
	int fd;
	struct http http;
	bool gone, stopped;
	int mark;                 /* where in "@NUMBER:NANOSECONDS@" it is */
	uint64_t number, sent_ns;
	int64_t last;             /* the last number that it got */
};

static struct reader *readers;
static int epoll_fd;
static char *read_buffer;
static struct latencies latencies;
static uint64_t delivered, doubled, lost, last_delivery_ns;
static int connected, gone, refused;

static void on_event(struct reader *reader)
{
	uint64_t now = now_ns();
	if ((int64_t)reader->number <= reader->last) {
		doubled++;
		return;
	}
	lost += (uint64_t)((int64_t)reader->number - reader->last - 1);
	reader->last = (int64_t)reader->number;
	delivered++;
	last_delivery_ns = now;
	if (!reader->stopped)
		latencies_add(&latencies, now - reader->sent_ns);
}

static void on_body(void *arg, const char *bytes, size_t n)
{
	struct reader *reader = arg;
	const char *end = bytes + n;
	while (bytes < end) {
		if (reader->mark == 0) {
			bytes = memchr(bytes, '@', (size_t)(end - bytes));
			if (!bytes)
				return;
			bytes++;
			reader->mark = 1;
			reader->number = reader->sent_ns = 0;
			continue;
		}
		char c = *bytes++;
		uint64_t *value = reader->mark == 1 ? &reader->number : &reader->sent_ns;
		if (c >= '0' && c <= '9') {
			*value = *value * 10 + (uint64_t)(c - '0');
		} else if (reader->mark == 1 && c == ':') {
			reader->mark = 2;
		} else {
			if (reader->mark == 2 && c == '@')
				on_event(reader);
			reader->mark = 0;
		}
	}
}

static void open_reader(int number)
{
	char path[1100], request[1400];
	struct reader *reader = &readers[number];
	struct url url = url_parse(options.sub);
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = reader };
	snprintf(path, sizeof path, "%s", url.path);
	char *place = strstr(url.path, "%d");
	if (place)
		snprintf(path, sizeof path, "%.*s%d%s", (int)(place - url.path), url.path, number % options.channels, place + 2);
	int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n", path);
	reader->last = -1;
	reader->stopped = number < options.stopped;
	reader->fd = http_connect(&url);
	if (write(reader->fd, request, (size_t)length) != length)
		refused++;
	fcntl(reader->fd, F_SETFL, O_NONBLOCK);
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, reader->fd, &event);
}

static void read_from(struct reader *reader)
{
	bool before = reader->http.in_body;
	ssize_t n = read(reader->fd, read_buffer, READ_BYTES);
	if (n > 0) {
		http_feed(&reader->http, read_buffer, (size_t)n, on_body, reader);
		if (!before && reader->http.in_body) {
			connected++;
			refused += reader->http.status != 200;
			if (reader->stopped) /* from now on it reads nothing */
				epoll_ctl(epoll_fd, EPOLL_CTL_DEL, reader->fd, NULL);
		}
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		epoll_ctl(epoll_fd, EPOLL_CTL_DEL, reader->fd, NULL);
		reader->gone = true;
		gone++;
	}
}

static void pump(int ms)
{
	struct epoll_event events[512];
	int n = epoll_wait(epoll_fd, events, 512, ms);
	for (int i = 0; i < n; i++)
		read_from(events[i].data.ptr);
}

/* ---- publishing ---- */

static size_t make_request(char *out, size_t size, const struct url *url, int number)
{
	char *text = malloc((size_t)options.bytes + 64), *body = malloc((size_t)options.bytes + 1024);
	int n = sprintf(text, "@%d:%llu@", number, (unsigned long long)now_ns());
	while (n < options.bytes)
		text[n++] = 'x';
	text[n] = '\0';
	int length = snprintf(body, (size_t)options.bytes + 1024, options.body, text);
	int total = snprintf(out, size, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
			     url->path, options.type, length, body);
	free(text);
	free(body);
	return (size_t)total;
}

struct publisher {
	int published, failed;
	uint64_t end_ns, done_ns;
};

/* In a thread of its own: the readers are read meanwhile. One connection, one event after the other. */
static void *publish_all(void *arg)
{
	struct publisher *publisher = arg;
	struct url url = url_parse(options.pub);
	size_t size = (size_t)options.bytes + 4096;
	char *request = malloc(size);
	int fd = http_connect(&url);
	uint64_t next = now_ns();
	for (int i = 0; i < options.events && now_ns() < publisher->end_ns; i++) {
		if (options.rate > 0) {
			while (now_ns() < next)
				usleep((useconds_t)((next - now_ns()) / 1000 + 1));
			next += (uint64_t)(1e9 / options.rate);
		}
		int status = http_post(fd, request, make_request(request, size, &url, i));
		publisher->published += status / 100 == 2;
		publisher->failed += status / 100 != 2;
		if (!status) {
			close(fd);
			fd = http_connect(&url);
		}
	}
	close(fd);
	free(request);
	__atomic_store_n(&publisher->done_ns, now_ns(), __ATOMIC_RELEASE);
	return NULL;
}

/* ---- measuring ---- */

static void start_cpu(void)
{
	for (int i = 0; i < options.process_count; i++)
		options.processes[i].before = cpu_seconds(options.processes[i].pids);
}

static void print_cpu(double per)
{
	for (int i = 0; i < options.process_count; i++) {
		double used = cpu_seconds(options.processes[i].pids) - options.processes[i].before;
		printf(",\"cpu_us_%s\":%.3f", options.processes[i].name, per > 0 ? used * 1e6 / per : used * 1e6);
	}
}

static void print_memory(const uint64_t *before)
{
	for (int i = 0; i < options.process_count; i++) {
		int64_t more = (int64_t)private_bytes(options.processes[i].pids) - (int64_t)before[i];
		printf(",\"bytes_%s\":%.0f", options.processes[i].name, (double)more / options.readers);
	}
}

static bool open_readers(uint64_t end_ns)
{
	readers = calloc((size_t)options.readers, sizeof *readers);
	read_buffer = malloc(READ_BYTES);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < options.readers; i++) {
		open_reader(i);
		if (i % 32 == 31)
			pump(0);
	}
	while (connected + gone < options.readers && now_ns() < end_ns)
		pump(50);
	for (uint64_t settled = now_ns() + 700000000; now_ns() < settled;)
		pump(20);
	return connected == options.readers && !refused;
}

static int fan(void)
{
	uint64_t before[PROCESSES_MAX], start = now_ns(), end = start + (uint64_t)options.seconds * 1000000000;
	struct publisher publisher = { 0, 0, end, 0 };
	pthread_t thread;
	for (int i = 0; i < options.process_count; i++)
		before[i] = private_bytes(options.processes[i].pids);
	bool up = open_readers(end);
	double connect_s = (double)(now_ns() - start) / 1e9 - 0.7;
	printf("{\"readers\":%d,\"connected\":%d,\"refused\":%d,\"connect_s\":%.2f", options.readers, connected, refused, connect_s);
	print_memory(before);
	if (options.idle || !options.pub) {
		printf("}\n");
		for (uint64_t until = now_ns() + (uint64_t)options.hold * 1000000000; now_ns() < until;)
			pump(100);
		return up ? 0 : 1;
	}
	uint64_t expected = (uint64_t)options.events * (uint64_t)(options.readers - options.stopped) / (uint64_t)options.channels;
	start_cpu();
	start = last_delivery_ns = now_ns();
	pthread_create(&thread, NULL, publish_all, &publisher);
	while (now_ns() < end && (delivered < expected || !__atomic_load_n(&publisher.done_ns, __ATOMIC_ACQUIRE)) &&
	       (!publisher.done_ns || now_ns() - last_delivery_ns < 5000000000))
		pump(5);
	pthread_join(thread, NULL);
	double seconds = (double)(last_delivery_ns - start) / 1e9;
	printf(",\"published\":%d,\"failed\":%d,\"publish_s\":%.3f,\"delivered\":%llu,\"expected\":%llu,\"doubled\":%llu,\"lost\":%llu,\"gone\":%d"
	       ",\"seconds\":%.3f,\"per_second\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f",
	       publisher.published, publisher.failed, (double)(publisher.done_ns - start) / 1e9, (unsigned long long)delivered,
	       (unsigned long long)expected, (unsigned long long)doubled, (unsigned long long)lost, gone, seconds,
	       seconds > 0 ? (double)delivered / seconds : 0, latencies_ms(&latencies, .5), latencies_ms(&latencies, .99));
	print_cpu((double)delivered);
	printf("}\n");
	return up && delivered == expected && !doubled && !lost && !publisher.failed ? 0 : 1;
}

/* ---- many publishers ---- */

struct poster {
	int fd;
	struct http http;
	uint64_t started_ns;
};

static void ignore(void *arg, const char *bytes, size_t n)
{
	(void)arg, (void)bytes, (void)n;
}

static int publish_many(void)
{
	struct url url = url_parse(options.pub);
	size_t size = (size_t)options.bytes + 4096;
	char *request = malloc(size), answer[8192];
	struct poster *posters = calloc((size_t)options.connections, sizeof *posters);
	uint64_t start = now_ns(), end = start + (uint64_t)options.seconds * 1000000000;
	int sent = 0, answered = 0, failed = 0;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	start_cpu();
	for (int i = 0; i < options.connections && sent < options.events; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &posters[i] };
		posters[i].fd = http_connect(&url);
		posters[i].started_ns = now_ns();
		size_t n = make_request(request, size, &url, sent++);
		if (write(posters[i].fd, request, n) != (ssize_t)n)
			failed++;
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, posters[i].fd, &event);
	}
	while (answered + failed < options.events && now_ns() < end) {
		struct epoll_event events[64];
		int ready = epoll_wait(epoll_fd, events, 64, 100);
		for (int i = 0; i < ready; i++) {
			struct poster *poster = events[i].data.ptr;
			ssize_t n = read(poster->fd, answer, sizeof answer);
			if (n <= 0) {
				epoll_ctl(epoll_fd, EPOLL_CTL_DEL, poster->fd, NULL);
				failed++;
				continue;
			}
			http_feed(&poster->http, answer, (size_t)n, ignore, NULL);
			if (!poster->http.done)
				continue;
			answered += poster->http.status / 100 == 2;
			failed += poster->http.status / 100 != 2;
			latencies_add(&latencies, now_ns() - poster->started_ns);
			poster->http = (struct http){ 0 };
			if (sent < options.events) {
				poster->started_ns = now_ns();
				size_t bytes = make_request(request, size, &url, sent++);
				if (write(poster->fd, request, bytes) != (ssize_t)bytes)
					failed++;
			}
		}
	}
	double seconds = (double)(now_ns() - start) / 1e9;
	printf("{\"answered\":%d,\"failed\":%d,\"per_second\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f", answered, failed, answered / seconds,
	       latencies_ms(&latencies, .5), latencies_ms(&latencies, .99));
	print_cpu(answered);
	printf("}\n");
	return failed || answered != options.events;
}

/* ---- how long until a stream begins ---- */

static uint64_t first_body_ns;

static void note_first(void *arg, const char *bytes, size_t n)
{
	(void)arg, (void)bytes, (void)n;
	if (!first_body_ns)
		first_body_ns = now_ns();
}

static int start_many(void)
{
	struct url url = url_parse(options.sub);
	uint64_t end = now_ns() + (uint64_t)options.seconds * 1000000000;
	char request[1400], answer[65536];
	int done = 0;
	int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", url.path);
	for (; done < options.events && now_ns() < end; done++) {
		struct http http = { 0 };
		int fd = http_connect(&url);
		uint64_t start = now_ns();
		first_body_ns = 0;
		ssize_t n = write(fd, request, (size_t)length);
		while (!first_body_ns && (n = read(fd, answer, sizeof answer)) > 0)
			http_feed(&http, answer, (size_t)n, note_first, NULL);
		latencies_add(&latencies, first_body_ns - start);
		close(fd);
		if (http.status != 200)
			return 1;
		usleep(3000); /* the process before ends meanwhile */
	}
	printf("{\"started\":%d,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n", done, latencies_ms(&latencies, .5), latencies_ms(&latencies, .99));
	return 0;
}

/* ---- arguments ---- */

static void add_process(char *text)
{
	char *equals = strchr(text, '=');
	if (!equals || options.process_count == PROCESSES_MAX)
		return;
	snprintf(options.processes[options.process_count].name, 16, "%.*s", (int)(equals - text), text);
	options.processes[options.process_count++].pids = equals + 1;
}

static void read_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "sub", 1, NULL, 's' }, { "pub", 1, NULL, 'p' }, { "type", 1, NULL, 't' }, { "body", 1, NULL, 'b' },
		{ "readers", 1, NULL, 'n' }, { "events", 1, NULL, 'm' }, { "bytes", 1, NULL, 'z' }, { "stopped", 1, NULL, 'k' },
		{ "connections", 1, NULL, 'c' }, { "channels", 1, NULL, 'C' }, { "seconds", 1, NULL, 'S' }, { "rate", 1, NULL, 'r' },
		{ "cpu", 1, NULL, 'u' }, { "idle", 0, NULL, 'i' }, { "hold", 1, NULL, 'H' }, { NULL, 0, NULL, 0 },
	};
	int option;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 's': options.sub = optarg; break;
		case 'p': options.pub = optarg; break;
		case 't': options.type = optarg; break;
		case 'b': options.body = optarg; break;
		case 'n': options.readers = atoi(optarg); break;
		case 'm': options.events = atoi(optarg); break;
		case 'z': options.bytes = atoi(optarg); break;
		case 'k': options.stopped = atoi(optarg); break;
		case 'c': options.connections = atoi(optarg); break;
		case 'C': options.channels = atoi(optarg); break;
		case 'S': options.seconds = atoi(optarg); break;
		case 'r': options.rate = atof(optarg); break;
		case 'u': add_process(optarg); break;
		case 'i': options.idle = true; break;
		case 'H': options.hold = atoi(optarg); break;
		default: exit(64);
		}
	}
}

int main(int argc, char **argv)
{
	struct rlimit files = { 1 << 20, 1 << 20 };
	setrlimit(RLIMIT_NOFILE, &files);
	read_options(argc, argv);
	const char *command = optind < argc ? argv[optind] : "";
	if (strcmp(command, "fan") == 0 && options.sub)
		return fan();
	if (strcmp(command, "publish") == 0 && options.pub)
		return publish_many();
	if (strcmp(command, "start") == 0 && options.sub)
		return start_many();
	fprintf(stderr, "usage: load fan|publish|start --sub URL --pub URL … (see load.c)\n");
	return 64;
}
