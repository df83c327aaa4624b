/*
 * problem - why something that a person asked for was refused.
 *
 * An HTTP status and one plain sentence that names the field and the rule.  The HTTP
 * side answers with both; the command prints the sentence and turns the status into
 * an exit code.  status 0 means that there is no problem.
 */
#ifndef RUNNEL_PROBLEM_H
#define RUNNEL_PROBLEM_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct problem {
	int status;     /* 4xx or 5xx (RFC 9110 §15); 0: none */
	char text[512]; /* a sentence; never holds a control character */
};

#define PROBLEM_NONE { 0, "" }

/* Fills in the problem and returns false, so that `return problem_set(…)` reads well. */
bool problem_set(struct problem *problem, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#ifdef __cplusplus
}
#endif

#endif
