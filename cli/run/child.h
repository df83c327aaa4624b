/*
 * child - a command that runs as if it had been started by the shell itself.
 *
 * Its output comes through a pipe, or through a pseudo-terminal where ours is a terminal, so that it colours and buffers
 * its lines as it would without us. Where standard input, output and error are all the terminal whose foreground we
 * are, it gets a session of its own with that pseudo-terminal, in which job control works; elsewhere it keeps our standard
 * input, process group and terminal, so Ctrl-C and Ctrl-Z reach it as usual.
 */
#ifndef RUNNEL_CHILD_H
#define RUNNEL_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* One output of the child: what it writes can be read from fd, and belongs on our descriptor `to`. */
struct child_output {
	int fd;        /* -1: it shares the other one */
	int to;        /* STDOUT_FILENO or STDERR_FILENO */
	bool terminal; /* fd is a pseudo-terminal */
};

struct child {
	pid_t pid;      /* the command's */
	pid_t waited;   /* our own child: the command, or the leader of its session */
	bool session;   /* it has one of its own; outputs[0].fd is its terminal then */
	int news_fd;    /* from the leader; -1: there is none */
	struct child_output outputs[2];
};

/*
 * Starts argv[0] with the signal mask given. 0, or the errno that says why it did not start; then
 * there is nothing to close. When our own standard output and error are one terminal, pipe or file, the
 * child's are too: the order of what it writes there must stay.
 */
int child_start(struct child *child, char **argv, const sigset_t *mask);

/*
 * What became of it after SIGCHLD: *wait_status is set when it has ended. Stopped is only a command
 * with a session of its own; then child_continue() is to be called, some time.
 */
enum child_change { CHILD_RUNS, CHILD_STOPPED, CHILD_ENDED };
enum child_change child_changed(const struct child *child, int *wait_status);
void child_continue(const struct child *child);

/* Makes the pseudo-terminals as large as our terminal is now; tells the child when that changed them. */
void child_resize(const struct child *child);

/* The exit status a shell would give: 0 to 255, 128 + the signal's number when one killed it. */
int child_exit_code(int wait_status);

#endif
