/*
 * hint - what to say to somebody who sent the wrong thing: the sentence names what was sent and what is wanted.
 */
#ifndef RUNNEL_HINT_H
#define RUNNEL_HINT_H

#include "event/kind.h"
#include "base/problem.h"
#include "event/values.h"

#include <stdbool.h>
#include <stddef.h>

/* The four content types that a body may have. */
enum body_type { BODY_FORM, BODY_MULTIPART, BODY_JSON, BODY_TEXT, BODY_OTHER };

/* What of Content-Type this is; BODY_OTHER for an empty one too. */
enum body_type hint_type(const char *content_type);

/*
 * Whether the body may be what its type says. false with a 400 or 415 problem when it is clearly something else, which
 * is then named: JSON that went as a form or as text, a form that went as text or without a type, no type at all.
 * A kind whose main value may be anything (a log) takes any text.
 */
bool hint_body(const char *content_type, const char *body, size_t bytes, const struct kind *kind, struct problem *problem);

/* Sets a 400 problem: none of these values shows anything; with "did you mean" where a name is near. Returns false. */
bool hint_nothing_shown(const struct values *values, const struct kind *kind, struct problem *problem);

#endif
