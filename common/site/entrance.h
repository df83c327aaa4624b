/*
 * entrance - from a request to the path that is asked for, or to an answer about where runnel's pages are.
 *
 * mount.h finds the path by what the web server passes. What only a site knows is added here: a mount that holds a
 * route or a kind is a whole path that was not split, and a path that begins with neither may begin with the mount.
 */
#ifndef RUNNEL_ENTRANCE_H
#define RUNNEL_ENTRANCE_H

#include "site/config.h"
#include "base/problem.h"
#include "http/request.h"
#include "http/response.h"

enum entrance {
	ENTRANCE_ROUTE,    /* request->mount is set; what is asked for may exist */
	ENTRANCE_ANSWERED, /* the response leads to the mount with its slash */
	ENTRANCE_REFUSED   /* a problem: 400, 404 or 500 */
};

enum entrance entrance_find(const struct config *config, struct request *request, struct response *response, struct problem *problem);

#endif
