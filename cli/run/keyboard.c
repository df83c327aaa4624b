#include "run/keyboard.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { READ_BYTES = 4096, BACKGROUND_MS = 250 };

static struct {
	int fd, over_fd;
	struct termios before;
	pthread_mutex_t lock; /* guards the two below */
	bool wanted;          /* between take and release */
	bool raw;
} keyboard = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool in_foreground(void)
{
	return tcgetpgrp(STDIN_FILENO) == getpgrp();
}

bool keyboard_is_ours(void)
{
	struct stat in, out, error;
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO) &&
	       fstat(STDIN_FILENO, &in) == 0 && fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &error) == 0 &&
	       in.st_rdev == out.st_rdev && in.st_rdev == error.st_rdev && in_foreground();
}

static void make_raw(void)
{
	struct termios raw = keyboard.before;
	cfmakeraw(&raw);
	keyboard.raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

void keyboard_take(void)
{
	pthread_mutex_lock(&keyboard.lock);
	keyboard.wanted = true;
	if (!keyboard.raw && in_foreground())
		make_raw();
	pthread_mutex_unlock(&keyboard.lock);
}

/* In the background the terminal is our shell's, which has set it already. */
void keyboard_release(void)
{
	pthread_mutex_lock(&keyboard.lock);
	if (keyboard.raw && in_foreground())
		tcsetattr(STDIN_FILENO, TCSADRAIN, &keyboard.before);
	keyboard.raw = keyboard.wanted = false;
	pthread_mutex_unlock(&keyboard.lock);
}

/* Whether we may read: the job is in the foreground and its terminal is raw. */
static bool is_taken(void)
{
	bool foreground = in_foreground();
	pthread_mutex_lock(&keyboard.lock);
	if (foreground && keyboard.wanted && !keyboard.raw)
		make_raw(); /* fg(1) says nothing to a job that runs */
	bool taken = foreground && keyboard.raw;
	pthread_mutex_unlock(&keyboard.lock);
	return taken;
}

/* false: the job is over, or the child's terminal is gone. */
static bool write_all(const char *bytes, size_t n)
{
	while (n) {
		struct pollfd fds[] = { { keyboard.fd, POLLOUT, 0 }, { keyboard.over_fd, POLLIN, 0 } };
		if (poll(fds, 2, -1) < 0 || fds[1].revents)
			return false;
		ssize_t written = write(keyboard.fd, bytes, n);
		if (written < 0)
			return false;
		bytes += written;
		n -= (size_t)written;
	}
	return true;
}

static void *copy(void *arg)
{
	char bytes[READ_BYTES];
	for (;;) {
		bool taken = is_taken();
		struct pollfd fds[] = { { taken ? STDIN_FILENO : -1, POLLIN, 0 }, { keyboard.over_fd, POLLIN, 0 } };
		poll(fds, 2, BACKGROUND_MS);
		if (fds[1].revents)
			return arg;
		if (!fds[0].revents)
			continue;
		ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
		if (n <= 0 && in_foreground()) /* it hung up */
			return arg;
		if (n > 0 && !write_all(bytes, (size_t)n))
			return arg;
	}
}

/* All signals are blocked in it: a read from the background then fails, where it would stop us otherwise. */
bool keyboard_start(int fd, int over_fd)
{
	sigset_t all, before;
	pthread_t thread;
	keyboard.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* our own: the thread may outlive the caller's */
	keyboard.over_fd = over_fd;
	if (keyboard.fd < 0 || tcgetattr(STDIN_FILENO, &keyboard.before) < 0)
		return false;
	keyboard_take();
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	int error = pthread_create(&thread, NULL, copy, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!error)
		pthread_detach(thread);
	return !error;
}
