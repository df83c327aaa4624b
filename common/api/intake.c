#include "api/intake.h"

#include "http/charset.h"
#include "http/form.h"
#include "http/header.h"
#include "api/hint.h"
#include "http/multipart.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

struct reading {
	struct values *values;
	struct buf charset;       /* empty: UTF-8 */
	const struct kind *kind;
	struct problem *problem;
};

static bool set_converted(struct reading *reading, const char *charset, const char *name, const char *text, size_t n)
{
	struct buf converted = BUF_INIT;
	if (charset_is_utf8(charset))
		return values_set(reading->values, name, text, n, reading->problem);
	bool ok = charset_convert(charset, text, n, &converted, reading->problem) &&
		  values_set(reading->values, name, converted.data, converted.len, reading->problem);
	buf_clear(&converted);
	return ok;
}

static bool take_field(struct reading *reading, const char *charset, const char *name, const char *text, size_t n)
{
	if (strcmp(name, "_charset_") != 0)
		return set_converted(reading, charset, name, text, n);
	buf_reset(&reading->charset);
	buf_add(&reading->charset, text, n);
	return true;
}

static bool on_field(void *arg, const char *name, const char *text, size_t n)
{
	struct reading *reading = arg;
	return take_field(reading, buf_string(&reading->charset), name, text, n);
}

static bool read_form(struct reading *reading, const char *type, const char *body, size_t n)
{
	(void)type;
	return form_read(body, n, on_field, reading);
}

static bool read_multipart(struct reading *reading, const char *type, const char *body, size_t n)
{
	struct multipart multipart;
	struct part part = PART_INIT;
	enum multipart_next next = MULTIPART_BAD;
	if (multipart_open(&multipart, type, body, n, reading->problem))
		while ((next = multipart_next(&multipart, &part, reading->problem)) == MULTIPART_PART) {
			const char *charset = buf_string(part.charset.len ? &part.charset : &reading->charset);
			if (!take_field(reading, charset, buf_string(&part.name), part.text, part.bytes))
				break;
		}
	multipart_clear(&multipart);
	part_clear(&part);
	return next == MULTIPART_END;
}

static bool read_json(struct reading *reading, const char *type, const char *body, size_t n)
{
	struct buf converted = BUF_INIT;
	const char *charset = buf_string(&reading->charset);
	(void)type;
	if (charset_is_utf8(charset))
		return values_from_json(reading->values, body, n, reading->kind->text, reading->problem);
	bool ok = charset_convert(charset, body, n, &converted, reading->problem) &&
		  values_from_json(reading->values, converted.data, converted.len, reading->kind->text, reading->problem);
	buf_clear(&converted);
	return ok;
}

static bool read_text(struct reading *reading, const char *type, const char *body, size_t n)
{
	(void)type;
	n -= n && body[n - 1] == '\n';
	n -= n && body[n - 1] == '\r';
	return set_converted(reading, buf_string(&reading->charset), reading->kind->text, body, n);
}

bool intake_read(struct values *values, const struct request *request, const struct kind *kind, struct problem *problem)
{
	static bool (*const readers[])(struct reading *, const char *, const char *, size_t) = {
		[BODY_FORM] = read_form, [BODY_MULTIPART] = read_multipart, [BODY_JSON] = read_json, [BODY_TEXT] = read_text,
	};
	struct reading reading = { values, BUF_INIT, kind, problem };
	const char *type = request->content_type, *body = buf_string(&request->body), *encoding = request->content_encoding;
	size_t mark = text_mark(body, request->body.len), n = request->body.len - mark;

	if (*encoding && strcasecmp(encoding, "identity") != 0)
		return problem_set(problem, 415, "Content-Encoding \"%.40s\" is not taken: send the body as it is, without compressing it.", encoding);
	if (!hint_body(type, body + mark, n, kind, problem))
		return false;
	header_parameter(type, strlen(type), "charset", &reading.charset);
	bool ok = readers[hint_type(type)](&reading, type, body + mark, n);
	buf_clear(&reading.charset);
	return ok;
}
