/*
 * config - what a site may set, all of it optional.
 *
 * Read once at the start from RUNNEL_CONFIG or runnel.conf in sysconfdir (an INI file),
 * then never changed. RUNNEL_STORE, when set, is the store's directory.
 */
#ifndef RUNNEL_CONFIG_H
#define RUNNEL_CONFIG_H

#include "kind.h"
#include "problem.h"

#include <stdbool.h>
#include <stddef.h>

enum access { ACCESS_TOKEN, ACCESS_USER, ACCESS_OPEN, ACCESS_LOCAL, ACCESS_UNSET };

struct access_rule {
	char *pattern; /* a channel, or a prefix that ends in "*"; "" is the rule for all */
	enum access publish, subscribe; /* ACCESS_UNSET: the next best match decides */
};

struct config {
	char *store;                /* directory */
	char *templates;            /* directory, or NULL: the built-in ones */
	bool store_full_sync;       /* survive a power cut, not only the death of every process */
	unsigned store_busy_ms;     /* how long to wait for other writers, 0: the store's own patience; the program's to set */
	enum access status;         /* who sees the status page and the metrics */
	bool html_allowed;          /* a publisher over HTTP may give ready-made HTML */
	struct access_rule *rules;  /* rules[0] is the rule for all */
	size_t rule_count;
	size_t event_limit_bytes;   /* values or HTML of one event */
	unsigned stream_limit;      /* open streams of one worker; 0: as many as descriptors allow */
	unsigned heartbeat_s;
	struct kinds kinds;
};

/*
 * Reads the configuration. Environment is asked through get (getenv, or a stand-in in a test).
 * false with a 500 problem that names the file, the line and the rule; the caller still clears.
 */
bool config_read(struct config *config, char *(*get)(const char *name), struct problem *problem);

/* The same from a string, for tests and fuzzing. */
bool config_read_text(struct config *config, const char *text, struct problem *problem);

/* Who may publish to, or read, this channel: the longest pattern that matches and says so. */
enum access config_publish(const struct config *config, const char *channel);
enum access config_subscribe(const struct config *config, const char *channel);

void config_clear(struct config *config);

#endif
