#include "run/pump.h"

#include "run/excerpt.h"
#include "base/log.h"
#include "run/percent.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum {
	READ_BYTES = 64 * 1024,
	MESSAGE_BYTES_MAX = 200,
	LOOK_MS = 80,
	LINGER_MS = 200, /* after the child's end: what it wrote last may still be on its way through a terminal */
};

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- what the screen says ---- */

static void on_line(void *arg, const char *line, size_t n)
{
	struct pump *pump = arg;
	pack_add(&pump->lines, pump->output.to == STDERR_FILENO, line, n);
}

/* Whether the message is another one than before. */
static bool keep_message(struct pump *pump, const char *line, size_t n)
{
	struct buf message = BUF_INIT;
	excerpt(&message, line, n, MESSAGE_BYTES_MAX);
	bool other = strcmp(buf_string(&message), buf_string(&pump->message)) != 0;
	buf_clear(&pump->message);
	pump->message = message;
	return other;
}

/* A changed row that says how far the job is; most have no number to look at. */
static bool on_row(void *arg, const char *line, size_t n)
{
	struct pump *pump = arg;
	double percent;
	if (!percent_find(line, &percent))
		return false;
	keep_message(pump, line, n);
	feeder_progress(pump->feeder, percent, buf_string(&pump->message));
	return true;
}

static bool look_for_percent(struct pump *pump)
{
	pump->looked_ms = now_ms();
	return screen_look(&pump->screen, on_row, pump);
}

/* A line that was begun and rests, such as a question to the user, is what the job says now. */
static void look_at_unfinished(struct pump *pump)
{
	struct buf line = BUF_INIT;
	screen_unfinished(&pump->screen, &line);
	if (line.len && keep_message(pump, buf_string(&line), line.len))
		feeder_progress(pump->feeder, -1, buf_string(&pump->message));
	buf_clear(&line);
}

static void take(struct pump *pump, const char *bytes, size_t n)
{
	int64_t now = now_ms();
	screen_write(&pump->screen, bytes, n, now);
	feeder_lines(pump->feeder, &pump->lines);
	if (!pump->unseen_ms)
		pump->unseen_ms = now;
	if (now - pump->looked_ms >= LOOK_MS)
		look_for_percent(pump);
}

/* What is due while nothing comes. */
static void take_stock(struct pump *pump)
{
	int64_t now = now_ms();
	if (screen_due(&pump->screen) <= now) {
		screen_settle(&pump->screen, now);
		feeder_lines(pump->feeder, &pump->lines);
	}
	if (pump->unseen_ms && pump->unseen_ms + LOOK_MS <= now) {
		pump->unseen_ms = 0;
		if (!look_for_percent(pump))
			look_at_unfinished(pump);
	}
}

static int64_t stock_due_ms(const struct pump *pump)
{
	int64_t due = screen_due(&pump->screen);
	return pump->unseen_ms && pump->unseen_ms + LOOK_MS < due ? pump->unseen_ms + LOOK_MS : due;
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

/* How long poll() waits for output. */
static int wait_ms(const struct pump *pump, int64_t until)
{
	int64_t due = stock_due_ms(pump), now = now_ms();
	if (until && until < due)
		due = until;
	return due == INT64_MAX ? -1 : due <= now ? 0 : (int)(due - now);
}

/* Waits for output. false: there will be none that we would wait for. *until is set when the child has ended. */
static bool await_output(struct pump *pump, int64_t *until)
{
	for (;;) {
		take_stock(pump);
		struct pollfd fds[] = { { pump->output.fd, POLLIN, 0 }, { *until ? -1 : pump->over_fd, POLLIN, 0 } };
		poll(fds, 2, wait_ms(pump, *until));
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
		take(pump, bytes, (size_t)n);
	}
	close(pump->output.fd);
	look_for_percent(pump);
	screen_end(&pump->screen);
	feeder_lines(pump->feeder, &pump->lines);
	free(bytes);
	return NULL;
}

void pump_start(struct pump *pump, const struct child_output *output, int over_fd, struct feeder *feeder)
{
	struct winsize size = { 0 };
	if (output->terminal)
		ioctl(output->to, TIOCGWINSZ, &size);
	*pump = (struct pump){ .output = *output, .over_fd = over_fd, .feeder = feeder };
	screen_init(&pump->screen, size.ws_row, size.ws_col, on_line, pump);
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
