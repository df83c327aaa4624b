/*
 * runnel publish - one event, from arguments, a file or standard input.
 */
#include "subcommands.h"

#include "event/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct arguments {
	const char *event, *text;
	const char *html;  /* a file */
	bool text_on_stdin;
};

static void read_options(const struct command *command, int argc, char **argv, struct arguments *arguments)
{
	static const struct option options[] = {
		{ "event", required_argument, NULL, 'e' },
		{ "text", required_argument, NULL, 't' },
		{ "html", required_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	for (int option; (option = command_option(command, argc, argv, options, false)) != -1;)
		switch (option) {
		case 'e': arguments->event = optarg; break;
		case 't': arguments->text = optarg; break;
		case 'f': arguments->html = optarg; break;
		}
}

static void set_value(struct values *values, const char *key, const char *text, size_t bytes)
{
	struct problem problem;
	if (!values_set(values, key, text, bytes, &problem))
		command_refuse(&problem);
}

/* key=value, or "-" for the main text from standard input */
static void read_word(const struct command *command, const char *word, struct arguments *arguments, struct values *values)
{
	const char *equals = strchr(word, '=');
	if (strcmp(word, "-") == 0) {
		arguments->text_on_stdin = true;
		return;
	}
	if (!equals || equals == word)
		command_usage(command, "\"%s\" is not key=value", word);
	char *key = must_copy_n(word, (size_t)(equals - word));
	set_value(values, key, equals + 1, strlen(equals + 1));
	free(key);
}

static void check_arguments(const struct command *command, const struct arguments *arguments)
{
	struct problem problem;
	if ((arguments->text != NULL) + (arguments->html != NULL) + arguments->text_on_stdin > 1)
		command_usage(command, "--text, --html and - exclude each other: give one");
	if (arguments->event && !event_name_check(arguments->event, &problem))
		command_fatal(EX_USAGE, "%s", problem.text);
}

/* A text's last newline is the shell's way to end it, not part of it. */
static void read_text(struct buf *text)
{
	command_read("-", text);
	if (text->len && text->data[text->len - 1] == '\n')
		text->len--;
	if (text->len && text->data[text->len - 1] == '\r')
		text->len--;
	text->data[text->len] = '\0';
}

static char *read_html(const char *file)
{
	struct buf html = BUF_INIT;
	command_read(file, &html);
	if (strlen(html.data) != html.len)
		command_fatal(EX_DATAERR, "The HTML must be UTF-8 without NUL");
	return html.data;
}

static void fill(struct draft *draft, const struct arguments *arguments, const char *text_key)
{
	struct buf text = BUF_INIT;
	if (arguments->text)
		set_value(&draft->values, text_key, arguments->text, strlen(arguments->text));
	if (arguments->text_on_stdin) {
		read_text(&text);
		set_value(&draft->values, text_key, text.data, text.len);
	}
	buf_clear(&text);
	draft_sort(draft); /* event=… and html=… are what they are over HTTP */
	if (arguments->html) {
		free(draft->html);
		draft->html = read_html(arguments->html);
	}
	if (arguments->event) {
		free(draft->event);
		draft->event = must_copy(arguments->event);
	}
}

int command_publish(const struct command *command, int argc, char **argv)
{
	struct arguments arguments = { 0 };
	struct values values = VALUES_INIT;
	struct site site;

	read_options(command, argc, argv, &arguments);
	if (optind == argc)
		command_usage(command, "publish needs a CHANNEL, such as notifications");
	char *channel = command_channel(NULL, argv[optind++]);
	while (optind < argc)
		read_word(command, argv[optind++], &arguments, &values);
	check_arguments(command, &arguments);

	command_open(&site);
	const struct kind *kind = command_kind(&site, channel);
	struct draft draft = DRAFT_INIT(channel);
	draft.values = values;
	fill(&draft, &arguments, kind->text);
	uint64_t seq = command_append(&site, &draft);
	printf("%s-%" PRIu64 "\n", store_epoch(site.store), seq);
	site_close(&site);
	free(channel);
	return EX_OK;
}
