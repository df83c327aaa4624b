/*
 * keyboard - what is typed on our terminal goes to the child's own one, byte for byte.
 *
 * Ours is raw meanwhile, so that Ctrl-C, Ctrl-Z, echo and line ends are the affair of the child's terminal. While we
 * are in the background it is left alone; that we came back to the foreground is seen within a quarter of a second.
 * There is one terminal, and so one keyboard.
 */
#ifndef RUNNEL_KEYBOARD_H
#define RUNNEL_KEYBOARD_H

#include <stdbool.h>

/* Whether standard input, output and error are our controlling terminal, and we are in its foreground. */
bool keyboard_is_ours(void);

/* Starts to copy to fd until over_fd is readable, in a thread that is not waited for. false: there can be none. */
bool keyboard_start(int fd, int over_fd);

/* Gives the terminal back as it was, until keyboard_take() or for good. */
void keyboard_release(void);
void keyboard_take(void);

#endif
