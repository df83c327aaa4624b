/*
 * The assembler reads the files in (.incbin): no generated source, no second copy.
 * BUILTIN_SOURCE is the source tree, BUILTIN_MODULES where npm put htmx.
 */
#include "html/builtin.h"

#include <string.h>

#define EMBED(symbol, path)                                          \
	__asm__(".pushsection .rodata\n"                             \
		".balign 16\n"                                       \
		"builtin_" #symbol ":\n"                             \
		".incbin \"" path "\"\n"                             \
		"builtin_" #symbol "_end:\n"                         \
		".byte 0\n"                                          \
		".popsection\n");                                    \
	extern const char builtin_##symbol[] __attribute__((visibility("hidden"))); \
	extern const char builtin_##symbol##_end[] __attribute__((visibility("hidden")));

#define TEMPLATES(each)                                               \
	each(progress, "progress.tpl")                                \
	each(progress_complete, "progress+complete.tpl")              \
	each(progress_failed, "progress+failed.tpl")                  \
	each(progress_stalled, "progress+stalled.tpl")                \
	each(notifications, "notifications.tpl")                      \
	each(feed, "feed.tpl")                                        \
	each(log, "log.tpl")                                          \
	each(log_complete, "log+complete.tpl")                        \
	each(log_failed, "log+failed.tpl")                            \
	each(component, "own/component.tpl")                          \
	each(component_progress, "own/component.progress.tpl")        \
	each(component_notifications, "own/component.notifications.tpl")\
	each(component_feed, "own/component.feed.tpl")                \
	each(component_log, "own/component.log.tpl")                  \
	each(page, "own/page.tpl")                                    \
	each(status, "own/status.tpl")

#define EMBED_TEMPLATE(symbol, name) EMBED(symbol, BUILTIN_SOURCE "/templates/" name)
TEMPLATES(EMBED_TEMPLATE)

EMBED(runnel_css, BUILTIN_SOURCE "/templates/static/runnel.css")
EMBED(runnel_svg, BUILTIN_SOURCE "/templates/static/runnel.svg")
EMBED(runnel_js, BUILTIN_SOURCE "/templates/static/runnel.js")
EMBED(htmx_js, BUILTIN_MODULES "/htmx.org/dist/htmx.min.js")
EMBED(sse_js, BUILTIN_MODULES "/htmx-ext-sse/dist/sse.min.js")
EMBED(htmx4_js, BUILTIN_MODULES "/htmx4/dist/htmx.min.js")
EMBED(sse4_js, BUILTIN_MODULES "/htmx4/dist/ext/hx-sse.min.js")

struct range {
	const char *name, *type, *start, *end;
};

static const struct range templates[] = {
#define TEMPLATE_ROW(symbol, name) { name, NULL, builtin_##symbol, builtin_##symbol##_end },
	TEMPLATES(TEMPLATE_ROW)
};

#define SCRIPT "text/javascript; charset=utf-8"

static const struct range assets[] = {
	{ "runnel.css", "text/css; charset=utf-8", builtin_runnel_css, builtin_runnel_css_end },
	{ "runnel.svg", "image/svg+xml", builtin_runnel_svg, builtin_runnel_svg_end },
	{ "runnel.js", SCRIPT, builtin_runnel_js, builtin_runnel_js_end },
	{ "htmx.min.js", SCRIPT, builtin_htmx_js, builtin_htmx_js_end },
	{ "sse.js", SCRIPT, builtin_sse_js, builtin_sse_js_end },
	{ "htmx4.min.js", SCRIPT, builtin_htmx4_js, builtin_htmx4_js_end },
	{ "hx-sse4.js", SCRIPT, builtin_sse4_js, builtin_sse4_js_end },
};

/* The result is kept by name: the tables are small, and each thread has its own answer. */
static const struct builtin *find(const struct range *rows, size_t n, const char *name)
{
	static _Thread_local struct builtin found;
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0) {
			found = (struct builtin){ rows[i].name, rows[i].type, rows[i].start, (size_t)(rows[i].end - rows[i].start) };
			return &found;
		}
	return NULL;
}

const struct builtin *builtin_template(const char *name)
{
	return find(templates, sizeof templates / sizeof *templates, name);
}

const struct builtin *builtin_asset(const char *name)
{
	return find(assets, sizeof assets / sizeof *assets, name);
}
