#include "http/request.h"

#include "http/form.h"
#include "http/origin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The value of "NAME=VALUE" when it is that name's; NULL otherwise. */
static const char *value_of(const char *parameter, const char *name)
{
	size_t n = strlen(name);
	return strncmp(parameter, name, n) == 0 && parameter[n] == '=' ? parameter + n + 1 : NULL;
}

/* Some twenty names are looked for among some thirty parameters; the first character already tells most apart. */
static const char *find(char *const *parameters, const char *name)
{
	const char *value = NULL;
	for (; *parameters && !value; parameters++)
		if (**parameters == *name)
			value = value_of(*parameters, name);
	return value;
}

/* Whether the name comes twice, with different values. */
static bool contradicts(char *const *parameters, const char *name)
{
	const char *first = find(parameters, name), *other;
	for (; *parameters; parameters++)
		if ((other = value_of(*parameters, name)) && strcmp(other, first) != 0)
			return true;
	return false;
}

static char *copy(char *const *parameters, const char *name)
{
	const char *text = find(parameters, name);
	return text ? must_copy(text) : NULL;
}

static char *copy_or_empty(char *const *parameters, const char *name)
{
	const char *text = find(parameters, name);
	return must_copy(text ? text : "");
}

static void read_user(struct request *request, char *const *parameters)
{
	const char *user = find(parameters, "REMOTE_USER"), *type = find(parameters, "AUTH_TYPE");
	bool doubled = contradicts(parameters, "REMOTE_USER") || contradicts(parameters, "AUTH_TYPE");
	bool named = (user && *user) || doubled;
	/* a blank names no way of logging in, and no server that checked one sends it */
	if (named && type && type[strspn(type, " \t")] && !doubled)
		request->user = must_copy(user);
	request->user_unproven = named && !request->user;
}

/* Headers by which a proxy says that it is one; the last stands for all that begin so. Each begins with HTTP_. */
static bool was_forwarded(char *const *parameters)
{
	static const char *const names[] = { "HTTP_FORWARDED=", "HTTP_VIA=", "HTTP_X_REAL_IP=", "HTTP_X_FORWARDED" };
	for (; *parameters; parameters++)
		for (size_t i = 0; **parameters == 'H' && i < sizeof names / sizeof *names; i++)
			if (strncmp(*parameters, names[i], strlen(names[i])) == 0)
				return true;
	return false;
}

static bool add_field(void *arg, const char *name, const char *text, size_t bytes)
{
	struct request *request = arg;
	struct request_field *fields = realloc(request->query, (request->query_count + 1) * sizeof *fields);
	if (!fields)
		return false;
	request->query = fields;
	request->query_has_nul = request->query_has_nul || memchr(text, '\0', bytes);
	fields[request->query_count++] = (struct request_field){ must_copy(name), must_copy_n(text, bytes) };
	return true;
}

void request_read(struct request *request, const struct request_source *source)
{
	char *const *parameters = source->parameters;
	const char *query = find(parameters, "QUERY_STRING"), *htmx = find(parameters, "HTTP_HX_REQUEST");
	*request = (struct request){
		.method = copy_or_empty(parameters, "REQUEST_METHOD"),
		.script_name = copy(parameters, "SCRIPT_NAME"),
		.path_info = copy(parameters, "PATH_INFO"),
		.request_uri = copy(parameters, "REQUEST_URI"),
		.content_type = copy_or_empty(parameters, "CONTENT_TYPE"),
		.content_encoding = copy_or_empty(parameters, "HTTP_CONTENT_ENCODING"),
		.content_length = copy_or_empty(parameters, "CONTENT_LENGTH"),
		.last_event_id = copy(parameters, "HTTP_LAST_EVENT_ID"),
		.remote_addr = copy_or_empty(parameters, "REMOTE_ADDR"),
		.forwarded = was_forwarded(parameters),
		.origin = copy(parameters, "HTTP_ORIGIN"),
		.fetch_site = copy(parameters, "HTTP_SEC_FETCH_SITE"),
		.host = copy(parameters, "HTTP_HOST"),
		.server_port = copy(parameters, "SERVER_PORT"),
		.scheme = copy(parameters, "REQUEST_SCHEME"),
		.https = copy(parameters, "HTTPS"),
		.forwarded_proto = copy(parameters, "HTTP_X_FORWARDED_PROTO"),
		.forwarded_host = copy(parameters, "HTTP_X_FORWARDED_HOST"),
		.htmx = htmx && strcmp(htmx, "true") == 0,
	};
	read_user(request, parameters);
	if (query)
		form_read(query, strlen(query), add_field, request);
}

enum mount_result request_find(struct request *request, const char *site_base, struct problem *problem)
{
	const struct mount_facts facts = { request->script_name, request->path_info, request->request_uri, program_invocation_short_name };
	free(request->mount.base);
	free(request->mount.path);
	return mount_find(&facts, site_base, &request->mount, problem);
}

bool request_is_local(const struct request *request)
{
	struct in_addr four;
	struct in6_addr six;
	if (request->forwarded)
		return false;
	if (inet_pton(AF_INET, request->remote_addr, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, request->remote_addr, &six) == 1 &&
	       (IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127));
}

bool request_is_from_own_page(const struct request *request)
{
	return origin_is_own(&(struct origin_facts){
		request->origin, request->fetch_site, request->host, request->server_port,
		request->scheme, request->https, request->forwarded_proto, request->forwarded_host,
	});
}

enum { READ_AT_ONCE_BYTES = 16 * 1024 }; /* of a body whose length nobody has told */

/* Adds at most n bytes; how many, 0 at the end, or what the source has instead. */
static ssize_t read_some(struct request *request, const struct request_source *source, size_t n)
{
	ssize_t got = source->read(source->arg, buf_room(&request->body, n), n);
	if (got > 0)
		request->body.len += (size_t)got;
	request->body.data[request->body.len] = '\0';
	return got;
}

/* The body does not come to its end: why. */
static bool cut_short(struct request *request, ssize_t got, const char *of, struct problem *problem)
{
	request->later = got == REQUEST_LATER;
	if (request->later) {
		buf_reset(&request->body);
		return false;
	}
	if (got == REQUEST_LATE)
		return problem_set(problem, 408, "The body took too long: %zu%s bytes came in time.", request->body.len, of);
	return problem_set(problem, 400, "The body ended after %zu%s bytes.", request->body.len, of);
}

static bool read_counted(struct request *request, const struct request_source *source, unsigned long long length, struct problem *problem)
{
	char of[40];
	ssize_t got = 1;
	while (got > 0 && request->body.len < length)
		got = read_some(request, source, (size_t)length - request->body.len);
	if (got > 0)
		return true;
	snprintf(of, sizeof of, " of %llu", length);
	return cut_short(request, got, of, problem);
}

static bool read_to_end(struct request *request, const struct request_source *source, size_t limit_bytes, struct problem *problem)
{
	ssize_t got = 1;
	while (got > 0 && request->body.len <= limit_bytes)
		got = read_some(request, source, READ_AT_ONCE_BYTES);
	if (request->body.len > limit_bytes)
		return problem_set(problem, 413, "The body is too long; at most %zu bytes are taken.", limit_bytes);
	if (request->body.len == 0 && (got == 0 || got == REQUEST_LATE))
		return problem_set(problem, 411, "A POST needs a body, and its Content-Length.");
	return got == 0 || cut_short(request, got, "", problem);
}

bool request_read_body(struct request *request, const struct request_source *source,
		       size_t limit_bytes, struct problem *problem)
{
	const char *text = request->content_length;
	char *end;
	if (!*text || strcmp(text, "-1") == 0)
		return read_to_end(request, source, limit_bytes, problem);
	unsigned long long length = strtoull(text, &end, 10);
	if (*end || *text < '0' || *text > '9')
		return problem_set(problem, 400, "Content-Length must be a number of bytes.");
	if (length > limit_bytes)
		return problem_set(problem, 413, "The body has %llu bytes; at most %zu are taken.", length, limit_bytes);
	return read_counted(request, source, length, problem);
}

const char *request_query(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->query_count; i++)
		if (strcmp(request->query[i].name, name) == 0)
			return request->query[i].text;
	return NULL;
}

bool request_is(const struct request *request, const char *method)
{
	return strcmp(request->method, method) == 0 ||
	       (strcmp(method, "GET") == 0 && strcmp(request->method, "HEAD") == 0);
}

void request_clear(struct request *request)
{
	char *texts[] = {
		request->method, request->script_name, request->path_info, request->request_uri,
		request->mount.base, request->mount.path, request->content_type, request->content_length, request->content_encoding,
		request->last_event_id, request->user, request->remote_addr, request->origin, request->fetch_site,
		request->host, request->server_port, request->scheme, request->https, request->forwarded_proto, request->forwarded_host,
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		free(texts[i]);
	for (size_t i = 0; i < request->query_count; i++) {
		free(request->query[i].name);
		free(request->query[i].text);
	}
	free(request->query);
	buf_clear(&request->body);
	*request = (struct request){ 0 };
}
