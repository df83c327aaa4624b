#include "http/header.h"

#include <string.h>
#include <strings.h>

struct reading {
	const char *at, *end;
};

static bool more(const struct reading *reading)
{
	return reading->at < reading->end;
}

static void skip_blanks(struct reading *reading)
{
	while (more(reading) && memchr(" \t\r\n", *reading->at, 4))
		reading->at++;
}

/* A token, or a quoted string whose \" and \\ stand for " and \; other backslashes are a file's path on old Windows. */
static void read_word(struct reading *reading, const char *stops, struct buf *out)
{
	if (more(reading) && *reading->at == '"') {
		for (reading->at++; more(reading) && *reading->at != '"'; reading->at++) {
			bool escape = *reading->at == '\\' && reading->end - reading->at > 1 && (reading->at[1] == '"' || reading->at[1] == '\\');
			reading->at += escape;
			buf_add(out, reading->at, 1);
		}
		reading->at += more(reading);
		return;
	}
	for (; more(reading) && !memchr(stops, *reading->at, strlen(stops)); reading->at++)
		buf_add(out, reading->at, 1);
}

/* Past the next ";" that stands outside quotes. */
static void skip_parameter(struct reading *reading)
{
	struct buf ignored = BUF_INIT;
	while (more(reading) && *reading->at != ';') {
		read_word(reading, ";\"", &ignored);
		buf_reset(&ignored);
	}
	reading->at += more(reading);
	buf_clear(&ignored);
}

bool header_parameter(const char *value, size_t n, const char *name, struct buf *out)
{
	struct reading reading = { value, value + n };
	struct buf found = BUF_INIT;
	bool ok = false;
	for (skip_parameter(&reading); more(&reading) && !ok; ok ? (void)0 : skip_parameter(&reading)) {
		buf_reset(&found);
		skip_blanks(&reading);
		read_word(&reading, "=; \t\"", &found);
		skip_blanks(&reading);
		if (!more(&reading) || *reading.at != '=' || strcasecmp(buf_string(&found), name) != 0)
			continue;
		reading.at++;
		skip_blanks(&reading);
		read_word(&reading, "; \t\r\n", out);
		ok = true;
	}
	buf_clear(&found);
	return ok;
}

bool header_is_type(const char *value, const char *type)
{
	size_t n = strlen(type);
	return strncasecmp(value, type, n) == 0 && strchr("; \t", value[n]) != NULL;
}
