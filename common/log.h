/*
 * log - one line on standard error for whoever runs the program.
 *
 * An error is logged where it is handled, not where it is passed on.  Every line
 * begins with the program's name, so that a web server's error log stays readable.
 * Does not block longer than a write(2) to standard error does.  Thread-safe.
 */
#ifndef RUNNEL_LOG_H
#define RUNNEL_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

/* Names the program in later lines; borrows the string for ever. */
void log_name(const char *program);

/* Something went wrong and somebody should look. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Something happened that an operator wants to see (started, drained). */
void log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#ifdef __cplusplus
}
#endif

#endif
