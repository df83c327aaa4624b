#include "http/multipart.h"

#include "http/header.h"

#include <string.h>
#include <strings.h>

enum { BOUNDARY_BYTES_MAX = 70 }; /* RFC 2046 §5.1.1 */

/* ---- lines ---- */

struct line {
	const char *text;
	size_t bytes;      /* without its end */
	const char *next;  /* after its end; the end of the body when it has none */
};

static struct line line_at(const char *at, const char *end)
{
	const char *feed = memchr(at, '\n', (size_t)(end - at));
	struct line line = { at, (size_t)((feed ? feed : end) - at), feed ? feed + 1 : end };
	if (line.bytes && at[line.bytes - 1] == '\r')
		line.bytes--;
	return line;
}

enum boundary { BOUNDARY_NONE, BOUNDARY_NEXT, BOUNDARY_LAST };

/* What a line is: the delimiter, "--" or nothing, and blanks; anything else is text (RFC 2046 §5.1.1). */
static enum boundary boundary_of(const struct multipart *multipart, const struct line *line)
{
	size_t n = multipart->delimiter.len;
	if (line->bytes < n || memcmp(line->text, multipart->delimiter.data, n) != 0)
		return BOUNDARY_NONE;
	bool last = line->bytes >= n + 2 && memcmp(line->text + n, "--", 2) == 0;
	for (n += last ? 2 : 0; n < line->bytes; n++)
		if (line->text[n] != ' ' && line->text[n] != '\t')
			return BOUNDARY_NONE;
	return last ? BOUNDARY_LAST : BOUNDARY_NEXT;
}

/* Goes past the next delimiter; text_end is where the text before it ends, its line end not counted. */
static enum boundary skip_to_boundary(struct multipart *multipart, const char **text_end)
{
	const char *start = multipart->at;
	enum boundary boundary = BOUNDARY_NONE;
	*text_end = start;
	while (boundary == BOUNDARY_NONE && multipart->at < multipart->end) {
		struct line line = line_at(multipart->at, multipart->end);
		boundary = boundary_of(multipart, &line);
		if (boundary == BOUNDARY_NONE)
			*text_end = line.text + line.bytes;
		multipart->at = line.next;
	}
	return boundary;
}

/* ---- the head of a part ---- */

static bool no_boundary(struct problem *problem)
{
	return problem_set(problem, 400, "The multipart body has no closing boundary: it was cut short, or its Content-Type names another one.");
}

static bool is_field(const struct line *line, const char *name)
{
	size_t n = strlen(name);
	return line->bytes > n && strncasecmp(line->text, name, n) == 0;
}

/* A coded text would be stored as it is: RFC 7578 §4.7 forbids it, some mail libraries write it. */
static bool is_plain_encoding(const struct line *line, size_t name_bytes)
{
	static const char *const plain[] = { "7bit", "8bit", "binary" };
	const char *value = line->text + name_bytes;
	size_t n = line->bytes - name_bytes;
	for (; n && (*value == ' ' || *value == '\t'); n--)
		value++;
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (n >= strlen(plain[i]) && strncasecmp(value, plain[i], strlen(plain[i])) == 0)
			return true;
	return false;
}

static bool read_field(struct part *part, const struct line *line, struct problem *problem)
{
	static const char disposition[] = "content-disposition:", type[] = "content-type:", encoding[] = "content-transfer-encoding:";
	if (is_field(line, disposition) && !part->name.len)
		header_parameter(line->text, line->bytes, "name", &part->name);
	if (is_field(line, type) && !part->charset.len)
		header_parameter(line->text, line->bytes, "charset", &part->charset);
	if (is_field(line, encoding) && !is_plain_encoding(line, sizeof encoding - 1))
		return problem_set(problem, 415, "A part of the multipart body has a Content-Transfer-Encoding; send its text as it is.");
	return true;
}

static bool read_head(struct multipart *multipart, struct part *part, struct problem *problem)
{
	buf_reset(&part->name);
	buf_reset(&part->charset);
	while (multipart->at < multipart->end) {
		struct line line = line_at(multipart->at, multipart->end);
		if (boundary_of(multipart, &line) != BOUNDARY_NONE)
			break;
		multipart->at = line.next;
		if (!read_field(part, &line, problem))
			return false;
		if (line.bytes == 0)
			break;
	}
	if (!part->name.len && multipart->at == multipart->end)
		return no_boundary(problem);
	return part->name.len || problem_set(problem, 400, "A part of the multipart body has no name (Content-Disposition: form-data; name=\"…\").");
}

/* ---- the body ---- */

bool multipart_open(struct multipart *multipart, const char *content_type, const char *body, size_t n, struct problem *problem)
{
	const char *preamble_end;
	*multipart = (struct multipart){ BUF_INIT, body, body + n };
	buf_text(&multipart->delimiter, "--");
	header_parameter(content_type, strlen(content_type), "boundary", &multipart->delimiter);
	while (multipart->delimiter.data[multipart->delimiter.len - 1] == ' ') /* it may not end in one, and servers fold them */
		multipart->delimiter.len--;
	if (multipart->delimiter.len == 2 || multipart->delimiter.len > 2 + BOUNDARY_BYTES_MAX)
		return problem_set(problem, 400, "Content-Type multipart/form-data needs a boundary of 1 to %d bytes.", BOUNDARY_BYTES_MAX);
	switch (skip_to_boundary(multipart, &preamble_end)) {
	case BOUNDARY_NEXT: return true;
	case BOUNDARY_LAST: multipart->at = NULL; return true;
	case BOUNDARY_NONE: break;
	}
	return no_boundary(problem);
}

enum multipart_next multipart_next(struct multipart *multipart, struct part *part, struct problem *problem)
{
	const char *text_end;
	if (!multipart->at)
		return MULTIPART_END;
	if (!read_head(multipart, part, problem))
		return MULTIPART_BAD;
	part->text = multipart->at;
	enum boundary boundary = skip_to_boundary(multipart, &text_end);
	part->bytes = (size_t)(text_end - part->text);
	if (boundary == BOUNDARY_NONE) {
		no_boundary(problem);
		return MULTIPART_BAD;
	}
	if (boundary == BOUNDARY_LAST)
		multipart->at = NULL;
	return MULTIPART_PART;
}

void multipart_clear(struct multipart *multipart)
{
	buf_clear(&multipart->delimiter);
}

void part_clear(struct part *part)
{
	buf_clear(&part->name);
	buf_clear(&part->charset);
}
