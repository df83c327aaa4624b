#include "command.h"

#include "event/channel.h"

#include "base/log.h"
#include "api/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	OPTIONS_MAX = 8,             /* of one command, with --help and the end of the table */
	INPUT_BYTES_MAX = 16 << 20,  /* no configuration takes a larger event */
	READ_BYTES = 64 * 1024,
	OPTION_HELP = 'h'
};

void command_help(const struct command *command)
{
	printf("Usage: runnel %s%s%s\n\n%s.\n", command->name, *command->arguments ? " " : "", command->arguments, command->summary);
	if (*command->details)
		printf("\n%s\n", command->details);
}

/* ---- errors ---- */

noreturn void command_usage(const struct command *command, const char *format, ...)
{
	char sentence[512];
	va_list args;
	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	log_error("%s; see: runnel help %s", sentence, command->name);
	exit(EX_USAGE);
}

noreturn void command_fatal(int code, const char *format, ...)
{
	char sentence[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	log_error("%s", sentence);
	exit(code);
}

int command_exit_code(const struct problem *problem)
{
	if (problem->status < 500)
		return EX_DATAERR;
	switch (problem->cause) {
	case PROBLEM_OTHER: return EX_CONFIG; /* a broken template or configuration */
	case PROBLEM_STORE_MISSING: return EX_UNAVAILABLE;
	case PROBLEM_STORE_DENIED: return EX_NOPERM;
	case PROBLEM_STORE_FOREIGN: return EX_CONFIG;
	case PROBLEM_STORE_LIMIT: return EX_OSERR;
	case PROBLEM_STORE_BUSY: return EX_TEMPFAIL;
	case PROBLEM_STORE_FULL: return EX_IOERR;
	case PROBLEM_STORE_DAMAGED: return EX_CONFIG;
	case PROBLEM_STORE_FAILED: return EX_IOERR;
	}
	return EX_SOFTWARE;
}

noreturn void command_refuse(const struct problem *problem)
{
	command_fatal(command_exit_code(problem), "%s", problem->text);
}

/* ---- arguments ---- */

int command_option(const struct command *command, int argc, char **argv, const struct option *options, bool stop_early)
{
	struct option all[OPTIONS_MAX] = { { "help", no_argument, NULL, OPTION_HELP } };
	for (int i = 0; options[i].name && i < OPTIONS_MAX - 2; i++)
		all[i + 1] = options[i];
	opterr = 0; /* the sentences are ours */
	int at = optind, option = getopt_long(argc, argv, stop_early ? "+:h" : ":h", all, NULL);
	if (option == OPTION_HELP) {
		command_help(command);
		exit(fflush(stdout) == 0 ? EX_OK : EX_IOERR);
	}
	/* argv[optind - 1] is the culprit, save for a bad letter inside -abc */
	if (option == '?')
		command_usage(command, "%s has no option %s", command->name, optind > at ? argv[optind - 1] : argv[optind]);
	if (option == ':')
		command_usage(command, "the option %s needs a value", argv[optind - 1]);
	return option;
}

void command_no_options(const struct command *command, int argc, char **argv)
{
	static const struct option none[] = { { NULL, 0, NULL, 0 } };
	while (command_option(command, argc, argv, none, false) != -1)
		;
}

void command_read(const char *file, struct buf *out)
{
	bool standard = strcmp(file, "-") == 0;
	const char *name = standard ? "standard input" : file;
	int fd = standard ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;
	if (fd < 0)
		command_fatal(EX_NOINPUT, "%s cannot be read: %s", name, strerror(errno));
	while (out->len <= INPUT_BYTES_MAX && (n = read(fd, buf_room(out, READ_BYTES), READ_BYTES)) > 0)
		out->len += (size_t)n;
	if (n < 0)
		command_fatal(errno == EISDIR ? EX_NOINPUT : EX_IOERR, "%s cannot be read: %s", name, strerror(errno));
	if (out->len > INPUT_BYTES_MAX)
		command_fatal(EX_DATAERR, "%s is too long for one event", name);
	buf_add(out, "", 0); /* the NUL */
	if (!standard)
		close(fd);
}

/* ---- the store ---- */

void command_open(struct site *site)
{
	struct problem problem = PROBLEM_NONE;
	if (!site_open(site, &problem))
		command_refuse(&problem);
}

void command_expect(const struct site *site, enum store_status status)
{
	struct problem problem;
	if (status == STORE_OK)
		return;
	site_store_problem(site, status, &problem);
	command_refuse(&problem);
}

char *command_channel(const char *kind, const char *name)
{
	struct problem problem = PROBLEM_NONE;
	struct buf written = BUF_INIT;
	buf_print(&written, "%s%s%s", kind ? kind : "", kind ? "/" : "", name);
	char *channel = channel_read(written.data, &problem);
	if (!channel)
		command_fatal(EX_USAGE, "%s", problem.text);
	if (channel_is_mine(channel))
		command_fatal(EX_USAGE, "%s is whoever is logged in at the web server; a command names the user, as in notifications/~ann", channel);
	buf_clear(&written);
	return channel;
}

const struct kind *command_kind(const struct site *site, const char *channel)
{
	struct problem problem;
	const struct kind *kind = publish_kind(site, channel, &problem);
	if (!kind)
		command_fatal(EX_USAGE, "%s", problem.text);
	return kind;
}

uint64_t command_append(struct site *site, struct draft *draft)
{
	struct problem problem;
	uint64_t seq;
	if (!publish(site, draft, 1, &seq, &problem))
		command_refuse(&problem);
	draft_clear(draft);
	return seq;
}
