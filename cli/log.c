/*
 * runnel log - each line of standard input becomes an event of log/NAME.
 *
 * Standard input is read to its end whatever happens to the store: the program at the other end
 * of the pipe must not be killed by it. What was lost shows in the exit code.
 */
#include "subcommands.h"

#include "run/feeder.h"
#include "base/log.h"
#include "run/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024, LONG_WORK_MS = 2000, LAST_WORDS_MS = 200 };

static volatile sig_atomic_t caught; /* the signal that ends us, 0: none */
static int last_words = 64;          /* reads after it, at most */

static void on_signal(int number)
{
	caught = number;
}

/* They come only while we wait for input: what was taken is stored before we go. A second one ends us at once. */
static void catch_signals(sigset_t *while_waiting)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESETHAND };
	sigset_t blocked;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	pthread_sigmask(SIG_BLOCK, &blocked, while_waiting);
}

/* ---- the progress line of long work ---- */

struct meter {
	bool shown;
	int64_t start_ms, last_ms;
};

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void meter_show(struct meter *meter, const char *name, unsigned long lines)
{
	int64_t now = now_ms();
	if (now - meter->last_ms < 1000 || now - meter->start_ms < LONG_WORK_MS || !isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[Klog/%s: %lu lines", name, lines);
	meter->last_ms = now;
	meter->shown = true;
}

static void meter_hide(const struct meter *meter)
{
	if (meter->shown)
		fputs("\r\033[K", stderr);
}

/* ---- reading ---- */

static void on_line(void *arg, const char *line, size_t n)
{
	pack_add(arg, false, line, n);
}

/*
 * Whether there is something to read; lines that wait for it go out meanwhile. false: nothing more will come that we
 * would wait for. After a signal that is a moment: whoever writes may be ending too.
 */
static bool await_input(struct screen *screen, struct feeder *feeder, struct pack *lines, const sigset_t *while_waiting)
{
	struct pollfd input = { STDIN_FILENO, POLLIN, 0 };
	while (!caught) {
		int64_t due = screen_due(screen), left = due - now_ms();
		struct timespec wait = { left > 0 ? left / 1000 : 0, left > 0 ? left % 1000 * 1000000 : 0 };
		int ready = ppoll(&input, 1, due == INT64_MAX ? NULL : &wait, while_waiting);
		if (ready > 0)
			return true;
		if (ready < 0)
			break;
		screen_settle(screen, now_ms());
		feeder_lines(feeder, lines);
	}
	static const struct timespec moment = { 0, LAST_WORDS_MS * 1000000L };
	return ppoll(&input, 1, &moment, while_waiting) > 0 && last_words-- > 0;
}

/* 0 at the end of the input, or the errno that ended it. */
static int read_all(struct feeder *feeder, const char *name, const sigset_t *while_waiting)
{
	static char bytes[READ_BYTES];
	struct screen screen;
	struct pack lines = PACK_INIT;
	unsigned long count = 0;
	struct meter meter = { false, now_ms(), 0 };
	ssize_t n = 0;
	screen_init(&screen, 0, 0, on_line, &lines);
	while (await_input(&screen, feeder, &lines, while_waiting) && (n = read(STDIN_FILENO, bytes, sizeof bytes)) > 0) {
		screen_write(&screen, bytes, (size_t)n, now_ms());
		count += lines.lines;
		feeder_lines(feeder, &lines);
		meter_show(&meter, name, count);
	}
	int error = n < 0 ? errno : 0;
	screen_end(&screen);
	feeder_lines(feeder, &lines);
	meter_hide(&meter);
	return error;
}

/* The store cannot be opened: whoever writes to us goes on all the same. */
static int drain(const struct problem *problem)
{
	static char bytes[READ_BYTES];
	log_error("%s", problem->text);
	if (!isatty(STDIN_FILENO))
		while (read(STDIN_FILENO, bytes, sizeof bytes) > 0)
			;
	return command_exit_code(problem);
}

static int feed(struct feeder *feeder, const char *name)
{
	struct problem problem;
	sigset_t while_waiting;
	bool running;

	catch_signals(&while_waiting);
	int error = read_all(feeder, name, &while_waiting);
	int code = error ? EX_IOERR : caught ? 128 + caught : EX_OK;
	if (error)
		log_error("standard input cannot be read: %s", strerror(error));
	if (!feeder_close(feeder, &problem, &running)) {
		log_error("lines of log/%s were lost: %s", name, problem.text);
		code = command_exit_code(&problem);
	}
	if (running)
		_exit(code); /* the thread still uses what exit() would tear down */
	return code;
}

int command_log(const struct command *command, int argc, char **argv)
{
	struct problem problem;
	struct site site;

	command_no_options(command, argc, argv);
	if (argc - optind != 1)
		command_usage(command, "log needs one NAME, such as build");
	const char *name = argv[optind];
	free(command_channel("log", name)); /* or it ends here */
	if (!site_open(&site, &problem))
		return drain(&problem);
	return feed(feeder_new(name, &site), name);
}
