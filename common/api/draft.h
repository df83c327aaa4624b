/*
 * draft - an event that somebody wants to publish, before it is one.
 */
#ifndef RUNNEL_DRAFT_H
#define RUNNEL_DRAFT_H

#include "site/config.h"
#include "base/problem.h"
#include "http/request.h"
#include "event/values.h"

#include <stdbool.h>
#include <stddef.h>

struct draft {
	const char *channel;  /* borrowed */
	char *event;          /* NULL: the kind's own */
	struct values values;
	char *html;           /* a ready-made fragment, or NULL */
};

#define DRAFT_INIT(channel) { (channel), NULL, VALUES_INIT, NULL }

/*
 * Reads a POST body in any of the four content types into the draft. The fields "event" and "html"
 * are the draft's own; all others are values. false with a 400, 403 or 415 problem.
 */
bool draft_read(struct draft *draft, const struct request *request, const struct kind *kind,
		bool html_allowed, struct problem *problem);

/* Moves the fields "event" and "html" out of the values to where they belong. */
void draft_sort(struct draft *draft);

/*
 * The rules of the kind: every text is cleaned (text.h) and brought into its form (value_rule.h), something is
 * shown, and states that an event implies are filled in (a progress that is done is a `complete`). Whoever publishes, by
 * HTTP or by a command, comes through here. false with a 400 or 413 problem that names the field.
 */
bool draft_check(struct draft *draft, const struct kind *kind, size_t limit_bytes, struct problem *problem);

void draft_clear(struct draft *draft);

#endif
