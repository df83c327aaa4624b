#include "problem.h"

#include <stdarg.h>
#include <stdio.h>

bool problem_set(struct problem *problem, int status, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(problem->text, sizeof problem->text, format, args);
	va_end(args);
	problem->status = status;
	problem->cause = PROBLEM_OTHER;
	problem->inside = false;
	/* the text quotes what a stranger sent: it must not forge a log line or a header */
	for (char *c = problem->text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	return false;
}

const char *problem_for_client(const struct problem *problem)
{
	if (!problem->inside)
		return problem->text;
	switch (problem->cause) {
	case PROBLEM_OTHER: return "runnel is not set up right here: its log, which is the web server's error log in most set-ups, says what is wrong.";
	case PROBLEM_STORE_BUSY: return "The store is busy; try again.";
	case PROBLEM_STORE_FULL: return "The disk that holds the store is full.";
	default: return "The store cannot be used: runnel's log, which is the web server's error log in most set-ups, says why.";
	}
}
