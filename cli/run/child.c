#include "run/child.h"

#include "run/keyboard.h"
#include "run/session.h"

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

/*
 * Our end and the child's end of a new pseudo-terminal. Beside our own terminal it does nothing to what is written to it,
 * for that turns \n into \r\n, once; where it takes the place of ours, which is raw then, it does all that ours did.
 */
static int open_terminal(int like, int ends[2], bool instead)
{
	struct termios settings;
	struct winsize size = { 0 };
	if (tcgetattr(like, &settings) < 0)
		return -1;
	if (!instead)
		settings.c_oflag &= ~(tcflag_t)OPOST;
	ioctl(like, TIOCGWINSZ, &size);
	if (openpty(&ends[0], &ends[1], NULL, &settings, &size) < 0)
		return -1;
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	return 0;
}

static bool same_file(int a, int b)
{
	struct stat x, y;
	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int open_output(struct child_output *output, int *child_end, bool instead)
{
	int ends[2];
	output->terminal = isatty(output->to) && open_terminal(output->to, ends, instead) == 0;
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

struct start {
	char **argv;
	int ends[OUTPUTS];
	int report_fd;
	bool session;
	const sigset_t *mask;
};

/* In the child. Tells our side why it could not start; execvp() knows scripts without a #! line too. */
static void become(void *arg)
{
	const struct start *start = arg;
	int error = 0, out = start->ends[0], err = start->ends[1] >= 0 ? start->ends[1] : out;
	if ((start->session && dup2(out, STDIN_FILENO) < 0) || dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
		error = errno;
	sigprocmask(SIG_SETMASK, start->mask, NULL);
	if (!error) {
		execvp(start->argv[0], start->argv);
		error = errno;
	}
	if (write(start->report_fd, &error, sizeof error) < 0) {
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

static bool read_news(const struct child *child, struct session_news *news)
{
	ssize_t n;
	do
		n = read(child->news_fd, news, sizeof *news);
	while (n < 0 && errno == EINTR);
	return n == sizeof *news;
}

/* In the parent. Without a session the command is our own child; with one the leader tells us its pid. */
static int learn_start(struct child *child, int report_fd)
{
	struct session_news news = { child->waited, 0 };
	int error = child->waited < 0 ? EAGAIN : await_start(report_fd);
	if (!error && child->session && (!read_news(child, &news) || news.pid < 0))
		error = EAGAIN;
	if (error && child->waited > 0)
		waitpid(child->waited, NULL, 0);
	child->pid = news.pid;
	return error;
}

static int start_process(struct child *child, struct start *start)
{
	int report[2], news[2] = { -1, -1 };
	if (pipe2(report, O_CLOEXEC) < 0 || (start->session && pipe2(news, O_CLOEXEC) < 0))
		return errno;
	start->report_fd = report[1];
	child->news_fd = news[0];
	child->waited = fork();
	if (child->waited == 0 && start->session)
		session_lead(start->ends[0], news[1], become, start);
	if (child->waited == 0)
		become(start);
	close(report[1]);
	close_fd(&news[1]);
	int error = learn_start(child, report[0]);
	close(report[0]);
	return error;
}

int child_start(struct child *child, char **argv, const sigset_t *mask)
{
	bool session = keyboard_is_ours();
	struct start start = { argv, { -1, -1 }, -1, session, mask };
	int error = 0;
	*child = (struct child){ .pid = -1, .waited = -1, .session = session, .news_fd = -1,
		.outputs = { { -1, STDOUT_FILENO, false }, { -1, STDERR_FILENO, false } } };
	if (open_output(&child->outputs[0], &start.ends[0], session) < 0)
		error = errno;
	else if (!same_file(STDOUT_FILENO, STDERR_FILENO) && open_output(&child->outputs[1], &start.ends[1], false) < 0)
		error = errno;
	child->session = start.session = session && child->outputs[0].terminal;
	if (!error)
		error = start_process(child, &start);
	for (int i = 0; i < OUTPUTS; i++) {
		close_fd(&start.ends[i]); /* the end of the output is when the child's side is closed everywhere */
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
	if (changed && !child->session) /* the terminal's own SIGWINCH may have come before the size */
		kill(child->pid, SIGWINCH);
}

enum child_change child_changed(const struct child *child, int *wait_status)
{
	struct session_news news;
	if (waitpid(child->waited, wait_status, WNOHANG | (child->session ? WUNTRACED : 0)) != child->waited)
		return CHILD_RUNS;
	if (WIFSTOPPED(*wait_status))
		return CHILD_STOPPED;
	if (child->session && read_news(child, &news))
		*wait_status = news.wait_status; /* else somebody killed the leader, and with it the command */
	return CHILD_ENDED;
}

void child_continue(const struct child *child)
{
	kill(-child->pid, SIGCONT);
	kill(child->waited, SIGCONT);
}

int child_exit_code(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}
