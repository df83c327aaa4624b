/*
 * stop - a program that is stopped (Ctrl-Z) holds no lock.
 *
 * A stopped process keeps what it holds: the writer's lock of a store, or a reading that keeps its log from being taken
 * back. Whatever must not be stopped in the middle is put between stop_hold() and stop_release(); SIGTSTP, SIGTTIN and
 * SIGTTOU then stop the process when the last thread has released. SIGSTOP cannot be put off.
 */
#ifndef RUNNEL_STOP_H
#define RUNNEL_STOP_H

/* For a command: takes the three signals where they would stop it. */
void stop_install(void);

/* Short, and for any thread; a stop that is on its way comes first. Without stop_install() both do nothing. */
void stop_hold(void);
void stop_release(void);

#endif
