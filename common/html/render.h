/*
 * render - fills in templates: Google ctemplate behind a few C functions.
 *
 * Templates are built into the program; a directory may override them one by one, and is
 * looked at again at every use, so that an edit shows at once, a mistake too: until it is mended, publishing is
 * refused by every process alike. Auto-escape is always on, and a value stands only where markup.h allows it.
 * Thread-safe; blocks on a file read at most.
 */
#ifndef RUNNEL_RENDER_H
#define RUNNEL_RENDER_H

#include "base/buf.h"
#include "base/problem.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct render;
struct dictionary; /* what a template is filled with */

/* directory may be NULL; borrowed for the life of the render. */
struct render *render_new(const char *directory);
void render_free(struct render *render);

/*
 * Whether there is a template of that name: KIND.tpl and KIND+EVENT.tpl show what a publisher wrote, own/NAME.tpl are the
 * program's pages, which no kind can be called.
 */
bool render_has(struct render *render, const char *name);

/*
 * Adds the filled-in template to out. false with a 500 problem, and nothing added, when the template is missing or broken:
 * the line and what to do about it, and no path of this machine. The log has both.
 */
bool render_fill(struct render *render, const char *name, const struct dictionary *dictionary, struct buf *out, struct problem *problem);

struct dictionary *dictionary_new(void);
void dictionary_free(struct dictionary *dictionary);

/* Sets {{KEY}}; when the text is not empty, {{#KEY}}…{{/KEY}} is shown too. Copies. */
void dictionary_set(struct dictionary *dictionary, const char *key, const char *text);

/* Shows {{#KEY}}…{{/KEY}} once more and returns what fills it; owned by its parent. */
struct dictionary *dictionary_section(struct dictionary *dictionary, const char *key);

#ifdef __cplusplus
}
#endif

#endif
