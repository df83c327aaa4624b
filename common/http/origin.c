#include "http/origin.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct part {
	const char *text;
	size_t n;
};

/* One end of a comparison: a scheme, a host, and a port or 0. */
struct place {
	struct part scheme, host;
	unsigned port;
};

static bool same(struct part a, struct part b)
{
	return a.n == b.n && strncasecmp(a.text, b.text, a.n) == 0;
}

static struct part part_of(const char *text)
{
	return (struct part){ text, strlen(text) };
}

static bool given(const char *text)
{
	return text && *text;
}

static unsigned default_port(struct part scheme)
{
	return same(scheme, part_of("https")) ? 443 : same(scheme, part_of("http")) ? 80 : 0;
}

/* The first of the list that proxies in a row make of a header. */
static struct part first_of(const char *list)
{
	list += strspn(list, " \t");
	size_t n = strcspn(list, ", \t");
	return (struct part){ list, n };
}

/* HOST or HOST:PORT; an IPv6 address stands in brackets. false when it is neither. */
static bool read_authority(struct part text, struct part *host, unsigned *port)
{
	const char *end = text.text + text.n, *at = text.text;
	const char *bracket = text.n && *at == '[' ? memchr(at, ']', text.n) : NULL;
	const char *colon = bracket ? bracket + 1 : memchr(at, ':', text.n);
	if (!bracket && (!colon || colon > end))
		colon = end;
	*host = (struct part){ at, (size_t)(colon - at) };
	*port = 0;
	if (host->n == 0 || (colon != end && *colon != ':'))
		return false;
	for (const char *digit = colon + 1; digit < end; digit++) {
		if (*digit < '0' || *digit > '9' || *port > 65535)
			return false;
		*port = *port * 10 + (unsigned)(*digit - '0');
	}
	return *port <= 65535;
}

/* SCHEME://HOST[:PORT] and nothing more: "null", a list and a path are none. */
static bool read_origin(const char *text, struct place *place)
{
	const char *mark = strstr(text, "://");
	if (!mark || strpbrk(mark + 3, "/?#@\\, \t"))
		return false;
	place->scheme = (struct part){ text, (size_t)(mark - text) };
	if (!read_authority(part_of(mark + 3), &place->host, &place->port))
		return false;
	if (!place->port)
		place->port = default_port(place->scheme);
	return place->port != 0;
}

static struct part own_scheme(const struct origin_facts *facts)
{
	if (given(facts->forwarded_proto))
		return first_of(facts->forwarded_proto);
	if (given(facts->https) && strcasecmp(facts->https, "off") != 0 && strcmp(facts->https, "0") != 0)
		return part_of("https");
	if (given(facts->scheme))
		return part_of(facts->scheme);
	return part_of(given(facts->server_port) && strcmp(facts->server_port, "443") == 0 ? "https" : "http");
}

/*
 * A Host without a port is that of the default port, or one whose port the server has cut off: then it is the port
 * that the server listens on.
 */
static bool is_at(const struct place *page, struct part scheme, struct part authority, const char *server_port)
{
	struct part host;
	unsigned port;
	if (!read_authority(authority, &host, &port) || !same(page->host, host) || !same(page->scheme, scheme))
		return false;
	if (port)
		return page->port == port;
	return page->port == default_port(scheme) || (given(server_port) && page->port == strtoul(server_port, NULL, 10));
}

/*
 * Behind a proxy that ends TLS and says nothing of it, a page of our own has https where we see http. The browser,
 * which knows both, says so.
 */
static bool is_upgraded(const struct origin_facts *facts, const struct place *page, struct part scheme)
{
	return !given(facts->forwarded_proto) && same(scheme, part_of("http")) && same(page->scheme, part_of("https")) &&
	       given(facts->fetch_site) && strcasecmp(facts->fetch_site, "same-origin") == 0;
}

static bool comes_from_own_page(const struct origin_facts *facts)
{
	struct place page;
	struct part scheme = own_scheme(facts);
	if (!read_origin(facts->origin, &page))
		return false;
	if (is_upgraded(facts, &page, scheme))
		scheme = page.scheme;
	if (given(facts->forwarded_host) && is_at(&page, scheme, first_of(facts->forwarded_host), NULL))
		return true;
	return given(facts->host) && is_at(&page, scheme, part_of(facts->host), facts->server_port);
}

bool origin_is_own(const struct origin_facts *facts)
{
	const char *site = facts->fetch_site;
	if (given(site) && strcasecmp(site, "same-origin") != 0 && strcasecmp(site, "none") != 0)
		return false;
	return !given(facts->origin) || comes_from_own_page(facts);
}
