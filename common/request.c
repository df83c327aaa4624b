#include "request.h"

#include "form.h"

#include <stdlib.h>
#include <string.h>

static char *copy(const struct request_source *source, const char *name)
{
	const char *text = source->parameter(source->arg, name);
	return text ? must_copy(text) : NULL;
}

static char *copy_or_empty(const struct request_source *source, const char *name)
{
	const char *text = source->parameter(source->arg, name);
	return must_copy(text ? text : "");
}

static char *copy_unless_empty(const struct request_source *source, const char *name)
{
	const char *text = source->parameter(source->arg, name);
	return text && *text ? must_copy(text) : NULL;
}

static bool add_field(void *arg, const char *name, const char *text, size_t bytes)
{
	struct request *request = arg;
	struct request_field *fields = realloc(request->query, (request->query_count + 1) * sizeof *fields);
	if (!fields)
		return false;
	request->query = fields;
	fields[request->query_count++] = (struct request_field){ must_copy(name), must_copy_n(text, bytes) };
	return true;
}

void request_read(struct request *request, const struct request_source *source)
{
	*request = (struct request){ 0 };
	request->method = copy_or_empty(source, "REQUEST_METHOD");
	request->base = copy_or_empty(source, "SCRIPT_NAME");
	size_t base = strlen(request->base);
	while (base && request->base[base - 1] == '/')
		request->base[--base] = '\0';
	const char *path = source->parameter(source->arg, "PATH_INFO");
	request->path = must_copy(path && *path == '/' ? path + 1 : path ? path : "");
	request->content_type = copy_or_empty(source, "CONTENT_TYPE");
	request->content_length = copy_or_empty(source, "CONTENT_LENGTH");
	request->last_event_id = copy(source, "HTTP_LAST_EVENT_ID");
	request->remote_user = copy_unless_empty(source, "REMOTE_USER");
	request->remote_addr = copy_or_empty(source, "REMOTE_ADDR");
	request->host = copy_or_empty(source, "HTTP_HOST");
	request->origin = copy_unless_empty(source, "HTTP_ORIGIN");
	const char *htmx = source->parameter(source->arg, "HTTP_HX_REQUEST");
	request->htmx = htmx && strcmp(htmx, "true") == 0;
	const char *query = source->parameter(source->arg, "QUERY_STRING");
	if (query)
		form_read(query, strlen(query), add_field, request);
}

bool request_read_body(struct request *request, const struct request_source *source,
		       size_t limit_bytes, struct problem *problem)
{
	char *end;
	if (!*request->content_length)
		return problem_set(problem, 411, "A POST needs a Content-Length.");
	unsigned long long length = strtoull(request->content_length, &end, 10);
	if (*end || request->content_length[0] < '0' || request->content_length[0] > '9')
		return problem_set(problem, 400, "Content-Length must be a number of bytes.");
	if (length > limit_bytes)
		return problem_set(problem, 413, "The body has %llu bytes; at most %zu are taken.", length, limit_bytes);

	char *room = buf_room(&request->body, (size_t)length);
	while (request->body.len < length) {
		ssize_t n = source->read(source->arg, room + request->body.len, (size_t)length - request->body.len);
		if (n <= 0)
			return problem_set(problem, 400, "The body ended after %zu of %llu bytes.", request->body.len, length);
		request->body.len += (size_t)n;
	}
	room[request->body.len] = '\0';
	return true;
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
		request->method, request->base, request->path, request->content_type, request->content_length,
		request->last_event_id, request->remote_user, request->remote_addr, request->host, request->origin,
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
