/*
 * command - what all subcommands of runnel share: arguments, errors and exit codes.
 *
 * An error is one sentence on standard error that begins with "runnel: " and says what to
 * do; the exit codes are those of sysexits(3). A subcommand is one function in one file and
 * one row of the table in main.c. The helpers that end the process say so: a command holds
 * nothing that would need cleaning up, and the store survives the death of any process.
 */
#ifndef RUNNEL_COMMAND_H
#define RUNNEL_COMMAND_H

#include "base/buf.h"
#include "api/draft.h"
#include "base/problem.h"
#include "site/site.h"

#include <getopt.h>
#include <stdint.h>
#include <stdnoreturn.h>

struct command {
	const char *name;
	const char *arguments; /* what follows "runnel NAME" */
	const char *summary;   /* one line */
	const char *details;   /* more lines for "runnel help NAME", or "" */
	int (*run)(const struct command *command, int argc, char **argv); /* argv[0] is the name; returns the exit code */
};

/* Prints what "runnel help NAME" says. */
void command_help(const struct command *command);

/* ---- arguments ---- */

/* A bad argument: says the sentence and where to read more; ends with EX_USAGE. */
noreturn void command_usage(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Any other error: says the sentence; ends with the code. */
noreturn void command_fatal(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * The next option as getopt_long(3) returns it, -1 after the last; options is the command's own
 * table, to which --help is always added. With stop_early options end at the first other
 * argument. Ends the process at --help and at a bad option.
 */
int command_option(const struct command *command, int argc, char **argv, const struct option *options, bool stop_early);

/* The same for a command without options of its own: optind is where its arguments begin. */
void command_no_options(const struct command *command, int argc, char **argv);

/* Adds a whole file, or standard input for "-"; ends with EX_NOINPUT, EX_IOERR or, when it is too long, EX_DATAERR. */
void command_read(const char *file, struct buf *out);

/* ---- the store ---- */

/* The exit code that fits a problem: the caller's data (4xx), or the store (5xx). */
int command_exit_code(const struct problem *problem);

/* Says the problem; ends with the code that fits it. */
noreturn void command_refuse(const struct problem *problem);

/* Opens the site that the environment names, or ends the process. */
void command_open(struct site *site);

/* Ends the process unless status is STORE_OK. */
void command_expect(const struct site *site, enum store_status status);

/* The channel that an argument means, as channel_read(); below a kind, or kind NULL. Ends the process otherwise. The caller frees it. */
char *command_channel(const char *kind, const char *name);

/* The kind of a channel; a bad name is a bad argument. */
const struct kind *command_kind(const struct site *site, const char *channel);

/* Publishes one event and returns its seq, or ends the process. Clears the draft. */
uint64_t command_append(struct site *site, struct draft *draft);

#endif
