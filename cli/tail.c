/*
 * runnel tail - channels in the terminal.
 *
 * The same reading as a stream over HTTP: what the kind starts with, or everything after an
 * id; then, at each ring, the log after the cursor. A gap is said, never skipped in silence.
 */
#include "subcommands.h"

#include "event/cursor.h"
#include "format.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	READ_EVENTS_MAX = 512,
	RECHECK_MS = 2000, /* a publisher may be killed between its commit and its ring */
};

struct followed {
	const char *channel;
	const struct kind *kind;
	uint64_t ordinal; /* of the last event seen, 0: none yet */
	bool ended;       /* the last event seen ends a run */
};

/* A line of the start, until all channels' lines are put in order. */
struct piece {
	uint64_t seq;
	char *line;
};

struct tail {
	struct site site;
	struct followed *channels;
	size_t count;
	bool json;
	uint64_t cursor;
	struct buf line;      /* scratch */
	struct buf gaps;      /* sentences for standard error, and */
	struct buf out;       /* lines of one read, printed when the store is let go */
	struct piece *pieces; /* while starting; else NULL */
	size_t pieces_count;
	size_t visited;       /* events of the last read, followed or not */
};

static struct followed *find(struct tail *tail, const char *channel)
{
	for (size_t i = 0; i < tail->count; i++)
		if (strcmp(tail->channels[i].channel, channel) == 0)
			return &tail->channels[i];
	return NULL;
}

/* ---- one event ---- */

static void say_gap(struct tail *tail, const struct followed *followed, uint64_t missed)
{
	buf_print(&tail->gaps, "gap: %s: %" PRIu64 " event%s no longer kept\n", followed->channel, missed, missed == 1 ? " is" : "s are");
}

/* Ordinals count up by one in each channel, so a hole shows by itself; a channel that was forgotten starts again at 1. */
static void note(struct tail *tail, struct followed *followed, const struct event *event)
{
	if (followed->ordinal && event->ordinal > followed->ordinal + 1)
		say_gap(tail, followed, event->ordinal - followed->ordinal - 1);
	followed->ordinal = event->ordinal;
	followed->ended = kind_ended_by(followed->kind, event->name);
}

static void format_line(struct tail *tail, const struct followed *followed, const struct event *event)
{
	buf_reset(&tail->line);
	if (tail->json)
		format_json(&tail->line, store_epoch(tail->site.store), event);
	else
		format_plain(&tail->line, followed->kind, event, true);
}

/* Outside of any read: whoever reads us may be stopped, and the store would wait with us. */
static void print_out(struct tail *tail)
{
	fwrite(buf_string(&tail->gaps), 1, tail->gaps.len, stderr);
	buf_reset(&tail->gaps);
	size_t n = fwrite(buf_string(&tail->out), 1, tail->out.len, stdout);
	if ((n < tail->out.len || fflush(stdout) != 0) && errno != EPIPE)
		command_fatal(EX_IOERR, "standard output cannot be written: %s", strerror(errno));
	if (ferror(stdout))
		exit(EX_OK); /* whoever read us has had enough */
	buf_reset(&tail->out);
}

static bool on_event(void *arg, const struct event *event)
{
	struct tail *tail = arg;
	struct followed *followed = find(tail, event->channel);
	tail->visited++;
	if (!tail->pieces)
		tail->cursor = event->seq;
	if (!followed)
		return true;
	note(tail, followed, event);
	format_line(tail, followed, event);
	if (tail->pieces)
		tail->pieces[tail->pieces_count++] = (struct piece){ event->seq, must_copy(tail->line.data) };
	else
		buf_print(&tail->out, "%s\n", tail->line.data);
	return true;
}

/* ---- the start ---- */

static int by_seq(const void *a, const void *b)
{
	uint64_t x = ((const struct piece *)a)->seq, y = ((const struct piece *)b)->seq;
	return x < y ? -1 : x > y;
}

/* The last events of its current run. */
static void read_start(struct tail *tail, const struct followed *followed)
{
	const struct kind *kind = followed->kind;
	struct store *store = tail->site.store;
	struct store_place first = { 0, 0 };
	if (kind->start)
		command_expect(&tail->site, store_start(store, followed->channel, tail->cursor, kind->start, kind->ends, &first));
	if (first.seq)
		command_expect(&tail->site, store_read(store, followed->channel, first.seq - 1, tail->cursor, kind->start, on_event, tail));
}

static void start_anew(struct tail *tail)
{
	size_t most = 1;
	for (size_t i = 0; i < tail->count; i++)
		most += tail->channels[i].kind->start;
	command_expect(&tail->site, store_head(tail->site.store, &tail->cursor));
	tail->pieces = must_alloc(most * sizeof *tail->pieces);
	for (size_t i = 0; i < tail->count; i++)
		read_start(tail, &tail->channels[i]);
	qsort(tail->pieces, tail->pieces_count, sizeof *tail->pieces, by_seq);
	for (size_t i = 0; i < tail->pieces_count; i++) {
		buf_print(&tail->out, "%s\n", tail->pieces[i].line);
		free(tail->pieces[i].line);
	}
	print_out(tail);
	free(tail->pieces);
	tail->pieces = NULL;
}

static void start_after(struct tail *tail, uint64_t seq)
{
	struct store_span span;
	for (size_t i = 0; i < tail->count; i++) {
		command_expect(&tail->site, store_span(tail->site.store, tail->channels[i].channel, &span));
		if (span.trimmed > seq)
			fprintf(stderr, "gap: %s: events after the id are no longer kept\n", tail->channels[i].channel);
		/* nothing new and already over: the last event need not be seen again to know it */
		tail->channels[i].ended = span.count && span.last <= seq && kind_ended_by(tail->channels[i].kind, span.name);
	}
	tail->cursor = seq;
}

static void start(struct tail *tail, const struct cursor *since)
{
	uint64_t head;
	command_expect(&tail->site, store_head(tail->site.store, &head));
	if (!cursor_given(since)) {
		start_anew(tail);
	} else if (strcmp(since->epoch, store_epoch(tail->site.store)) != 0) {
		fputs("gap: the id is of another epoch: this store began anew\n", stderr);
		start_anew(tail);
	} else if (since->seq > head) {
		fputs("gap: the id is ahead of the store\n", stderr);
		start_anew(tail);
	} else {
		start_after(tail, since->seq);
	}
}

/* ---- following ---- */

static enum store_status read_some(struct tail *tail)
{
	struct store *store = tail->site.store;
	tail->visited = 0;
	/* one channel is read by its index; several are picked out of the log, which keeps their order */
	if (tail->count == 1)
		return store_read(store, tail->channels[0].channel, tail->cursor, INT64_MAX, READ_EVENTS_MAX, on_event, tail);
	return store_read_all(store, tail->cursor, READ_EVENTS_MAX, on_event, tail);
}

static void read_on(struct tail *tail)
{
	do {
		enum store_status status = read_some(tail);
		print_out(tail);
		if (status == STORE_BUSY)
			break; /* the next look finds it */
		command_expect(&tail->site, status);
	} while (tail->visited == READ_EVENTS_MAX);
}

static bool all_ended(const struct tail *tail)
{
	for (size_t i = 0; i < tail->count; i++)
		if (!tail->channels[i].ended)
			return false;
	return true;
}

static int listen_to(struct tail *tail)
{
	uint32_t interest = 0;
	for (size_t i = 0; i < tail->count; i++)
		interest |= store_interest(tail->channels[i].channel);
	int bell = store_listen(tail->site.store, interest);
	if (bell < 0)
		command_fatal(EX_OSERR, "The store cannot be listened to: %s", strerror(errno));
	return bell;
}

/* Standard output is polled too: a tail of a quiet channel must end with its reader, not at the next event. */
static void follow(struct tail *tail, int bell)
{
	struct pollfd fds[] = { { bell, POLLIN, 0 }, { STDOUT_FILENO, 0, 0 } };
	for (;;) {
		store_quiet(tail->site.store); /* before reading: what rings from now on is read next time */
		read_on(tail);
		if (all_ended(tail))
			return;
		poll(fds, 2, RECHECK_MS);
		if (fds[1].revents & (POLLERR | POLLHUP))
			exit(EX_OK);
	}
}

/* ---- arguments ---- */

static void interrupted(int number)
{
	_exit(128 + number);
}

static void read_options(const struct command *command, int argc, char **argv, bool *json, struct cursor *since)
{
	static const struct option options[] = {
		{ "since", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	for (int option; (option = command_option(command, argc, argv, options, false)) != -1;) {
		if (option == 'j')
			*json = true;
		if (option == 's' && !cursor_parse(optarg, since))
			command_usage(command, "\"%.64s\" is no id: an id is what publish prints, such as k3x9-1042", optarg);
	}
	if (optind == argc)
		command_usage(command, "tail needs a CHANNEL, such as log/build");
}

static void add_channel(struct tail *tail, const char *channel)
{
	if (find(tail, channel))
		return;
	tail->channels[tail->count++] = (struct followed){ .channel = channel, .kind = command_kind(&tail->site, channel) };
}

int command_tail(const struct command *command, int argc, char **argv)
{
	struct tail tail = { .line = BUF_INIT, .gaps = BUF_INIT, .out = BUF_INIT };
	struct cursor since = CURSOR_NONE;

	read_options(command, argc, argv, &tail.json, &since);
	signal(SIGINT, interrupted);
	command_open(&tail.site);
	tail.channels = must_alloc((size_t)(argc - optind) * sizeof *tail.channels);
	for (; optind < argc; optind++)
		add_channel(&tail, command_channel(NULL, argv[optind])); /* for as long as we live */
	int bell = listen_to(&tail); /* before reading, so that nothing falls between */
	start(&tail, &since);
	follow(&tail, bell);
	site_close(&tail.site);
	free(tail.channels);
	buf_clear(&tail.line);
	return EX_OK;
}
