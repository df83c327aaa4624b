/*
 * log - one line on standard error for whoever runs the program.
 *
 * An error is logged where it is handled, not where it is passed on.  Every line
 * begins with the program's name, so that a web server's error log stays readable.
 * Does not block longer than a write(2) to standard error does.  Thread-safe.
 */
#ifndef RUNNEL_LOG_H
#define RUNNEL_LOG_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Names the program in later lines; borrows the string for ever. */
void log_name(const char *program);

/*
 * The descriptor carries an answer. Where standard error is the same file (mini_httpd), later lines would stand in the
 * middle of it: they go to syslog(3) instead.
 */
void log_beside(int answer_fd);

/* Something went wrong and somebody should look. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Something happened that an operator wants to see (started, drained). */
void log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* When something that would repeat itself was last said. Zero-initialised. */
struct log_pause {
	long said_s; /* CLOCK_MONOTONIC */
};

/* Whether to say it now: true at most once in ten seconds, to one thread. */
bool log_due(struct log_pause *pause);

/* An error that requests can repeat: said at most once in ten seconds from this place, so that no client fills the log. */
#define log_error_seldom(...) \
	do { \
		static struct log_pause said; \
		if (log_due(&said)) \
			log_error(__VA_ARGS__); \
	} while (0)

#ifdef __cplusplus
}
#endif

#endif
