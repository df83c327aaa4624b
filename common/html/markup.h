/*
 * markup - whether a template's text is HTML in which values stand only where they stay text.
 *
 * Read forwards once, as a browser reads it (WHATWG HTML §13.2.5), together with ctemplate's own marks. A value may stand
 * between tags, and in quotes in the attributes that attribute.h lists; at the start of a URL it must be one that link.h allows.
 * What would make the reading depend on a value, or on whether a section is shown, is refused. Pure.
 */
#ifndef RUNNEL_MARKUP_H
#define RUNNEL_MARKUP_H

#include "base/buf.h"
#include "base/problem.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What every template begins with: without it ctemplate escapes nothing. */
#define MARKUP_PRAGMA "{{%AUTOESCAPE context=\"HTML\"}}"

/*
 * Adds the text for ctemplate to out: in it each value at the start of a URL is `{{x:x-link}}`, each in a query `{{x:x-query}}`.
 * own: see attribute_use(). false with a 500 problem that names the line, what stands there and what to do.
 */
bool markup_check(const char *text, size_t n, bool own, struct buf *out, struct problem *problem);

/* Whether a key is runnel's own, and so no publisher's: upper case, such as TIME. */
bool markup_own_key(const char *key);

#ifdef __cplusplus
}
#endif

#endif
