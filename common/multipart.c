#include "multipart.h"

#include "buf.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BOUNDARY_BYTES_MAX = 70 }; /* RFC 2046 §5.1.1 */

/*
 * The value of parameter NAME in a header such as `form-data; name="title"`, quoted or not.
 * Adds it to out; false when it is not there.
 */
static bool parameter(const char *header, size_t n, const char *name, struct buf *out)
{
	size_t length = strlen(name), i = 0;
	while (i < n) {
		while (i < n && header[i] != ';')
			i += header[i] == '"' ? strcspn(header + i + 1, "\"") + 2 : 1;
		i++;
		while (i < n && (header[i] == ' ' || header[i] == '\t'))
			i++;
		if (i + length >= n || strncasecmp(header + i, name, length) != 0 || header[i + length] != '=')
			continue;
		i += length + 1;
		bool quoted = header[i] == '"';
		for (i += quoted; i < n && (quoted ? header[i] != '"' : !strchr("; \t\r\n", header[i])); i++) {
			if (quoted && header[i] == '\\' && i + 1 < n)
				i++;
			buf_add(out, header + i, 1);
		}
		return true;
	}
	return false;
}

/* The part's name, from its Content-Disposition; the head ends before its empty line. */
static bool part_name(const char *head, size_t n, struct buf *out)
{
	static const char field[] = "content-disposition:";
	while (n) {
		const char *end = memmem(head, n, "\r\n", 2);
		size_t line = end ? (size_t)(end - head) : n;
		if (line > sizeof field - 1 && strncasecmp(head, field, sizeof field - 1) == 0)
			return parameter(head, line, "name", out);
		size_t step = line + (end ? 2 : 0);
		head += step;
		n -= step;
	}
	return false;
}

static bool read_part(const char *part, size_t n, form_visit *visit, void *arg, struct problem *problem)
{
	const char *empty = memmem(part, n, "\r\n\r\n", 4);
	struct buf name = BUF_INIT;
	bool ok;

	if (!empty || !part_name(part, (size_t)(empty - part), &name)) {
		ok = problem_set(problem, 400, "A part of the multipart body has no name (Content-Disposition: form-data; name=\"…\").");
	} else {
		size_t bytes = n - (size_t)(empty + 4 - part);
		char *text = must_copy_n(empty + 4, bytes);
		ok = visit(arg, buf_string(&name), text, bytes);
		free(text);
	}
	buf_clear(&name);
	return ok;
}

bool multipart_read(const char *content_type, const char *body, size_t n,
		    form_visit *visit, void *arg, struct problem *problem)
{
	struct buf delimiter = BUF_INIT;
	bool ok = false;

	buf_text(&delimiter, "\r\n--");
	if (!parameter(content_type, strlen(content_type), "boundary", &delimiter) ||
	    delimiter.len == 4 || delimiter.len > 4 + BOUNDARY_BYTES_MAX) {
		problem_set(problem, 400, "Content-Type multipart/form-data needs a boundary of 1 to %d bytes.", BOUNDARY_BYTES_MAX);
		goto out;
	}
	/* the first delimiter may stand at the very start, without a line end before it */
	const char *end = body + n, *at = body;
	if (n >= delimiter.len - 2 && memcmp(body, delimiter.data + 2, delimiter.len - 2) == 0)
		at += delimiter.len - 2;
	else if ((at = memmem(body, n, delimiter.data, delimiter.len)))
		at += delimiter.len;
	for (;;) {
		if (!at || end - at < 2) {
			problem_set(problem, 400, "The multipart body has no closing boundary.");
			goto out;
		}
		if (memcmp(at, "--", 2) == 0)
			break;
		const char *line = memmem(at, (size_t)(end - at), "\r\n", 2);
		const char *next = line ? memmem(line, (size_t)(end - line), delimiter.data, delimiter.len) : NULL;
		if (next && !read_part(line + 2, next > line + 2 ? (size_t)(next - line - 2) : 0, visit, arg, problem))
			goto out;
		at = next ? next + delimiter.len : NULL;
	}
	ok = true;
out:
	buf_clear(&delimiter);
	return ok;
}
