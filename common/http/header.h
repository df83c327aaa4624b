/*
 * header - the parameters of a header's value: `text/plain; charset=utf-8`, `form-data; name="title"` (RFC 9110 §5.6.6).
 */
#ifndef RUNNEL_HEADER_H
#define RUNNEL_HEADER_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Adds the first parameter of that name, any case, quoted or not, to out. false when it is not there. value need not be
 * NUL-terminated: no byte beyond n is read.
 */
bool header_parameter(const char *value, size_t n, const char *name, struct buf *out);

/* Whether the value is this media type, any case, whatever parameters follow it. */
bool header_is_type(const char *value, const char *type);

#endif
