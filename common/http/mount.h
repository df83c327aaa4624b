/*
 * mount - where the program stands in the site's URLs, and what was asked for below that.
 *
 * A web server splits its path in two: SCRIPT_NAME is where the program is mounted, PATH_INFO what follows (RFC 3875
 * §4.1.5, §4.1.13). Some cannot, and many configurations do not: then SCRIPT_NAME is the whole path and PATH_INFO is
 * empty or missing, which looks like a request for the mount itself. [site] base, when it is set, is cut off
 * REQUEST_URI instead, whatever else the server passes.
 */
#ifndef RUNNEL_MOUNT_H
#define RUNNEL_MOUNT_H

#include "base/problem.h"

#include <stdbool.h>

/* What the web server says. NULL: it does not. */
struct mount_facts {
	const char *script_name, *path_info, *request_uri;
	const char *program; /* the file name that this program was started by */
};

struct mount {
	char *base; /* percent-encoded, good in any URL: "", or one slash and no slash at the end */
	char *path; /* decoded, without the leading slash */
};

enum mount_result {
	MOUNT_FOUND,
	MOUNT_SLASH,  /* the mount without the slash that its pages are under: base is right, path is "" */
	MOUNT_REFUSED /* a problem: 400, 404, or 500 with a sentence for whoever sets up the server */
};

/* site_base is NULL, or what mount_base_is_good() took. What is in *mount is the caller's to free, whatever came of it. */
enum mount_result mount_find(const struct mount_facts *facts, const char *site_base, struct mount *mount, struct problem *problem);

/* The sentence of a server that passes no PATH_INFO, a 500; MOUNT_REFUSED. */
enum mount_result mount_no_path_info(struct problem *problem);

/* Whether [site] base may have this value: "/", or segments after a slash each. */
bool mount_base_is_good(const char *base);

#endif
