#include "http/response.h"

#include <stddef.h>

static const char *reason(int status)
{
	static const struct { int status; const char *reason; } rows[] = {
		{ 200, "OK" }, { 204, "No Content" }, { 302, "Found" }, { 304, "Not Modified" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 403, "Forbidden" }, { 404, "Not Found" }, { 405, "Method Not Allowed" }, { 408, "Request Timeout" }, { 411, "Length Required" },
		{ 413, "Content Too Large" }, { 415, "Unsupported Media Type" }, { 429, "Too Many Requests" },
		{ 500, "Internal Server Error" }, { 503, "Service Unavailable" }, { 507, "Insufficient Storage" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].status == status)
			return rows[i].reason;
	return "Error";
}

void response_header(struct response *response, const char *name, const char *value)
{
	buf_print(&response->headers, "%s: %s\r\n", name, value);
}

void response_problem(struct response *response, const struct problem *problem)
{
	response->status = problem->status;
	response->type = "text/plain; charset=utf-8";
	if (problem->status == 401)
		response_header(response, "WWW-Authenticate", "Bearer realm=\"runnel\"");
	if (problem->status == 503)
		response_header(response, "Retry-After", "2");
	buf_reset(&response->body);
	buf_print(&response->body, "%s\n", problem_for_client(problem));
}

/* RFC 9110 §6.4.1 */
static bool has_no_body(const struct response *response)
{
	return response->status == 204 || response->status == 304;
}

void response_encode(const struct response *response, bool head_only, struct buf *out)
{
	if (response->stream) {
		response_stream_head(out);
		if (!head_only)
			buf_add(out, buf_string(&response->body), response->body.len);
		return;
	}
	/* Status first: busybox httpd takes it from nowhere else */
	buf_print(out, "Status: %d %s\r\nContent-Type: %s\r\n", response->status, reason(response->status), response->type);
	if (!has_no_body(response))
		buf_print(out, "Content-Length: %zu\r\n", response->body.len);
	buf_text(out, "X-Content-Type-Options: nosniff\r\n");
	buf_add(out, buf_string(&response->headers), response->headers.len);
	buf_text(out, "\r\n");
	if (!head_only && !has_no_body(response))
		buf_add(out, buf_string(&response->body), response->body.len);
}

void response_stream_head(struct buf *out)
{
	buf_text(out, "Status: 200 OK\r\n"
		      "Content-Type: text/event-stream; charset=utf-8\r\n"
		      "Cache-Control: no-cache, no-transform\r\n"
		      "X-Accel-Buffering: no\r\n"
		      "X-Content-Type-Options: nosniff\r\n"
		      "\r\n");
}

void response_clear(struct response *response)
{
	buf_clear(&response->headers);
	buf_clear(&response->body);
}
