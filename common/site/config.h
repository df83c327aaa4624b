/*
 * config - what a site may set, all of it optional.
 *
 * Read once at the start from RUNNEL_CONFIG or runnel.conf in sysconfdir (an INI file),
 * then never changed. RUNNEL_STORE, when set, is the store's directory.
 */
#ifndef RUNNEL_CONFIG_H
#define RUNNEL_CONFIG_H

#include "event/kind.h"
#include "base/problem.h"
#include "site/rules.h"

#include <stdbool.h>
#include <stddef.h>

struct config {
	char *store;                /* directory */
	char *base;                 /* where the program is mounted, when the server does not say: see mount.h; NULL otherwise */
	char *templates;            /* directory, or NULL: the built-in ones */
	bool store_full_sync;       /* survive a power cut, not only the death of every process */
	unsigned store_busy_ms;     /* how long to wait for other writers, 0: the store's own patience; the program's to set */
	enum access status;         /* who sees the status page and the metrics */
	bool html_allowed;          /* a publisher over HTTP may give ready-made HTML */
	struct access_rules rules;
	size_t event_limit_bytes;   /* values or HTML of one event */
	unsigned stream_limit;      /* open streams of one worker; 0: as many as descriptors allow */
	unsigned heartbeat_s;
	unsigned stalled_s;         /* a run that sends nothing for so long is shown as stalled; 0: never */
	unsigned stuck_s;           /* a reader that takes nothing for so long is dropped */
	unsigned request_s;         /* for a whole request: until it has arrived and its short answer is taken */
	struct kinds kinds;
};

/*
 * Reads the configuration. Environment is asked through get (getenv, or a stand-in in a test).
 * false with a 500 problem that names the file, the line and the rule, to whoever runs the program: a client is not
 * told. The caller still clears.
 */
bool config_read(struct config *config, char *(*get)(const char *name), struct problem *problem);

/* The same from a string, for tests and fuzzing. */
bool config_read_text(struct config *config, const char *text, struct problem *problem);

void config_clear(struct config *config);

#endif
