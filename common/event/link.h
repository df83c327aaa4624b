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
 * Whether a click may follow it: "//host", "?x=a:b" and "a/b:c" too. No blanks of any kind, controls, quotes, angle brackets
 * or backslashes; http and https with two slashes and a host; no scheme written with %3a.
 */
bool link_allowed(const char *text);

#ifdef __cplusplus
}
#endif

#endif
