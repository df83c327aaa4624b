/* options - what the command line asks for. */
#ifndef RUNNEL_BENCH_OPTIONS_H
#define RUNNEL_BENCH_OPTIONS_H

#include <stdbool.h>

enum { PROCESSES_MAX = 4 };

struct process {
	char name[16];
	const char *pids; /* comma-separated */
};

/* All text is borrowed from the command line. */
struct options {
	const char *sub, *pub;            /* URLs; NULL: not given */
	const char *type, *body;          /* of what is published: MIME type, and a format with one %s */
	int readers, events, bytes;
	int stopped;                      /* so many of the readers read nothing after the head */
	int connections;                  /* that publish at once */
	int channels;                     /* that %d in a URL cycles through */
	int seconds;                      /* bounds everything */
	int hold;                         /* seconds that idle readers stay */
	double rate;                      /* events per second; 0: as fast as answered */
	bool idle;                        /* open the readers only */
	struct process processes[PROCESSES_MAX];
	int process_count;
};

/* The command's name, or NULL when there is none. Ends the program at an option that nobody knows. */
const char *options_read(struct options *options, int argc, char **argv);

#endif
