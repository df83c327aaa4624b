/*
 * runnel progress, done, fail - one step of a progress bar.
 */
#include "subcommands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static void set_value(struct values *values, const char *key, const char *text)
{
	struct problem problem;
	if (text && *text && !values_set(values, key, text, strlen(text), &problem))
		command_refuse(&problem);
}

static int step(const char *name, const char *event, const char *percent, const char *message)
{
	char *channel = command_channel("progress", name);
	struct site site;

	command_open(&site);
	command_kind(&site, channel);
	struct draft draft = DRAFT_INIT(channel);
	draft.event = must_copy(event);
	set_value(&draft.values, "percent", percent);
	set_value(&draft.values, "message", message);
	if (!draft.values.count && strcmp(event, "progress") == 0) /* "-": it runs, and nobody knows how far it is */
		set_value(&draft.values, "state", "running");
	command_append(&site, &draft);
	site_close(&site);
	free(channel);
	return EX_OK;
}

/* Whether there are between least and most arguments; the message is always the last and may be left out. */
static void expect_arguments(const struct command *command, int argc, char **argv, int least)
{
	command_no_options(command, argc, argv);
	if (argc - optind < least)
		command_usage(command, "%s needs %s", command->name, least == 2 ? "a NAME and a PERCENT" : "a NAME");
	if (argc - optind > least + 1)
		command_usage(command, "\"%s\" is one argument too many: put the message in quotes", argv[optind + least + 1]);
}

/* "-0.0" is a number that languages print, and no option: a blank before it, which every value may have, says so. */
static void protect_number(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (argv[i][0] == '-' && argv[i][1] && strchr("0123456789.,", argv[i][1])) {
			struct buf text = BUF_INIT;
			buf_print(&text, " %s", argv[i]);
			argv[i] = text.data;
			return;
		}
}

int command_progress(const struct command *command, int argc, char **argv)
{
	protect_number(argc, argv);
	expect_arguments(command, argc, argv, 2);
	const char *percent = argv[optind + 1];
	return step(argv[optind], "progress", strcmp(percent, "-") == 0 ? NULL : percent, argv[optind + 2]);
}

int command_done(const struct command *command, int argc, char **argv)
{
	expect_arguments(command, argc, argv, 1);
	return step(argv[optind], "complete", NULL, argv[optind + 1]);
}

int command_fail(const struct command *command, int argc, char **argv)
{
	expect_arguments(command, argc, argv, 1);
	return step(argv[optind], "failed", NULL, argv[optind + 1]);
}
