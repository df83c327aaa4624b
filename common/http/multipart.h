/*
 * multipart - reads a multipart/form-data body (RFC 7578, RFC 2046 §5.1), one part after another.
 *
 * The whole body is in memory: an event is small (64 KiB by default). A part is a text field; a part with a file name is
 * one like any other. Lines may end in LF alone, as scripts write them. A line that merely begins with the boundary
 * is text.
 */
#ifndef RUNNEL_MULTIPART_H
#define RUNNEL_MULTIPART_H

#include "base/buf.h"
#include "base/problem.h"

#include <stdbool.h>
#include <stddef.h>

struct multipart {
	struct buf delimiter;  /* "--" and the boundary */
	const char *at, *end;  /* what is left; borrowed from the caller */
};

/* One part; name and charset are buffers of the caller's, used again for each. */
struct part {
	struct buf name;
	struct buf charset;    /* of its own Content-Type; empty when it says none */
	const char *text;      /* borrowed from the body, not NUL-terminated */
	size_t bytes;
};

#define PART_INIT { BUF_INIT, BUF_INIT, NULL, 0 }

enum multipart_next { MULTIPART_PART, MULTIPART_END, MULTIPART_BAD };

/* Finds the first part. false with a 400 problem: no boundary in content_type, or none in the body. Clear it in any case. */
bool multipart_open(struct multipart *multipart, const char *content_type, const char *body, size_t n, struct problem *problem);

/* The next part; BAD with a 400 or 415 problem: no name, no closing boundary, an encoding that is not taken. */
enum multipart_next multipart_next(struct multipart *multipart, struct part *part, struct problem *problem);

void multipart_clear(struct multipart *multipart);
void part_clear(struct part *part);

#endif
