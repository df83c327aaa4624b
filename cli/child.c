#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { OUTPUTS = 2 };

/* ---- the descriptors ---- */

/* Our end and the child's end of a new pseudo-terminal that does nothing to what is written to it. */
static int open_terminal(int like, int ends[2])
{
	struct termios settings;
	struct winsize size = { 0 };
	if (tcgetattr(like, &settings) < 0)
		return -1;
	settings.c_oflag &= ~(tcflag_t)OPOST; /* the real terminal turns \n into \r\n, once */
	ioctl(like, TIOCGWINSZ, &size);
	if (openpty(&ends[0], &ends[1], NULL, &settings, &size) < 0)
		return -1;
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	return 0;
}

/* Terminals are never shared: there the log's reader wants to know which lines were errors. */
static bool same_file(int a, int b)
{
	struct stat x, y;
	return !isatty(a) && fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int open_output(struct child_output *output, int *child_end)
{
	int ends[2];
	output->terminal = isatty(output->to) && open_terminal(output->to, ends) == 0;
	if (!output->terminal && pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	output->fd = ends[0];
	*child_end = ends[1];
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- starting ---- */

/* In the child. Tells our side why it could not start; execvp() knows scripts without a #! line too. */
static void become(char **argv, const int ends[OUTPUTS], int report_fd, const sigset_t *mask)
{
	int error = 0;
	if (dup2(ends[0], STDOUT_FILENO) < 0 || dup2(ends[1] >= 0 ? ends[1] : ends[0], STDERR_FILENO) < 0)
		error = errno;
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (!error) {
		execvp(argv[0], argv);
		error = errno;
	}
	if (write(report_fd, &error, sizeof error) < 0) {
		/* our side is gone: nobody is left to be told */
	}
	_exit(126);
}

/* 0 once the command runs; the pipe closes by itself at exec. */
static int await_start(int report_fd)
{
	int error = 0;
	ssize_t n;
	do
		n = read(report_fd, &error, sizeof error);
	while (n < 0 && errno == EINTR);
	return n == sizeof error ? error : 0;
}

static int start_process(struct child *child, char **argv, const int ends[OUTPUTS], const sigset_t *mask)
{
	int report[2];
	if (pipe2(report, O_CLOEXEC) < 0)
		return errno;
	child->pid = fork();
	if (child->pid == 0)
		become(argv, ends, report[1], mask);
	int error = child->pid < 0 ? errno : 0;
	close(report[1]);
	if (!error && (error = await_start(report[0])) != 0)
		waitpid(child->pid, NULL, 0);
	close(report[0]);
	return error;
}

int child_start(struct child *child, char **argv, const sigset_t *mask)
{
	int ends[OUTPUTS] = { -1, -1 }, error = 0;
	*child = (struct child){ -1, { { -1, STDOUT_FILENO, false }, { -1, STDERR_FILENO, false } } };
	if (open_output(&child->outputs[0], &ends[0]) < 0)
		error = errno;
	else if (!same_file(STDOUT_FILENO, STDERR_FILENO) && open_output(&child->outputs[1], &ends[1]) < 0)
		error = errno;
	if (!error)
		error = start_process(child, argv, ends, mask);
	for (int i = 0; i < OUTPUTS; i++) {
		close_fd(&ends[i]); /* the end of the output is when the child's side is closed everywhere */
		if (error)
			close_fd(&child->outputs[i].fd);
	}
	return error;
}

/* ---- while it runs ---- */

void child_resize(const struct child *child)
{
	struct winsize ours, its;
	bool changed = false;
	for (int i = 0; i < OUTPUTS; i++) {
		const struct child_output *output = &child->outputs[i];
		if (!output->terminal || ioctl(output->to, TIOCGWINSZ, &ours) < 0 || ioctl(output->fd, TIOCGWINSZ, &its) < 0)
			continue;
		if (memcmp(&ours, &its, sizeof ours) != 0 && ioctl(output->fd, TIOCSWINSZ, &ours) == 0)
			changed = true;
	}
	if (changed) /* the terminal's own SIGWINCH may have come before the size */
		kill(child->pid, SIGWINCH);
}

int child_exit_code(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}
