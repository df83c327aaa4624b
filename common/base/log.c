#include "base/log.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_SECONDS = 10 };

static const char *log_program = "runnel";

void log_name(const char *program)
{
	log_program = program;
}

static bool log_to_syslog;

void log_beside(int answer_fd)
{
	struct stat answer, errors;
	log_to_syslog = fstat(answer_fd, &answer) == 0 && fstat(STDERR_FILENO, &errors) == 0 &&
			answer.st_dev == errors.st_dev && answer.st_ino == errors.st_ino;
}

/* One write(2) a line: lines of several processes must not mix. */
static void log_line(const char *format, va_list args)
{
	char line[1024];
	if (log_to_syslog) {
		openlog(log_program, 0, LOG_DAEMON);
		vsyslog(LOG_NOTICE, format, args);
		return;
	}
	int head = snprintf(line, sizeof line, "%s: ", log_program);
	int text = vsnprintf(line + head, sizeof line - (size_t)head - 1, format, args);
	if (text < 0)
		line[head] = '\0';
	utf8_make_printable(line); /* it may quote what a stranger sent, and be read in a terminal */
	size_t length = strlen(line);
	line[length++] = '\n';
	if (write(STDERR_FILENO, line, length) < 0) {
		/* nobody is left to be told */
	}
}

void log_error(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	log_line(format, args);
	va_end(args);
}

void log_note(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	log_line(format, args);
	va_end(args);
}

bool log_due(struct log_pause *pause)
{
	struct timespec now;
	long before = __atomic_load_n(&pause->said_s, __ATOMIC_RELAXED);
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (before && now.tv_sec - before < PAUSE_SECONDS)
		return false;
	return __atomic_compare_exchange_n(&pause->said_s, &before, now.tv_sec, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}
