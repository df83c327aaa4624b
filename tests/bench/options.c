#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option known[] = {
	{ "sub", 1, NULL, 's' }, { "pub", 1, NULL, 'p' }, { "type", 1, NULL, 't' }, { "body", 1, NULL, 'b' },
	{ "readers", 1, NULL, 'n' }, { "events", 1, NULL, 'm' }, { "bytes", 1, NULL, 'z' }, { "stopped", 1, NULL, 'k' },
	{ "connections", 1, NULL, 'c' }, { "channels", 1, NULL, 'C' }, { "seconds", 1, NULL, 'S' }, { "rate", 1, NULL, 'r' },
	{ "cpu", 1, NULL, 'u' }, { "idle", 0, NULL, 'i' }, { "hold", 1, NULL, 'H' }, { NULL, 0, NULL, 0 },
};

static void add_process(struct options *options, const char *text)
{
	const char *equals = strchr(text, '=');
	if (!equals || options->process_count == PROCESSES_MAX)
		return;
	struct process *process = &options->processes[options->process_count++];
	snprintf(process->name, sizeof process->name, "%.*s", (int)(equals - text), text);
	process->pids = equals + 1;
}

/* A divisor further on: none may be 0. */
static int count(const char *text)
{
	int n = atoi(text);
	if (n < 1) {
		fprintf(stderr, "load: \"%s\" is not a number from 1 up\n", text);
		exit(64);
	}
	return n;
}

static void take(struct options *options, int option, const char *value)
{
	switch (option) {
	case 's': options->sub = value; break;
	case 'p': options->pub = value; break;
	case 't': options->type = value; break;
	case 'b': options->body = value; break;
	case 'n': options->readers = count(value); break;
	case 'm': options->events = count(value); break;
	case 'z': options->bytes = count(value); break;
	case 'k': options->stopped = atoi(value); break;
	case 'c': options->connections = count(value); break;
	case 'C': options->channels = count(value); break;
	case 'S': options->seconds = count(value); break;
	case 'r': options->rate = atof(value); break;
	case 'u': add_process(options, value); break;
	case 'i': options->idle = true; break;
	case 'H': options->hold = atoi(value); break;
	default: exit(64);
	}
}

const char *options_read(struct options *options, int argc, char **argv)
{
	int option;
	*options = (struct options){
		.type = "text/plain", .body = "%s", .readers = 1000, .events = 1000, .bytes = 200,
		.connections = 64, .channels = 1, .seconds = 60,
	};
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
		take(options, option, optarg);
	if (options->stopped > options->readers)
		options->stopped = options->readers;
	return optind < argc ? argv[optind] : NULL;
}
