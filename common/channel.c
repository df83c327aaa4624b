#include "channel.h"

#include <stddef.h>
#include <string.h>

#define SEGMENT_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-"

static bool segment_check(const char *segment, size_t n, struct problem *problem)
{
	if (n == 0)
		return problem_set(problem, 400, "A channel has no empty segment: write KIND or KIND/NAME, such as progress/import.");
	if (strspn(segment, SEGMENT_BYTES) < n)
		return problem_set(problem, 400, "A channel is made of A-Z a-z 0-9 . _ ~ - and /; \"%.*s\" is not.", (int)(n > 64 ? 64 : n), segment);
	if ((n == 1 && segment[0] == '.') || (n == 2 && segment[0] == '.' && segment[1] == '.'))
		return problem_set(problem, 400, "A segment of a channel may not be \".\" or \"..\".");
	return true;
}

bool channel_check(const char *name, struct problem *problem)
{
	if (strlen(name) > CHANNEL_BYTES_MAX)
		return problem_set(problem, 400, "A channel has at most %d bytes; this one has %zu.", CHANNEL_BYTES_MAX, strlen(name));
	for (const char *segment = name;;) {
		size_t n = strcspn(segment, "/");
		if (!segment_check(segment, n, problem))
			return false;
		if (!segment[n])
			return true;
		segment += n + 1;
	}
}

bool channel_reserved(const char *name)
{
	static const char *const words[] = { "stream", "components", "assets", "healthz", "metrics" };
	size_t n = strcspn(name, "/");
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == n && memcmp(words[i], name, n) == 0)
			return true;
	return false;
}

const char *channel_short_name(const char *name)
{
	const char *slash = strchr(name, '/');
	return slash ? slash + 1 : name;
}

const char *channel_owner(const char *name)
{
	const char *slash = strchr(name, '/');
	return slash && slash[1] == '~' ? slash + 2 : NULL;
}

void channel_element(const char *name, struct buf *out)
{
	buf_text(out, "runnel-");
	for (; *name; name++) {
		switch (*name) {
		case '/': buf_text(out, "__"); break;
		case '.': case '_': case '~': buf_print(out, "_%02x", *name); break;
		default: buf_add(out, name, 1);
		}
	}
}
