#include "wire.h"

#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PARAMETERS_MAX = 32 };
enum { PATIENCE_MS = 20000 }; /* machines are paused for seconds */

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the host ---- */

int wire_connect(const struct wire_host *host)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", host->folder);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	close(fd);
	return -1;
}

static void start_pool(struct wire_host *host)
{
	char socket_path[256], workers[16];
	snprintf(socket_path, sizeof socket_path, "%s/socket", host->folder);
	snprintf(workers, sizeof workers, "%u", host->workers);
	host->pool = fork();
	if (host->pool == 0) {
		execl("fcgi/runnel.fcgi", "runnel.fcgi", "--workers", workers, "--listen", socket_path, (char *)NULL);
		_exit(127);
	}
	for (int64_t end = now_ms() + PATIENCE_MS; now_ms() < end && waitpid(host->pool, NULL, WNOHANG) == 0; usleep(5000)) {
		int fd = wire_connect(host);
		if (fd >= 0) {
			close(fd);
			return;
		}
	}
	ck_abort_msg("runnel.fcgi does not listen");
}

static void start_host(struct wire_host *host, enum wire_transport transport, const char *config, const char *store, unsigned workers)
{
	char path[256];
	*host = (struct wire_host){ transport, folder_new(), 0, workers };
	snprintf(path, sizeof path, "%s/runnel.conf", host->folder);
	FILE *file = fopen(path, "w");
	fputs(config ? config : "", file);
	fclose(file);
	setenv("RUNNEL_CONFIG", path, 1);
	setenv("RUNNEL_STORE", store ? store : host->folder, 1);
	if (transport == WIRE_FASTCGI)
		start_pool(host);
}

void wire_host_start(struct wire_host *host, enum wire_transport transport, const char *config)
{
	start_host(host, transport, config, NULL, 1);
}

void wire_host_start_on(struct wire_host *host, enum wire_transport transport, const char *config, const char *store)
{
	start_host(host, transport, config, store, 1);
}

void wire_host_start_workers(struct wire_host *host, const char *config, unsigned workers)
{
	start_host(host, WIRE_FASTCGI, config, NULL, workers);
}

void wire_host_start_workers_on(struct wire_host *host, const char *config, const char *store, unsigned workers)
{
	start_host(host, WIRE_FASTCGI, config, store, workers);
}

void wire_host_start_again(struct wire_host *host)
{
	start_pool(host);
}

void wire_host_stop(struct wire_host *host)
{
	if (host->pool) {
		kill(host->pool, SIGTERM);
		waitpid(host->pool, NULL, 0);
	}
	folder_remove(host->folder);
}

/* ---- parameters ---- */

struct parameter {
	const char *name, *value;
};

static size_t list_parameters(const struct wire_request *request, struct parameter *out, char *length)
{
	sprintf(length, "%zu", request->body ? request->body_bytes ? request->body_bytes : strlen(request->body) : 0);
	struct parameter all[] = {
		{ "GATEWAY_INTERFACE", "CGI/1.1" }, { "REQUEST_METHOD", request->method ? request->method : request->body ? "POST" : "GET" },
		{ "SCRIPT_NAME", request->script ? request->script : "/base" }, { "PATH_INFO", request->path }, { "QUERY_STRING", request->query ? request->query : "" },
		{ "REMOTE_ADDR", "127.0.0.1" }, { "HTTP_HOST", "localhost" }, { "CONTENT_TYPE", request->type },
		{ "CONTENT_LENGTH", request->length ? request->length : request->body ? length : "" },
		{ "HTTP_LAST_EVENT_ID", request->last_event_id }, { "REMOTE_USER", request->user },
		{ "AUTH_TYPE", request->user && !request->unproven ? "Basic" : NULL }, { "REQUEST_URI", request->uri }, { "HTTP_CONTENT_ENCODING", request->encoding }, { "HTTP_HX_REQUEST", request->htmx ? "true" : NULL },
	};
	size_t n = 0;
	for (const char *const *more = request->more; more && *more; more++) {
		static char names[PARAMETERS_MAX][64]; /* of the one request that is being written */
		snprintf(names[n], sizeof names[n], "%.*s", (int)strcspn(*more, "="), *more);
		out[n] = (struct parameter){ names[n], strchr(*more, '=') + 1 };
		n++;
	}
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].value)
			out[n++] = all[i];
	return n;
}

/* ---- CGI ---- */

static void open_cgi(struct wire *wire, const struct wire_request *request, const struct parameter *parameters, size_t n)
{
	int in[2], out[2];
	ck_assert_int_eq(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
	wire->pid = fork();
	if (wire->pid == 0) {
		for (size_t i = 0; i < n; i++)
			setenv(parameters[i].name, parameters[i].value, 1);
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execl("cgi/runnel.cgi", "runnel.cgi", (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	if (request->body) {
		size_t bytes = request->body_bytes ? request->body_bytes : strlen(request->body);
		signal(SIGPIPE, SIG_IGN);
		if (write(in[1], request->body, bytes) < 0) {
			/* refused before it was read */
		}
	}
	close(in[1]);
	wire->fd = out[0];
}

/* ---- FastCGI ---- */

static unsigned record_id = 1; /* of the request that is being made */

static void add_record(struct buf *out, int type, const char *bytes, size_t n)
{
	char head[8] = { 1, (char)type, (char)(record_id >> 8), (char)record_id, (char)(n >> 8), (char)n, 0, 0 };
	buf_add(out, head, sizeof head);
	buf_add(out, bytes, n);
}

static void add_length(struct buf *out, size_t n)
{
	char bytes[4] = { (char)(0x80 | n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n };
	buf_add(out, bytes, 4);
}

static void add_pairs(struct buf *out, const struct parameter *parameters, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		add_length(out, strlen(parameters[i].name));
		add_length(out, strlen(parameters[i].value));
		buf_text(out, parameters[i].name);
		buf_text(out, parameters[i].value);
	}
}

/* All but the record that ends the body. */
static void add_request(struct buf *out, const struct wire_request *request, const struct parameter *parameters, size_t n)
{
	struct buf pairs = BUF_INIT;
	record_id = request->id ? request->id : 1;
	add_record(out, 1, request->keep ? "\0\1\1\0\0\0\0\0" : "\0\1\0\0\0\0\0\0", 8); /* BEGIN_REQUEST, responder */
	add_pairs(&pairs, parameters, n);
	add_record(out, 4, pairs.data, pairs.len);
	add_record(out, 4, "", 0);
	size_t bytes = request->body ? request->body_bytes ? request->body_bytes : strlen(request->body) : 0;
	for (size_t at = 0; at < bytes; at += 32768)
		add_record(out, 5, request->body + at, bytes - at < 32768 ? bytes - at : 32768);
	buf_clear(&pairs);
}

static void open_fastcgi(struct wire *wire, const struct wire_request *request, const struct parameter *parameters, size_t n)
{
	struct buf out = BUF_INIT;
	add_request(&out, request, parameters, n);
	if (!wire->unfinished)
		add_record(&out, 5, "", 0);
	wire->fd = wire_connect(wire->host);
	ck_assert_int_ge(wire->fd, 0);
	usleep(request->silent_ms * 1000);
	ck_assert_int_eq(write(wire->fd, out.data, out.len), (ssize_t)out.len);
	buf_clear(&out);
}

void wire_records(struct buf *out, const struct wire_request *request)
{
	struct parameter parameters[PARAMETERS_MAX];
	char length[32];
	add_request(out, request, parameters, list_parameters(request, parameters, length));
	add_record(out, 5, "", 0);
}

void wire_on(struct wire *wire, struct wire_host *host, int fd)
{
	*wire = (struct wire){ .host = host, .fd = fd };
	buf_text(&wire->raw, "");
}

void wire_again(struct wire *wire, const struct wire_request *request)
{
	struct buf out = BUF_INIT;
	wire_records(&out, request);
	buf_reset(&wire->raw);
	wire->ended = false;
	wire->id = request->id;
	ck_assert_int_eq(write(wire->fd, out.data, out.len), (ssize_t)out.len);
	buf_clear(&out);
}

static void take_records(struct wire *wire)
{
	struct buf *record = &wire->record;
	while (record->len >= 8) {
		const unsigned char *head = (const unsigned char *)record->data;
		size_t content = (size_t)head[4] << 8 | head[5], whole = 8 + content + head[6];
		if (record->len < whole)
			return;
		ck_assert_int_eq(head[2] << 8 | head[3], wire->id ? wire->id : 1);
		if (head[1] == 6)
			buf_add(&wire->raw, record->data + 8, content);
		wire->ended = wire->ended || head[1] == 3;
		memmove(record->data, record->data + whole, record->len - whole);
		record->len -= whole;
	}
}

/* ---- reading ---- */

static void open_request(struct wire *wire, struct wire_host *host, const struct wire_request *request, bool unfinished)
{
	struct parameter parameters[PARAMETERS_MAX];
	char length[32];
	*wire = (struct wire){ .host = host, .fd = -1, .unfinished = unfinished, .id = request->id };
	size_t n = list_parameters(request, parameters, length);
	if (host->transport == WIRE_CGI)
		open_cgi(wire, request, parameters, n);
	else
		open_fastcgi(wire, request, parameters, n);
	buf_text(&wire->raw, "");
}

void wire_open(struct wire *wire, struct wire_host *host, const struct wire_request *request)
{
	open_request(wire, host, request, false);
}

void wire_open_unfinished(struct wire *wire, struct wire_host *host, const struct wire_request *request)
{
	open_request(wire, host, request, true);
}

bool wire_reads(struct wire *wire, int ms)
{
	static char bytes[65536];
	struct pollfd ready = { wire->fd, POLLIN, 0 };
	if (wire->ended || poll(&ready, 1, ms) != 1)
		return !wire->ended;
	ssize_t n = read(wire->fd, bytes, sizeof bytes);
	if (n <= 0) {
		wire->ended = wire->ended || wire->host->transport == WIRE_CGI;
		return false;
	}
	buf_add(wire->host->transport == WIRE_CGI ? &wire->raw : &wire->record, bytes, (size_t)n);
	take_records(wire);
	return true;
}

bool wire_sees(struct wire *wire, const char *text)
{
	for (int64_t end = now_ms() + PATIENCE_MS; !strstr(wire->raw.data, text);)
		if (now_ms() > end || !wire_reads(wire, 100))
			return strstr(wire->raw.data, text) != NULL;
	return true;
}

void wire_listen(struct wire *wire, int ms)
{
	for (int64_t end = now_ms() + ms; now_ms() < end && wire_reads(wire, (int)(end - now_ms()));)
		;
}

bool wire_ends(struct wire *wire)
{
	for (int64_t end = now_ms() + PATIENCE_MS; !wire->ended && now_ms() < end && wire_reads(wire, 100);)
		;
	return wire->ended;
}

unsigned wire_open_streams(struct wire_host *host)
{
	char *metrics = wire_answer(host, &(struct wire_request){ .path = "/metrics" });
	const char *line = strstr(metrics, "\nrunnel_streams ");
	ck_assert_ptr_nonnull(line);
	unsigned n = (unsigned)strtoul(line + strlen("\nrunnel_streams "), NULL, 10);
	free(metrics);
	return n;
}

static bool is_gone(struct wire *wire, unsigned before)
{
	if (wire->pid)
		return waitpid(wire->pid, NULL, WNOHANG) == wire->pid;
	return wire_open_streams(wire->host) < before;
}

bool wire_hang_up(struct wire *wire)
{
	unsigned before = wire->pid || wire->ended ? 1 : wire_open_streams(wire->host);
	bool gone = wire->ended && !wire->pid;
	close(wire->fd);
	for (int64_t end = now_ms() + PATIENCE_MS; !gone && now_ms() < end; usleep(10000))
		gone = is_gone(wire, before);
	if (!gone && wire->pid) {
		kill(wire->pid, SIGKILL);
		waitpid(wire->pid, NULL, 0);
	}
	buf_clear(&wire->raw);
	buf_clear(&wire->record);
	return gone;
}

char *wire_answer(struct wire_host *host, const struct wire_request *request)
{
	struct wire wire;
	wire_open(&wire, host, request);
	ck_assert_msg(wire_ends(&wire), "the answer to %s does not end", request->path);
	close(wire.fd);
	if (wire.pid)
		waitpid(wire.pid, NULL, 0);
	buf_clear(&wire.record);
	return wire.raw.data;
}

int wire_count(const struct wire *wire, const char *text)
{
	int n = 0;
	for (const char *at = wire->raw.data; (at = strstr(at, text)); at += strlen(text))
		n++;
	return n;
}
