#include "site/site.h"
#include "store/backends.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool site_store_problem(const struct site *site, enum store_status status, struct problem *problem)
{
	static const struct { int http; enum problem_cause cause; } rows[] = {
		[STORE_MISSING] = { 503, PROBLEM_STORE_MISSING },
		[STORE_DENIED] = { 503, PROBLEM_STORE_DENIED },
		[STORE_FOREIGN] = { 500, PROBLEM_STORE_FOREIGN },
		[STORE_LIMIT] = { 503, PROBLEM_STORE_LIMIT },
		[STORE_BUSY] = { 503, PROBLEM_STORE_BUSY },
		[STORE_FULL] = { 507, PROBLEM_STORE_FULL },
		[STORE_DAMAGED] = { 500, PROBLEM_STORE_DAMAGED },
		[STORE_FAILED] = { 500, PROBLEM_STORE_FAILED },
	};
	problem_set(problem, rows[status].http, "%s: %s.", site->config.store, store_strerror(status));
	problem->cause = rows[status].cause;
	problem->inside = true;
	return false;
}

/* A mistyped folder would otherwise show the built-in templates, and nobody would know why. */
static bool check_templates(struct site *site, const struct config *config, struct problem *problem)
{
	struct stat info;
	if (!config->templates)
		return true;
	if (stat(config->templates, &info) == 0 && !S_ISDIR(info.st_mode))
		errno = ENOTDIR;
	else if (access(config->templates, R_OK | X_OK) == 0)
		return true;
	problem_set(problem, 500, "The templates' folder %s: %s.", config->templates, strerror(errno));
	return problem_set(&site->trouble, 503, "The templates' folder of the configuration cannot be used; the log says why.");
}

static bool open_store(struct site *site, const struct config *config, struct problem *problem)
{
	struct store_options options = { .full_sync = config->store_full_sync, .busy_ms = config->store_busy_ms };
	enum store_status status = backends_open(config->store, &options, &site->store);
	if (status == STORE_OK)
		return true;
	site->config.store = config->store;
	site_store_problem(site, status, problem);
	return problem_set(&site->trouble, 503, "The store cannot be used: %s.", store_strerror(status));
}

bool site_open_with(struct site *site, struct config *config, struct problem *problem)
{
	*site = (struct site){ .trouble = PROBLEM_NONE };
	if (!check_templates(site, config, problem) || !open_store(site, config, problem))
		return false;
	site->config = *config;
	site->render = render_new(site->config.templates);
	return true;
}

void site_refuse(struct site *site, struct config *config)
{
	site->config = *config;
	site->store = NULL;
	site->render = render_new(site->config.templates);
}

bool site_open(struct site *site, struct problem *problem)
{
	struct config config;
	if (config_read(&config, getenv, problem) && site_open_with(site, &config, problem))
		return true;
	config_clear(&config);
	return false;
}

void site_close(struct site *site)
{
	store_close(site->store);
	render_free(site->render);
	config_clear(&site->config);
}
