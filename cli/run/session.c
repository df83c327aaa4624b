#include "run/session.h"

#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NEWS, TERMINAL }; /* the leader's descriptors */

/* A process of the background may do this only while it ignores SIGTTOU. */
static void bring_to_foreground(int terminal, pid_t group)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	sigaction(SIGTTOU, &ignore, &before);
	tcsetpgrp(terminal, group);
	sigaction(SIGTTOU, &before, NULL);
}

static void tell(int fd, pid_t pid, int wait_status)
{
	struct session_news news = { pid, wait_status };
	if (write(fd, &news, sizeof news) < 0) {
		/* nobody is left to be told */
	}
}

noreturn void session_lead(int terminal, int news_fd, void (*become)(void *arg), void *arg)
{
	int status = 0;
	sigset_t hangup;
	setsid();
	ioctl(terminal, TIOCSCTTY, 0);
	pid_t pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		bring_to_foreground(terminal, getpid());
		become(arg);
	}
	if (pid > 0)
		setpgid(pid, pid);
	sigemptyset(&hangup);
	sigaddset(&hangup, SIGHUP);
	sigprocmask(SIG_UNBLOCK, &hangup, NULL); /* when runnel dies, the kernel tells the leader alone; the command learns of it by the leader's end */
	/* all else goes: as long as anybody holds our side of the terminal, the command is not told that runnel died */
	dup2(news_fd, NEWS);
	dup2(terminal, TERMINAL);
	closefrom(TERMINAL + 1);
	tell(NEWS, pid, 0);
	while (pid > 0) {
		pid_t changed = waitpid(pid, &status, WUNTRACED);
		if (changed == pid && WIFSTOPPED(status))
			kill(getpid(), SIGSTOP);
		else if (changed == pid || errno != EINTR)
			break;
	}
	/* the kernel hangs up on the foreground when a leader ends: whoever the command left behind must not be there */
	bring_to_foreground(TERMINAL, getpgrp());
	tell(NEWS, pid, status);
	_exit(0);
}
