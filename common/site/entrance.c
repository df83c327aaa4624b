#include "site/entrance.h"

#include "base/buf.h"
#include "event/channel.h"

#include <string.h>

static bool is_route(const struct config *config, const char *path)
{
	return channel_reserved(path) || kinds_of(&config->kinds, path);
}

/* Whether a segment after the first is a route or a kind: then what was taken for the mount is a whole path. */
static bool looks_unsplit(const struct config *config, const char *base)
{
	const char *segment = base + strspn(base, "/");
	while ((segment = strchr(segment, '/')))
		if (is_route(config, ++segment))
			return true;
	return false;
}

/* The answer is not kept: of a server that is not set up right yet it is wrong. */
static void lead_to_slash(const char *base, struct response *response)
{
	struct buf to = BUF_INIT;
	buf_print(&to, "%s/", base);
	response->status = 302;
	response_header(response, "Location", buf_string(&to));
	response_header(response, "Cache-Control", "no-store");
	buf_print(&response->body, "runnel's pages are below %s. Where every address sends you here, the web server passes no PATH_INFO.\n", buf_string(&to));
	buf_clear(&to);
}

static enum entrance at_mount(const struct config *config, const struct request *request, struct response *response, struct problem *problem)
{
	bool reads = request_is(request, "GET");
	if (!config->base && (!reads || looks_unsplit(config, request->mount.base))) {
		mount_no_path_info(problem);
		return ENTRANCE_REFUSED;
	}
	if (!reads) {
		problem_set(problem, 404, "There is nothing here: runnel's pages are below a slash.");
		return ENTRANCE_REFUSED;
	}
	lead_to_slash(request->mount.base, response);
	return ENTRANCE_ANSWERED;
}

/*
 * Some servers that do not split pass the whole path as PATH_INFO (h2o below a path, Caddy without `split`). Where the
 * program seems to stand at the root, a first segment that is no route is perhaps the mount.
 */
static enum entrance below_mount(const struct config *config, const struct request *request, struct problem *problem)
{
	const char *path = request->mount.path;
	size_t n = strcspn(path, "/");
	if (*request->mount.base || config->base || !*path || is_route(config, path))
		return ENTRANCE_ROUTE;
	problem_set(problem, 404, "There is no kind \"%.*s\". If runnel is mounted there, the web server passes the whole path as PATH_INFO: set [site] base in runnel's configuration.",
		    (int)(n > 60 ? 60 : n), path);
	return ENTRANCE_REFUSED;
}

enum entrance entrance_find(const struct config *config, struct request *request, struct response *response, struct problem *problem)
{
	if (request->query_has_nul) {
		problem_set(problem, 400, "The query may hold no NUL (%%00).");
		return ENTRANCE_REFUSED;
	}
	switch (request_find(request, config->base, problem)) {
	case MOUNT_FOUND: return below_mount(config, request, problem);
	case MOUNT_SLASH: return at_mount(config, request, response, problem);
	default: return ENTRANCE_REFUSED;
	}
}
