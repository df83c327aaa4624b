/*
 * url - the percent-encoding of paths (RFC 3986 §2.1).
 */
#ifndef RUNNEL_URL_H
#define RUNNEL_URL_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Adds a path so that it stands for itself in any URL: all but unreserved bytes and "/" is encoded. No byte of it
 * ends the path, begins a host or means something to HTML; a backslash, which browsers take for a slash, is encoded too.
 */
void url_add_path(struct buf *out, const char *path);

/* Adds what n bytes of a path stand for; "+" is no blank here. false at a bad escape or a NUL. */
bool url_decode_path(struct buf *out, const char *text, size_t n);

/* Whether a path has a segment "." or "..", which browsers and servers resolve away. */
bool url_has_dot_segment(const char *path);

#endif
