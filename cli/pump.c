#include "pump.h"

#include "log.h"
#include "percent.h"
#include "utf8.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum {
	READ_BYTES = 64 * 1024,
	MESSAGE_BYTES_MAX = 200,
	LINGER_MS = 200, /* after the child's end: what it wrote last may still be on its way through a terminal */
};

/* ---- lines ---- */

/* The line without the space around it, short enough to stand under a bar; changes the buf. */
static const char *as_message(struct buf *line)
{
	if (line->len > MESSAGE_BYTES_MAX) {
		line->len = MESSAGE_BYTES_MAX;
		while (line->len && ((unsigned char)line->data[line->len] & 0xc0) == 0x80)
			line->len--; /* never inside a character */
	}
	while (line->len && strchr(" \t", line->data[line->len - 1]))
		line->len--;
	line->data[line->len] = '\0';
	return line->data + strspn(line->data, " \t");
}

static void on_line(void *arg, const char *line, size_t n)
{
	struct pump *pump = arg;
	struct buf mended = BUF_INIT;
	double percent;
	pack_add(&pump->lines, pump->output.to == STDERR_FILENO, line, n);
	if (!memchr(line, '%', n) && !memchr(line, '/', n) && !memmem(line, n, " of ", 4))
		return; /* most lines: nothing to look for */
	utf8_mend(&mended, line, n);
	if (percent_find(buf_string(&mended), &percent)) {
		pump->percent = percent;
		buf_reset(&pump->message);
		buf_add(&pump->message, mended.data, mended.len);
	}
	buf_clear(&mended);
}

/* Once for each read, however many lines it brought. */
static void hand_over(struct pump *pump)
{
	feeder_lines(pump->feeder, &pump->lines);
	if (pump->percent >= 0)
		feeder_progress(pump->feeder, pump->percent, as_message(&pump->message));
	pump->percent = -1;
}

/* ---- bytes ---- */

/* Our own output may be non-blocking when another program that shares it has made it so. */
static ssize_t write_some(int fd, const char *bytes, size_t n)
{
	ssize_t written = write(fd, bytes, n);
	if (written < 0 && errno == EAGAIN) {
		poll(&(struct pollfd){ fd, POLLOUT, 0 }, 1, -1);
		return 0;
	}
	return written < 0 && errno == EINTR ? 0 : written;
}

static bool write_all(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t written = write_some(fd, bytes, n);
		if (written < 0)
			return false;
		bytes += written;
		n -= (size_t)written;
	}
	return true;
}

/*
 * false: our reader is gone, and the child's write must fail as it would without us. Any other
 * trouble, such as a full disk, does not end the job.
 */
static bool pass_on(struct pump *pump, const char *bytes, size_t n)
{
	if (write_all(pump->output.to, bytes, n))
		return true;
	if (errno == EPIPE || (errno == EIO && pump->output.terminal)) /* a terminal that hung up */
		return false;
	if (!pump->write_failed)
		log_error("output cannot be written: %s", strerror(errno));
	pump->write_failed = true;
	return true;
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits for output. false: there will be none that we would wait for. *until is set when the child has ended. */
static bool await_output(const struct pump *pump, int64_t *until)
{
	for (;;) {
		struct pollfd fds[] = { { pump->output.fd, POLLIN, 0 }, { *until ? -1 : pump->over_fd, POLLIN, 0 } };
		int64_t left = *until - now_ms();
		poll(fds, 2, *until ? (int)(left > 0 ? left : 0) : -1);
		if (fds[1].revents)
			*until = now_ms() + LINGER_MS;
		if (fds[0].revents)
			return !*until || now_ms() < *until + LINGER_MS; /* a process left behind may write for ever */
		if (*until && now_ms() >= *until)
			return false;
	}
}

static void *copy(void *arg)
{
	struct pump *pump = arg;
	char *bytes = must_alloc(READ_BYTES);
	int64_t until = 0;
	while (await_output(pump, &until)) {
		ssize_t n = read(pump->output.fd, bytes, READ_BYTES);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0 || !pass_on(pump, bytes, (size_t)n)) /* a pseudo-terminal ends with EIO */
			break;
		splitter_add(&pump->splitter, bytes, (size_t)n, on_line, pump);
		hand_over(pump);
	}
	close(pump->output.fd);
	splitter_end(&pump->splitter, on_line, pump);
	hand_over(pump);
	free(bytes);
	return NULL;
}

void pump_start(struct pump *pump, const struct child_output *output, int over_fd, struct feeder *feeder)
{
	*pump = (struct pump){ .output = *output, .over_fd = over_fd, .feeder = feeder, .percent = -1 };
	int error = pthread_create(&pump->thread, NULL, copy, pump);
	if (error) {
		log_error("there can be no thread: %s", strerror(error));
		exit(EX_OSERR);
	}
}

void pump_finish(struct pump *pump)
{
	pthread_join(pump->thread, NULL);
	buf_clear(&pump->message);
}
