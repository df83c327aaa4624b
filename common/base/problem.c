#include "base/problem.h"

#include "base/utf8.h"

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
	utf8_make_printable(problem->text);
	return false;
}

const char *problem_for_client(const struct problem *problem)
{
	if (!problem->inside)
		return problem->text;
	switch (problem->cause) {
	case PROBLEM_OTHER: break;
	case PROBLEM_STORE_MISSING: return "The store cannot be used: its directory is not there; runnel's log names it.";
	case PROBLEM_STORE_DENIED: return "The store cannot be used: the web server's user may not use its directory; runnel's log names it.";
	case PROBLEM_STORE_FOREIGN: return "The store cannot be used: something in it is not what runnel made; runnel's log names it.";
	case PROBLEM_STORE_LIMIT: return "The store cannot be used now: a limit of the system is reached; try again.";
	case PROBLEM_STORE_BUSY: return "The store is busy; try again.";
	case PROBLEM_STORE_FULL: return "The disk that holds the store is full.";
	case PROBLEM_STORE_DAMAGED: return "The store cannot be used: it is no store that this version can read; runnel's log says more.";
	case PROBLEM_STORE_FAILED: return "The store has failed; runnel's log says why.";
	}
	return "runnel is not set up right here: its log, which is the web server's error log in most set-ups, says what is wrong.";
}
