#include "link.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static bool scheme_allowed(const char *scheme, size_t n)
{
	static const char *const schemes[] = { "http", "https", "mailto" };
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (strlen(schemes[i]) == n && strncasecmp(schemes[i], scheme, n) == 0)
			return true;
	return false;
}

/* C0, DEL, blank, what HTML or a header would take for an end, and C1 (C2 80 to C2 9F in UTF-8). */
static bool has_forbidden_byte(const char *text)
{
	for (const unsigned char *at = (const unsigned char *)text; *at; at++)
		if (*at <= ' ' || *at == 0x7f || strchr("\"<>", *at) || (at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f))
			return true;
	return false;
}

bool link_allowed(const char *text)
{
	size_t n = strcspn(text, ":/?#");
	if (has_forbidden_byte(text))
		return false;
	return text[n] != ':' || scheme_allowed(text, n);
}
