/*
 * session - the leader of a session of its own, in which a command has a terminal and job control as in any shell.
 *
 * The leader is a process between us and the command: a group whose parent is outside of its session is an orphan, and
 * could not be stopped with Ctrl-Z (POSIX.1-2017, 3.264).
 */
#ifndef RUNNEL_SESSION_H
#define RUNNEL_SESSION_H

#include <stdnoreturn.h>
#include <sys/types.h>

/* What the leader writes: first the command's pid, in the end its wait status. */
struct session_news {
	pid_t pid;
	int wait_status;
};

/*
 * Becomes the leader, with the terminal, and starts `become` in a group of its own in the foreground. Stops itself whenever
 * the command is stopped. Descriptors of ours that the command must not have are to be closed at exec.
 */
noreturn void session_lead(int terminal, int news_fd, void (*become)(void *arg), void *arg);

#endif
