/*
 * render - fills in templates: Google ctemplate behind a few C functions.
 *
 * Templates are built into the program; a directory may override them one by one, and is
 * looked at again at every use, so that an edit shows at once. Auto-escape is always on: a
 * template that does not begin with the AUTOESCAPE pragma, or that puts a publisher's
 * value into an hx-* or on* attribute, is broken. Thread-safe; blocks on a file read at most.
 */
#ifndef RUNNEL_RENDER_H
#define RUNNEL_RENDER_H

#include "buf.h"
#include "problem.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct render;
struct sheet; /* what a template is filled with */

/* directory may be NULL; borrowed for the life of the render. */
struct render *render_new(const char *directory);
void render_free(struct render *render);

/* Whether there is a template of that name, such as "feed.tpl". */
bool render_has(struct render *render, const char *name);

/*
 * Adds the filled-in template to out. false with a 500 problem when the template is missing or
 * broken, and nothing is added.
 */
bool render_fill(struct render *render, const char *name, const struct sheet *sheet, struct buf *out, struct problem *problem);

struct sheet *sheet_new(void);
void sheet_free(struct sheet *sheet);

/* Sets {{KEY}}; when the text is not empty, {{#KEY}}…{{/KEY}} is shown too. Copies. */
void sheet_set(struct sheet *sheet, const char *key, const char *text);

/* Shows {{#KEY}}…{{/KEY}} once more and returns what fills it; owned by its parent. */
struct sheet *sheet_section(struct sheet *sheet, const char *key);

#ifdef __cplusplus
}
#endif

#endif
