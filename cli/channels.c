/*
 * runnel channels, show, remove - what the store holds, for people; in a pipe, for scripts.
 */
#include "subcommands.h"

#include "format.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { PART_EVENTS_MAX = 256 }; /* of one look at the store */

/* ---- channels ---- */

struct table {
	const char *epoch;
	bool terminal;
	int width;       /* of the longest name */
	size_t rows;
	struct buf text; /* printed when the store is let go: whoever reads us may take their time */
};

static bool measure(void *arg, const char *channel, const struct store_span *span)
{
	struct table *table = arg;
	(void)span;
	if ((int)strlen(channel) > table->width)
		table->width = (int)strlen(channel);
	table->rows++;
	return true;
}

static bool add_row(void *arg, const char *channel, const struct store_span *span)
{
	struct table *table = arg;
	struct buf time = BUF_INIT, name = BUF_INIT, last = BUF_INIT, epoch = BUF_INIT;
	format_time(&time, span->time_ms);
	text_print(&name, channel); /* the store is a file that others write too */
	text_print(&last, span->name);
	text_print(&epoch, table->epoch);
	if (table->terminal)
		buf_print(&table->text, "%-*s  %7" PRIu64 "  %-12s  %s  %s-%" PRIu64 "\n", table->width, buf_string(&name), span->count, buf_string(&last), time.data, buf_string(&epoch), span->last);
	else
		buf_print(&table->text, "%s\t%" PRIu64 "\t%s\t%s\t%s-%" PRIu64 "\n", buf_string(&name), span->count, buf_string(&last), time.data, buf_string(&epoch), span->last);
	buf_clear(&time);
	buf_clear(&name);
	buf_clear(&last);
	buf_clear(&epoch);
	return true;
}

int command_channels(const struct command *command, int argc, char **argv)
{
	struct site site;
	command_no_options(command, argc, argv);
	if (optind < argc)
		command_usage(command, "channels takes no argument; \"%s\" is one", argv[optind]);
	command_open(&site);
	struct table table = { store_epoch(site.store), isatty(STDOUT_FILENO), (int)strlen("CHANNEL"), 0, BUF_INIT };
	command_expect(&site, store_channels(site.store, measure, &table));
	if (table.terminal && table.rows)
		printf("%-*s  %7s  %-12s  %-19s  %s\n", table.width, "CHANNEL", "EVENTS", "LAST", "TIME", "ID");
	if (table.terminal && !table.rows)
		puts("No channel holds an event yet; try: runnel publish notifications title=Hello");
	command_expect(&site, store_channels(site.store, add_row, &table));
	fwrite(buf_string(&table.text), 1, table.text.len, stdout);
	buf_clear(&table.text);
	site_close(&site);
	return EX_OK;
}

/* ---- show, remove ---- */

/* The one argument, a channel that holds events; ends the process otherwise. Opens the site. */
static char *open_channel(const struct command *command, int argc, char **argv, struct site *site, struct store_span *span)
{
	command_no_options(command, argc, argv);
	if (argc - optind != 1)
		command_usage(command, "%s needs one CHANNEL, such as progress/import", command->name);
	char *channel = command_channel(NULL, argv[optind]);
	command_open(site);
	command_expect(site, store_span(site->store, channel, span));
	if (span->count == 0)
		command_fatal(EX_NOINPUT, "The channel %s holds no event; see: runnel channels", channel);
	return channel;
}

/* What one look at the store gave: printed when it is let go, since a pager may wait for its reader for hours. */
struct part {
	const struct kind *kind;
	struct buf text;
	uint64_t last;
	size_t events;
};

static bool add_event(void *arg, const struct event *event)
{
	struct part *part = arg;
	format_plain(&part->text, part->kind, event, false);
	buf_text(&part->text, "\n");
	part->last = event->seq;
	part->events++;
	return true;
}

/* false when nobody wants more. */
static bool print_part(struct part *part)
{
	fwrite(buf_string(&part->text), 1, part->text.len, stdout);
	buf_reset(&part->text);
	return fflush(stdout) == 0 && part->events == PART_EVENTS_MAX;
}

int command_show(const struct command *command, int argc, char **argv)
{
	struct site site;
	struct store_span span;
	char *channel = open_channel(command, argc, argv, &site, &span);
	struct part part = { .kind = kinds_of(&site.config.kinds, channel), .text = BUF_INIT };

	printf("%s: %" PRIu64 " of %" PRIu64 " events kept, last id %s-%" PRIu64 "\n", channel, span.count, span.ordinal, store_epoch(site.store), span.last);
	if (part.kind && part.kind->latest)
		part.last = span.last - 1;
	do {
		part.events = 0;
		command_expect(&site, store_read(site.store, channel, part.last, span.last, PART_EVENTS_MAX, add_event, &part));
	} while (print_part(&part));
	buf_clear(&part.text);
	site_close(&site);
	free(channel);
	return EX_OK;
}

int command_remove(const struct command *command, int argc, char **argv)
{
	struct site site;
	struct store_span span;
	uint64_t removed;
	char *channel = open_channel(command, argc, argv, &site, &span);
	command_expect(&site, store_remove(site.store, channel, &removed));
	printf("Removed %s and its %" PRIu64 " event%s.\n", channel, removed, removed == 1 ? "" : "s");
	site_close(&site);
	free(channel);
	return EX_OK;
}
