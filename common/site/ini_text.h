/*
 * ini_text - an INI file as inih cannot misread it.
 *
 * inih takes what goes on after 199 bytes of a line, be it a comment's, for a line of its own; it takes a line that
 * begins with a blank for more of the value above; it cuts a section's name after 49 bytes, and passes over what
 * follows its bracket. Here each is refused with its line, or made plain: blanks around a line mean nothing.
 */
#ifndef RUNNEL_INI_TEXT_H
#define RUNNEL_INI_TEXT_H

#include "base/buf.h"
#include "base/problem.h"

#include <stdbool.h>
#include <stddef.h>

/* Adds the n bytes as text for inih, line by line, so that its line numbers are the file's. false with a 500 problem. */
bool ini_text_tidy(const char *bytes, size_t n, struct buf *out, struct problem *problem);

/*
 * Adds a file's bytes. false with errno set: EFBIG over 1 MiB, EISDIR, EINVAL for what is no file, or as open(2) and read(2).
 * Does not wait for a pipe.
 */
bool ini_text_read_file(const char *path, struct buf *out);

#endif
