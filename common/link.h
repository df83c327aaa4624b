/*
 * link - which URLs a publisher may give: relative, http, https or mailto.
 *
 * The one place that decides: what is accepted on the way in is what stands in the page. Pure.
 */
#ifndef RUNNEL_LINK_H
#define RUNNEL_LINK_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Whether a click may follow it. No blanks, control characters, quotes or angle brackets: a browser takes line ends and tabs
 * out of a URL before it looks for the scheme (WHATWG URL §4.4). A colon after the first / ? or # ends no scheme.
 */
bool link_allowed(const char *text);

#ifdef __cplusplus
}
#endif

#endif
