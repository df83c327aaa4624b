/*
 * intake - the body of a POST becomes values.
 */
#ifndef RUNNEL_INTAKE_H
#define RUNNEL_INTAKE_H

#include "event/kind.h"
#include "base/problem.h"
#include "http/request.h"
#include "event/values.h"

#include <stdbool.h>

/*
 * Reads a body of one of the four content types: a form, multipart, flat JSON, or a text, which becomes the kind's main
 * value (the line end at its very end is the shell's, and goes). Of two fields of one name the last one counts; JSON
 * that has two is refused. A charset other than UTF-8 is converted, and so is what a field `_charset_` says of those after
 * it (RFC 7578 §4.6). false with a 400 or 415 problem.
 */
bool intake_read(struct values *values, const struct request *request, const struct kind *kind, struct problem *problem);

#endif
