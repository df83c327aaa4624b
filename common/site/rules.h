/*
 * rules - who may publish to, and read, which channels: the sections [access] and [access "PATTERN"].
 *
 * A pattern is a channel, or the beginning of channels and a star at its end. What ends in a slash and a star covers
 * all that is below the slash, and not the name before it: feed/team has a rule of its own.
 * The longest literal part that matches wins, whatever the order; a star counts nothing in length, and of two that
 * are equal the one without a star wins.
 */
#ifndef RUNNEL_RULES_H
#define RUNNEL_RULES_H

#include "event/kind.h"
#include "base/problem.h"

#include <stdbool.h>
#include <stddef.h>

enum access { ACCESS_TOKEN, ACCESS_USER, ACCESS_OPEN, ACCESS_LOCAL, ACCESS_UNSET };

struct access_rule {
	char *pattern; /* as it was written */
	char *literal; /* of a channel, without the star; logins escaped */
	bool star;
	enum access publish, subscribe; /* ACCESS_UNSET: the next best match decides */
};

struct access_rules {
	struct access_rule *rows;
	size_t count;
};

#define ACCESS_RULES_NONE { NULL, 0 }

/*
 * The rule of a pattern, made when there is none; NULL is the pattern of [access] itself. Good until the next call.
 * NULL with a 500 problem when a pattern of this form can match no channel.
 */
struct access_rule *rules_for(struct access_rules *rules, const char *pattern, struct problem *problem);

/* Whether each can match a channel of one of the kinds; else false with a 500 problem that names the pattern. */
bool rules_check(const struct access_rules *rules, const struct kinds *kinds, struct problem *problem);

/* Who may: token to publish and open to read, where nothing is said. */
enum access rules_publish(const struct access_rules *rules, const char *channel);
enum access rules_subscribe(const struct access_rules *rules, const char *channel);

void rules_clear(struct access_rules *rules);

#endif
