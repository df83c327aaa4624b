/*
 * runnel.fcgi - live HTML from a pool of FastCGI workers. See runnel.fcgi(8).
 */
#include "site/config.h"
#include "listen.h"
#include "base/log.h"
#include "pool.h"
#include "store/backends.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { WORKERS_MAX = 64, WORKERS_DEFAULT_MAX = 4 };

struct options {
	unsigned workers;
	const char *path; /* NULL: the listening socket is fd 0 */
	unsigned mode;
};

static const char usage[] =
	"usage: runnel.fcgi [--workers N] [--listen PATH [--mode 0660]]\n"
	"Serves the listening socket on standard input (spawn-fcgi, lighttpd, mod_fcgid), that of LISTEN_FDS (systemd), or its own.\n"
	"RUNNEL_STORE names the store, RUNNEL_CONFIG the configuration.\n";

static unsigned default_workers(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	return cores < 1 ? 1 : cores > WORKERS_DEFAULT_MAX ? WORKERS_DEFAULT_MAX : (unsigned)cores;
}

static int read_number(const char *text, int base, unsigned long most, unsigned *out)
{
	char *end;
	unsigned long n = strtoul(text, &end, base);
	if (end == text || *end || n > most)
		return -1;
	*out = (unsigned)n;
	return 0;
}

/* EX_OK, or how to exit; -1: go on. */
static int read_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
		{ "workers", required_argument, NULL, 'w' }, { "listen", required_argument, NULL, 'l' },
		{ "mode", required_argument, NULL, 'm' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 },
	};
	int option;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'w':
			if (read_number(optarg, 10, WORKERS_MAX, &options->workers) < 0 || !options->workers) {
				log_error("--workers must be a number from 1 to %d, not \"%s\"", WORKERS_MAX, optarg);
				return EX_USAGE;
			}
			break;
		case 'l':
			options->path = optarg;
			break;
		case 'm':
			if (read_number(optarg, 8, 0777, &options->mode) < 0) {
				log_error("--mode must be an octal file mode such as 0660, not \"%s\"", optarg);
				return EX_USAGE;
			}
			break;
		case 'h':
			fputs(usage, stdout);
			return EX_OK;
		case 'V':
			printf("runnel.fcgi " RUNNEL_VERSION " (%s)\n", backends_libraries());
			return EX_OK;
		default:
			fputs(usage, stderr);
			return EX_USAGE;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	return -1;
}

/* From here on a signal waits until the pool hears it: one that comes early still ends us well. */
static void hold_signals(void)
{
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
	struct options options = { default_workers(), NULL, 0660 };
	struct problem problem = PROBLEM_NONE;
	struct config config;

	log_name("runnel.fcgi");
	int code = read_options(argc, argv, &options);
	if (code >= 0)
		return code;
	hold_signals();
	if (!config_read(&config, getenv, &problem)) {
		log_error("%s", problem.text);
		return EX_CONFIG;
	}
	int fd = options.path ? listen_on(options.path, options.mode) : listen_inherited();
	if (fd < 0 && !options.path)
		fputs(usage, stderr);
	if (fd < 0)
		return options.path ? EX_OSERR : EX_USAGE;
	code = pool_run(options.workers, fd, &config);
	if (options.path)
		listen_off(options.path);
	config_clear(&config);
	return code;
}
