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

/* What the store said, for whoever must tell apart what is 503 or 500 to everybody else. */
enum problem_cause {
	PROBLEM_OTHER, /* not the store's */
	PROBLEM_STORE_MISSING,
	PROBLEM_STORE_DENIED,
	PROBLEM_STORE_FOREIGN,
	PROBLEM_STORE_LIMIT,
	PROBLEM_STORE_BUSY,
	PROBLEM_STORE_FULL,
	PROBLEM_STORE_DAMAGED,
	PROBLEM_STORE_FAILED
};

struct problem {
	int status;     /* 4xx or 5xx (RFC 9110 §15); 0: none */
	char text[512]; /* a sentence in UTF-8; never holds a control character */
	enum problem_cause cause;
	bool inside;    /* the text names paths or settings: for the log and for the command, not for a client */
};

#define PROBLEM_NONE { 0, "", PROBLEM_OTHER, false }

/* Fills in the problem, whose cause is PROBLEM_OTHER, and returns false, so that `return problem_set(…)` reads well. */
bool problem_set(struct problem *problem, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What a client over HTTP is told: the text, or when that is for the inside, a sentence in its place. */
const char *problem_for_client(const struct problem *problem);

#ifdef __cplusplus
}
#endif

#endif
