#include "site.h"

#include <stdlib.h>

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
	return false;
}

bool site_open_with(struct site *site, struct config *config, struct problem *problem)
{
	struct store_options options = { config->store_full_sync, config->store_busy_ms };
	*site = (struct site){ .config = *config };
	enum store_status status = store_open(config->store, &options, &site->store);
	if (status != STORE_OK) {
		site_store_problem(site, status, problem);
		config_clear(&site->config);
		return false;
	}
	site->render = render_new(site->config.templates);
	return true;
}

bool site_open(struct site *site, struct problem *problem)
{
	struct config config;
	if (config_read(&config, getenv, problem))
		return site_open_with(site, &config, problem);
	config_clear(&config);
	return false;
}

void site_close(struct site *site)
{
	store_close(site->store);
	render_free(site->render);
	config_clear(&site->config);
}
