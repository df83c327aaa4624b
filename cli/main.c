/*
 * runnel - the command: the table of its subcommands, and which one is meant.
 */
#include "subcommands.h"

#include "base/log.h"
#include "base/stop.h"
#include "store/backends.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#ifndef RUNNEL_VERSION
#define RUNNEL_VERSION "unknown"
#endif

static const struct command commands[] = {
	{ "publish", "CHANNEL [key=value …] [--event NAME] [--text T | --html F | -]",
	  "Publish one event and print its id",
	  "  key=value      a value of the event, such as title=\"Hello\"\n"
	  "  -              the main text (message, title, line) comes from standard input\n"
	  "  --text T       the main text is T\n"
	  "  --html F       a ready-made fragment from the file F, or - for standard input; stored as it is\n"
	  "  --event NAME   another event name than the kind's own",
	  command_publish },
	{ "progress", "NAME PERCENT [MESSAGE]", "Move the bar of progress/NAME",
	  "PERCENT is a number from 0 to 100, or - when nobody knows.", command_progress },
	{ "done", "NAME [MESSAGE]", "Say that progress/NAME has ended well", "", command_done },
	{ "fail", "NAME [MESSAGE]", "Say that progress/NAME has failed", "", command_fail },
	{ "log", "NAME", "Publish each line of standard input to log/NAME", "", command_log },
	{ "run", "NAME [--] COMMAND…", "Run a command: its output to log/NAME, its progress to progress/NAME",
	  "\"NN%\" and \"N/M\" in the output move the bar, the exit status ends both channels.\n"
	  "The exit status is the command's own. A store in trouble never stops the command.", command_run },
	{ "tail", "CHANNEL… [--since ID] [--json]", "Follow channels in the terminal",
	  "  --since ID     begin after the event with this id\n"
	  "  --json         one JSON object per line", command_tail },
	{ "channels", "", "List the channels that hold events", "", command_channels },
	{ "show", "CHANNEL", "Show what a channel holds", "", command_show },
	{ "remove", "CHANNEL", "Remove a channel with all its events", "", command_remove },
	{ "init", "DIR [--group G]", "Make a store, or share one",
	  "  --group G      share it with the members of the group G, such as the web server's", command_init },
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static const struct command *find(const char *name)
{
	for (int i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int unknown(const char *name)
{
	log_error("there is no command \"%s\"; see: runnel --help", name);
	return EX_USAGE;
}

static void print_overview(FILE *out)
{
	fputs("Usage: runnel COMMAND …\n\nLive HTML over server-sent events: publish and follow.\n\n", out);
	for (int i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fputs("\nRUNNEL_STORE names the store's directory. More: runnel help COMMAND, man runnel.\n", out);
}

static int help(int argc, char **argv)
{
	if (argc < 2) {
		print_overview(stdout);
		return EX_OK;
	}
	const struct command *command = find(argv[1]);
	if (!command)
		return unknown(argv[1]);
	command_help(command);
	return EX_OK;
}

static int dispatch(int argc, char **argv)
{
	if (argc < 2) {
		print_overview(stderr);
		return EX_USAGE;
	}
	const char *name = argv[1];
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return help(argc - 1, argv + 1);
	if (strcmp(name, "--version") == 0) {
		printf("runnel " RUNNEL_VERSION " (%s)\n", backends_libraries());
		return EX_OK;
	}
	const struct command *command = find(name);
	return command ? command->run(command, argc - 1, argv + 1) : unknown(name);
}

/* What we open must never become the standard input, output or error that the caller had closed. */
static void hold_standard_streams(void)
{
	for (int fd = open("/dev/null", O_RDWR); fd >= 0; fd = open("/dev/null", O_RDWR))
		if (fd > STDERR_FILENO) {
			close(fd);
			return;
		}
}

int main(int argc, char **argv)
{
	setlocale(LC_TIME, "");
	log_name("runnel");
	hold_standard_streams();
	stop_install();
	int code = dispatch(argc, argv);
	if (fflush(stdout) != 0 && errno != EPIPE) { /* a reader that had enough is no error */
		log_error("standard output cannot be written: %s", strerror(errno));
		return code == EX_OK ? EX_IOERR : code;
	}
	return code;
}
