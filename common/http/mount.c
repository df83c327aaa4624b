#include "http/mount.h"

#include "base/buf.h"
#include "http/url.h"

#include <stdlib.h>
#include <string.h>

#define BASE_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-/"

static enum mount_result refuse(struct problem *problem, int status, const char *sentence)
{
	problem_set(problem, status, "%s", sentence);
	return MOUNT_REFUSED;
}

enum mount_result mount_no_path_info(struct problem *problem)
{
	return refuse(problem, 500,
		      "The web server passes no PATH_INFO, so runnel cannot tell what is asked for: let it split the path into SCRIPT_NAME (where "
		      "runnel is mounted) and PATH_INFO (what follows), as the files in runnel's examples do; or let it pass REQUEST_URI, and name "
		      "the mount in runnel's configuration: [site] base = /sse");
}

/*
 * SCRIPT_NAME comes from the request's path, in some servers with whatever stands before a slash. One slash begins
 * it: with two it would be the name of another host.
 */
static char *encoded_base(const char *path)
{
	struct buf base = BUF_INIT;
	path += strspn(path, "/");
	if (*path)
		buf_text(&base, "/");
	url_add_path(&base, path);
	while (base.len && base.data[base.len - 1] == '/')
		base.data[--base.len] = '\0';
	return base.data ? base.data : must_copy("");
}

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

/* ---- by [site] base ---- */

/* The path alone: a query is cut off, and so is the host of a request that was sent as to a proxy. */
static bool decode_uri(const char *uri, struct buf *path)
{
	const char *host = strstr(uri, "://");
	if (*uri != '/' && host) {
		host += 3;
		uri = host + strcspn(host, "/?#");
	}
	return url_decode_path(path, uri, strcspn(uri, "?#"));
}

static enum mount_result below_base(const char *base, const char *path, struct mount *mount, struct problem *problem)
{
	size_t n = strlen(base);
	if (url_has_dot_segment(path))
		return refuse(problem, 400, "A path may have no segment \".\" or \"..\".");
	if (strncmp(path, base, n) != 0 || (path[n] && path[n] != '/'))
		return refuse(problem, 404, "There is nothing here: the path is not below the [site] base of runnel's configuration.");
	free(mount->path);
	mount->path = must_copy(path[n] ? path + n + 1 : "");
	return path[n] ? MOUNT_FOUND : MOUNT_SLASH;
}

static enum mount_result find_in_uri(const struct mount_facts *facts, const char *base, struct mount *mount, struct problem *problem)
{
	struct buf path = BUF_INIT;
	enum mount_result result;
	mount->base = encoded_base(base);
	if (!facts->request_uri || !*facts->request_uri)
		return refuse(problem, 500, "runnel's configuration sets [site] base, and the web server passes no REQUEST_URI to cut it off from.");
	if (decode_uri(facts->request_uri, &path))
		result = below_base(strcmp(base, "/") == 0 ? "" : base, buf_string(&path), mount, problem);
	else
		result = refuse(problem, 400, "The path has a %-escape that is none, or of a NUL.");
	buf_clear(&path);
	return result;
}

/* ---- by SCRIPT_NAME and PATH_INFO ---- */

static bool ends_with_slash(const char *path, size_t n)
{
	return n && path[n - 1] == '/';
}

/* Whether the path is that of the program's own file: then nothing can have followed it. */
static bool is_own_file(const struct mount_facts *facts, const char *name)
{
	const char *file = strrchr(name, '/'), *uri = facts->request_uri;
	return uri && file && facts->program && strcmp(file + 1, facts->program) == 0 &&
	       strncmp(uri, name, strlen(name)) == 0 && strchr("?#", uri[strlen(name)]);
}

/*
 * Nothing follows SCRIPT_NAME. A server that splits would have given us the slash at a path's end, so one there
 * says that it does not split. busybox httpd alone passes an empty PATH_INFO to a CGI program, and has no page at the
 * path with the slash: it gets its page here.
 */
static enum mount_result at_the_mount(const struct mount_facts *facts, struct problem *problem)
{
	const char *name = facts->script_name ? facts->script_name : "", *uri = facts->request_uri;
	if (ends_with_slash(name, strlen(name)) || (uri && ends_with_slash(uri, strcspn(uri, "?#"))))
		return mount_no_path_info(problem);
	if (facts->path_info)
		return uri && !is_own_file(facts, name) ? MOUNT_SLASH : MOUNT_FOUND;
	return is_own_file(facts, name) ? MOUNT_SLASH : mount_no_path_info(problem);
}

enum mount_result mount_find(const struct mount_facts *facts, const char *site_base, struct mount *mount, struct problem *problem)
{
	const char *name = facts->script_name ? facts->script_name : "", *path = facts->path_info;
	*mount = (struct mount){ NULL, must_copy("") };
	if (site_base)
		return find_in_uri(facts, site_base, mount, problem);
	mount->base = encoded_base(name);
	if (has_control(name) || url_has_dot_segment(name))
		return refuse(problem, 400, "The path may have no control character, and no segment \".\" or \"..\".");
	if (!path || !*path)
		return at_the_mount(facts, problem);
	if (*path != '/')
		return refuse(problem, 404, "There is nothing here: what follows the mount begins with a slash.");
	free(mount->path);
	mount->path = must_copy(path + 1);
	return MOUNT_FOUND;
}

bool mount_base_is_good(const char *base)
{
	return base[0] == '/' && !strstr(base, "//") && strspn(base, BASE_BYTES) == strlen(base) && !url_has_dot_segment(base) &&
	       (!base[1] || !ends_with_slash(base, strlen(base)));
}
