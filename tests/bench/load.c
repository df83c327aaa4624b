/*
 * load - what many readers and publishers do to a server of Server-Sent Events, on loopback.
 *
 *   load fan --sub URL --pub URL [--readers N] [--events M] [--rate PER_SECOND] [--bytes SIZE] [--stopped K]
 *            [--channels C] [--type MIME] [--cpu NAME=PID,…]… [--idle [--hold SECONDS]]
 *   load publish --pub URL [--connections N] [--events M] [--channels C] [--bytes SIZE]
 *   load start --sub URL [--events M] [--channels C]        time to the first byte of the body, one after the other
 *
 * In a URL, %d is the number of the reader or event modulo --channels. Each event carries its number and the
 * moment of its publishing; every reader must get each of its channel's exactly once and in order, or the run is no
 * result: exit code 1. Prints one JSON object. Every wait ends with --seconds (60); what was not answered by then has failed.
 */
#include "fan.h"
#include "options.h"
#include "publishing.h"
#include "running.h"
#include "starting.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* A descriptor for each reader. Where the hard limit cannot be raised, it is the limit. */
static void raise_file_limit(void)
{
	struct rlimit files = { 1 << 20, 1 << 20 };
	if (setrlimit(RLIMIT_NOFILE, &files) == 0 || getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

int main(int argc, char **argv)
{
	struct options options;
	const char *command = options_read(&options, argc, argv);
	raise_file_limit();
	running_start();
	if (command && strcmp(command, "fan") == 0 && options.sub)
		return fan_run(&options);
	if (command && strcmp(command, "publish") == 0 && options.pub)
		return publishing_run(&options);
	if (command && strcmp(command, "start") == 0 && options.sub)
		return starting_run(&options);
	fprintf(stderr, "usage: load fan|publish|start --sub URL --pub URL … (see load.c)\n");
	return 64;
}
