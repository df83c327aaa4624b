#include "site/auth.h"

#include "event/channel.h"

#include <stdio.h>

bool auth_user(const struct request *request, const char *what, struct problem *problem)
{
	if (request->user)
		return true;
	return problem_set(problem, 403, "%s needs a login, and the web server has authenticated nobody%s", what,
			   request->user_unproven ?
			   ": a REMOTE_USER without AUTH_TYPE, or two that differ, is what anybody may claim. Let it pass both, once each, where it asks for a password itself." :
			   " (AUTH_TYPE and REMOTE_USER): let it ask for one there, and log in.");
}

static bool needs_token(const char *what, const char *setting, struct problem *problem)
{
	return problem_set(problem, 401, "%s needs a token, and this version reads none; or set %s in runnel's configuration.", what, setting);
}

/* Bounded: the sentence is to be read whole. */
static const char *doing(char *out, size_t size, const char *verb, const char *channel)
{
	snprintf(out, size, "%s %s%s", verb, channel, channel_is_personal(channel) ? ", which is personal," : "");
	return out;
}

enum { WHAT_BYTES = CHANNEL_BYTES_MAX + 60 };

/* Of the login that the browser sends by itself, also with what another site's page made it send. */
static bool needs_own_page(const struct request *request, const char *what, struct problem *problem)
{
	return request_is_from_own_page(request) ||
	       problem_set(problem, 403, "%s by the web server's login is refused to a page of another site: Origin must be this site's own scheme, host and port, and Sec-Fetch-Site same-origin or none.", what);
}

/* Nobody is told whose it is but whoever has named it. */
static bool needs_owner(const struct request *request, const char *channel, const char *what, struct problem *problem)
{
	if (!auth_user(request, what, problem))
		return false;
	return channel_is_of(channel, request->user) ||
	       problem_set(problem, 403, "%s is for its own user alone, and another one is logged in.", what);
}

bool auth_publish(const struct config *config, const struct request *request, const char *channel, struct problem *problem)
{
	char what[WHAT_BYTES];
	bool personal = channel_is_personal(channel);
	enum access access = rules_publish(&config->rules, channel);

	doing(what, sizeof what, "Publishing over HTTP to", channel);
	if (access == ACCESS_TOKEN)
		return problem_set(problem, 401, "%s is not open: publish with the runnel command, or set [access] publish = user or publish = open in runnel's configuration.", what);
	if (personal && !needs_owner(request, channel, what, problem))
		return false;
	if (access == ACCESS_OPEN && !personal)
		return true;
	return auth_user(request, what, problem) && needs_own_page(request, what, problem);
}

bool auth_subscribe(const struct config *config, const struct request *request, const char *channel, struct problem *problem)
{
	char what[WHAT_BYTES];
	doing(what, sizeof what, "Reading", channel);
	if (channel_is_personal(channel))
		return needs_owner(request, channel, what, problem);
	switch (rules_subscribe(&config->rules, channel)) {
	case ACCESS_OPEN: return true;
	case ACCESS_USER: return auth_user(request, what, problem);
	default: return needs_token(what, "[access] subscribe = user or open", problem);
	}
}

bool auth_status(const struct config *config, const struct request *request, struct problem *problem)
{
	switch (config->status) {
	case ACCESS_OPEN: return true;
	case ACCESS_USER: return auth_user(request, "The status", problem);
	case ACCESS_LOCAL:
		return request_is_local(request) ||
		       problem_set(problem, 403, "The status is shown to this machine alone, and not through a proxy; set [access] status = user or open in runnel's configuration to show it to others.");
	default: return needs_token("The status", "[access] status = local, user or open", problem);
	}
}
