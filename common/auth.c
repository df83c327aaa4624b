#include "auth.h"

#include "channel.h"

#include <string.h>

/* The web server's own login comes with every request of the browser, also one that another site sent it to make. */
static bool from_own_page(const struct request *request)
{
	if (!request->origin)
		return true;
	const char *host = strstr(request->origin, "://");
	return host && strcmp(host + 3, request->host) == 0;
}

bool auth_publish(const struct config *config, const struct request *request, const char *channel, struct problem *problem)
{
	switch (config_publish(config, channel)) {
	case ACCESS_OPEN:
		return true;
	case ACCESS_USER:
		if (!request->remote_user)
			return problem_set(problem, 403, "Publishing to %s over HTTP needs a user whom the web server has authenticated (REMOTE_USER).", channel);
		if (!from_own_page(request))
			return problem_set(problem, 403, "Publishing to %s from a page of another site (Origin) is refused.", channel);
		return true;
	default:
		return problem_set(problem, 401, "Publishing to %s over HTTP is not open: publish with the runnel command, or set [access] publish = user or publish = open in the configuration.", channel);
	}
}

static bool owner_only(const struct request *request, const char *channel, struct problem *problem)
{
	const char *owner = channel_owner(channel);
	if (!request->remote_user)
		return problem_set(problem, 403, "%s is personal: only the user %s may read it, and the web server has authenticated nobody (REMOTE_USER).", channel, owner);
	if (strcmp(owner, request->remote_user) != 0)
		return problem_set(problem, 403, "%s is personal: only the user %s may read it.", channel, owner);
	return true;
}

bool auth_subscribe(const struct config *config, const struct request *request, const char *channel, struct problem *problem)
{
	if (channel_owner(channel))
		return owner_only(request, channel, problem);
	switch (config_subscribe(config, channel)) {
	case ACCESS_OPEN:
		return true;
	case ACCESS_USER:
		return request->remote_user ||
		       problem_set(problem, 403, "Reading %s needs a user whom the web server has authenticated (REMOTE_USER).", channel);
	default:
		return problem_set(problem, 401, "Reading %s needs a token, and this version reads none: set [access] subscribe = user or open.", channel);
	}
}

bool auth_status(const struct config *config, const struct request *request, struct problem *problem)
{
	switch (config->status) {
	case ACCESS_OPEN:
		return true;
	case ACCESS_USER:
		return request->remote_user ||
		       problem_set(problem, 403, "The status needs a user whom the web server has authenticated (REMOTE_USER).");
	case ACCESS_LOCAL:
		if (strncmp(request->remote_addr, "127.", 4) == 0 || strcmp(request->remote_addr, "::1") == 0)
			return true;
		return problem_set(problem, 403, "The status is shown to this machine alone; set [access] status = user or open to show it to others.");
	default:
		return problem_set(problem, 401, "The status needs a token, and this version reads none: set [access] status = local, user or open.");
	}
}
