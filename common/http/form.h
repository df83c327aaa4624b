/*
 * form - reads application/x-www-form-urlencoded text (WHATWG URL §5.1): query strings and bodies.
 */
#ifndef RUNNEL_FORM_H
#define RUNNEL_FORM_H

#include <stdbool.h>
#include <stddef.h>

/* One field; both texts are decoded, NUL-terminated and borrowed. Returns false to stop. */
typedef bool form_visit(void *arg, const char *name, const char *text, size_t bytes);

/*
 * Hands over each field in turn; a field without "=" has an empty text; a bad %-escape stands
 * for itself. Returns false when the visitor stopped it. Never fails otherwise.
 */
bool form_read(const char *text, size_t n, form_visit *visit, void *arg);

#endif
