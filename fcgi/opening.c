#include "opening.h"

#include "base/buf.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Never freed when we stop waiting: the thread still has it. */
struct opening {
	struct site site;
	struct config config;
	struct problem problem;
	bool open;
	int done_fd; /* eventfd */
};

static void *open_site(void *arg)
{
	struct opening *opening = arg;
	opening->open = site_open_with(&opening->site, &opening->config, &opening->problem);
	eventfd_write(opening->done_fd, 1);
	return NULL;
}

/* Whether the thread is through. */
static bool wait_for(const struct opening *opening, int ms)
{
	struct pollfd done = { opening->done_fd, POLLIN, 0 };
	int n;
	do
		n = poll(&done, 1, ms);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

static bool refuse(struct site *site, struct config *config)
{
	site_refuse(site, config);
	return false;
}

bool opening_within(int ms, struct site *site, struct config *config, struct problem *problem)
{
	struct opening *opening = must_alloc(sizeof *opening);
	pthread_t thread;
	*opening = (struct opening){ .config = *config, .problem = PROBLEM_NONE, .done_fd = eventfd(0, EFD_CLOEXEC) };
	*site = (struct site){ .trouble = PROBLEM_NONE };
	int error = opening->done_fd < 0 ? errno : pthread_create(&thread, NULL, open_site, opening);
	if (error) {
		problem_set(problem, 503, "Opening the store: %s.", strerror(error));
		problem_set(&site->trouble, 503, "The store cannot be opened now; the log says why.");
		return refuse(site, config);
	}
	pthread_detach(thread);
	if (!wait_for(opening, ms)) {
		problem_set(problem, 503, "%s: opening the store takes long; another process has locked it.", config->store);
		problem_set(&site->trouble, 503, "The store cannot be used: %s.", store_strerror(STORE_BUSY));
		return refuse(site, config);
	}
	*site = opening->site;
	*problem = opening->problem;
	bool open = opening->open;
	close(opening->done_fd);
	free(opening);
	return open || refuse(site, config);
}
