/*
 * origin - whether a browser sent a request from the site's own page.
 *
 * The web server's login comes with every request of a browser, also with one that another site's page made it send.
 * What tells them apart is Origin (RFC 6454 §7; "null" for a page that has none) and Sec-Fetch-Site (Fetch Metadata
 * §2.4), which no page can forge. Pure: a table in tests/check_origin.c shows what is taken.
 */
#ifndef RUNNEL_ORIGIN_H
#define RUNNEL_ORIGIN_H

#include <stdbool.h>

/* What the web server says; NULL or empty: nothing. Borrowed. */
struct origin_facts {
	const char *origin;          /* the header; absent where no browser is */
	const char *fetch_site;      /* the header Sec-Fetch-Site */
	const char *host;            /* the header Host; a server may have cut its port off (nginx's $host) */
	const char *server_port;     /* that the web server listens on */
	const char *scheme;          /* REQUEST_SCHEME */
	const char *https;           /* HTTPS: "on" or "1" where the connection is encrypted */
	const char *forwarded_proto; /* X-Forwarded-Proto of a proxy before it: no page of another site can send it */
	const char *forwarded_host;  /* X-Forwarded-Host, likewise */
};

/* Both headers must agree where they are there; where neither is, no browser sent it. */
bool origin_is_own(const struct origin_facts *facts);

#endif
