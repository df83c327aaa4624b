/*
 * multipart - reads a multipart/form-data body (RFC 7578, RFC 2046 §5.1).
 *
 * The whole body is in memory: an event is small (64 KiB by default). A part is a text
 * field; a part with a file name is read like any other.
 */
#ifndef RUNNEL_MULTIPART_H
#define RUNNEL_MULTIPART_H

#include "form.h"
#include "problem.h"

/*
 * Hands over each part. false with a 400 problem when the body is not what content_type says
 * (no boundary, a part without a name, no closing delimiter), or, with the problem as it was,
 * when the visitor stopped. Parts before the fault were handed over: collect first, store later.
 */
bool multipart_read(const char *content_type, const char *body, size_t n,
		    form_visit *visit, void *arg, struct problem *problem);

#endif
