#include "event/link.h"

#include "base/text.h"
#include "base/utf8.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/*
 * Browsers take away tabs, line ends and blanks around a URL (WHATWG URL §4.4), and read \ as /: a URL with any
 * of them is not what it seems, and so it is refused as a whole instead of cleaned.
 */
static bool is_plain_url_text(const char *text)
{
	for (size_t n = strlen(text), bytes; n; text += bytes, n -= bytes) {
		uint32_t code;
		bytes = utf8_decode(text, n, &code);
		char one[5] = { 0 };
		if (!bytes)
			return false;
		memcpy(one, text, bytes);
		if (!utf8_prints(code) || text_is_blank(one) || strchr("\"<>\\", one[0]))
			return false;
	}
	return true;
}

/* Where the colon stands that ends a scheme, percent-encoded or not; 0: there is none. `encoded` says which it was. */
static size_t scheme_bytes(const char *url, bool *encoded)
{
	size_t n = strcspn(url, ":/?#");
	*encoded = false;
	for (size_t i = 0; i + 2 < n; i++)
		if (strncasecmp(url + i, "%3a", 3) == 0) {
			*encoded = true;
			return i;
		}
	return url[n] == ':' ? n : 0;
}

bool link_allowed(const char *url)
{
	bool encoded;
	size_t n = scheme_bytes(url, &encoded);
	const char *rest = url + n + 1;
	if (!is_plain_url_text(url) || encoded || *url == ':')
		return false;
	if (n == 0)
		return true;
	if (n == 6 && strncasecmp(url, "mailto", n) == 0)
		return *rest != '\0';
	/* "http:evil" is relative to some and another host to others: two slashes and a host */
	bool web = (n == 4 && strncasecmp(url, "http", n) == 0) || (n == 5 && strncasecmp(url, "https", n) == 0);
	return web && strncmp(rest, "//", 2) == 0 && rest[2] && !strchr("/?#:@", rest[2]);
}
