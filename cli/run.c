/*
 * runnel run - a command as if runnel were not there, and its output, progress and end in the browser.
 *
 * Four threads that share little: this one waits for signals and the command's end, a pump for each
 * output copies it on, the feeder stores. The order of worth: the command, its output, the store.
 */
#include "subcommands.h"

#include "run/child.h"
#include "run/feeder.h"
#include "run/keyboard.h"
#include "base/log.h"
#include "run/pump.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { CANNOT_EXECUTE = 126, NOT_FOUND = 127, OUTPUTS = 2 };

/* ---- signals ---- */

static const int forwarded[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2 };

static bool is_forwarded(int number)
{
	for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded; i++)
		if (forwarded[i] == number)
			return true;
	return false;
}

/* All signals that we wait for are blocked in every thread. SIGTSTP is not: Ctrl-Z stops us together with the command. */
static void block_signals(sigset_t *waited, sigset_t *before)
{
	sigemptyset(waited);
	for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded; i++)
		sigaddset(waited, forwarded[i]);
	sigaddset(waited, SIGCHLD);
	sigaddset(waited, SIGWINCH);
	sigaddset(waited, SIGCONT);
	signal(SIGCHLD, SIG_DFL); /* inherited as ignored it would take the exit status away */
	pthread_sigmask(SIG_BLOCK, waited, before);
}

/*
 * What a process sent to us was meant for the command; what the terminal sent (si_code > 0) has reached
 * it already, for it is in the same process group. So has what it sent itself to the whole group.
 * In a session of its own the command has not got what our terminal sends, which is a hangup.
 */
static void forward(const struct child *child, const siginfo_t *signal)
{
	if (child->session && signal->si_code > 0)
		kill(-child->pid, signal->si_signo);
	else if (signal->si_code <= 0 && signal->si_pid != child->pid)
		kill(child->pid, signal->si_signo);
}

/* Ctrl-Z on the command's terminal: we stop too, as our shell expects. Comes back once we are continued, at once where nobody could do so. */
static void stop_with(const struct child *child)
{
	keyboard_release();
	kill(0, SIGTSTP);
	keyboard_take();
	child_resize(child);
	child_continue(child);
}

/* The wait status of the command. */
static int await_end(const struct child *child, const sigset_t *waited)
{
	siginfo_t signal;
	int status;
	for (;;) {
		if (sigwaitinfo(waited, &signal) < 0)
			continue;
		if (is_forwarded(signal.si_signo))
			forward(child, &signal);
		else if (signal.si_signo != SIGCHLD)
			child_resize(child); /* SIGCONT too: the size may have changed while we were stopped */
		else
			switch (child_changed(child, &status)) {
			case CHILD_RUNS: break;
			case CHILD_STOPPED: stop_with(child); break;
			case CHILD_ENDED: return status;
			}
	}
}

/* ---- the end, in words ---- */

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void say_duration(struct buf *out, int64_t ms)
{
	int64_t s = ms / 1000;
	if (s < 60)
		buf_print(out, "took %d.%d s", (int)s, (int)(ms % 1000 / 100));
	else if (s < 3600)
		buf_print(out, "took %d min %d s", (int)(s / 60), (int)(s % 60));
	else
		buf_print(out, "took %d h %d min", (int)(s / 3600), (int)(s / 60 % 60));
}

static void say_end(struct buf *out, int wait_status, int64_t took_ms)
{
	const char *name = WIFSIGNALED(wait_status) ? sigabbrev_np(WTERMSIG(wait_status)) : NULL;
	if (name)
		buf_print(out, "killed by SIG%s", name);
	else if (WIFSIGNALED(wait_status))
		buf_print(out, "killed by signal %d", WTERMSIG(wait_status));
	else if (WEXITSTATUS(wait_status))
		buf_print(out, "exit status %d", WEXITSTATUS(wait_status));
	else
		say_duration(out, took_ms);
}

/* ---- running ---- */

/* Stores the end. The exit code stays the command's, whatever becomes of the store. */
static int finish(struct feeder *feeder, int code, const char *message)
{
	struct problem problem;
	bool running;
	feeder_end(feeder, code != 0, message);
	feeder_close(feeder, &problem, &running);
	if (running)
		_exit(code); /* the thread still uses what exit() would tear down */
	return code;
}

static int cannot_start(struct feeder *feeder, const char *program, int error)
{
	struct buf message = BUF_INIT;
	buf_print(&message, "cannot start: %s", strerror(error));
	log_error("%s cannot be started: %s", program, strerror(error));
	int code = finish(feeder, error == ENOENT ? NOT_FOUND : CANNOT_EXECUTE, message.data);
	buf_clear(&message);
	return code;
}

/* Copies all output; returns the wait status once the command and its output have ended. */
static int accompany(const struct child *child, struct feeder *feeder, const sigset_t *waited, const sigset_t *before)
{
	struct pump pumps[OUTPUTS];
	int over_fd = eventfd(0, EFD_CLOEXEC);
	for (int i = 0; i < OUTPUTS; i++)
		if (child->outputs[i].fd >= 0)
			pump_start(&pumps[i], &child->outputs[i], over_fd, feeder);
	if (child->session && !keyboard_start(child->outputs[0].fd, over_fd))
		log_error("what is typed cannot be passed on: there can be no thread");
	int status = await_end(child, waited);
	pthread_sigmask(SIG_SETMASK, before, NULL); /* nothing is left to be protected from Ctrl-C */
	eventfd_write(over_fd, 1);
	for (int i = 0; i < OUTPUTS; i++)
		if (child->outputs[i].fd >= 0)
			pump_finish(&pumps[i]);
	if (child->session)
		keyboard_release(); /* over_fd stays open: the keyboard's thread looks at it */
	else
		close(over_fd);
	return status;
}

static int run(const char *name, char **argv)
{
	sigset_t waited, before;
	struct child child;
	struct buf message = BUF_INIT;

	int64_t start = now_ms();
	block_signals(&waited, &before);
	int error = child_start(&child, argv, &before); /* before there are threads and a store: neither survives a fork */
	signal(SIGPIPE, SIG_IGN);                       /* after it: the command keeps the shell's */
	struct feeder *feeder = feeder_new(name, NULL);
	if (error)
		return cannot_start(feeder, argv[0], error);
	feeder_progress(feeder, -1, NULL);
	int status = accompany(&child, feeder, &waited, &before);
	say_end(&message, status, now_ms() - start);
	int code = finish(feeder, child_exit_code(status), message.data);
	buf_clear(&message);
	return code;
}

int command_run(const struct command *command, int argc, char **argv)
{
	static const struct option none[] = { { NULL, 0, NULL, 0 } };

	while (command_option(command, argc, argv, none, true) != -1)
		;
	if (optind == argc)
		command_usage(command, "run needs a NAME and a COMMAND");
	const char *name = argv[optind++];
	if (optind < argc && strcmp(argv[optind], "--") == 0)
		optind++;
	if (optind == argc)
		command_usage(command, "run needs a COMMAND after the NAME %s", name);
	free(command_channel("progress", name)); /* the longer of the two; or it ends here */
	return run(name, argv + optind);
}
