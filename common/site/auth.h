/*
 * auth - who may do what.
 *
 * Safe before anything is configured: nobody publishes over HTTP, anybody reads public
 * channels, only this machine sees the status page. Tokens are not read yet: where one
 * is needed, the answer is no, and the sentence says how to open the door.
 */
#ifndef RUNNEL_AUTH_H
#define RUNNEL_AUTH_H

#include "site/config.h"
#include "base/problem.h"
#include "http/request.h"

#include <stdbool.h>

/*
 * Each is true, or false with a 401 or 403 problem that says what is missing and how to get it. None blocks.
 *
 * A personal channel is read by its owner alone, whatever the rules say, and over HTTP written by nobody else: the
 * rule for publishing must allow it besides. What a login allows to write must come from the site's own page.
 * auth_user() asks for any login; `what` begins the sentence.
 */
bool auth_publish(const struct config *config, const struct request *request, const char *channel, struct problem *problem);
bool auth_subscribe(const struct config *config, const struct request *request, const char *channel, struct problem *problem);
bool auth_user(const struct request *request, const char *what, struct problem *problem);
bool auth_status(const struct config *config, const struct request *request, struct problem *problem);

#endif
