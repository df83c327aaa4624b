/*
 * builtin - the files that are built into the programs: templates and browser assets.
 */
#ifndef RUNNEL_BUILTIN_H
#define RUNNEL_BUILTIN_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct builtin {
	const char *name;
	const char *type;  /* of an asset: its Content-Type */
	const char *start; /* not NUL-terminated */
	size_t bytes;
};

/* The file of that name, or NULL. Lives as long as the program. */
const struct builtin *builtin_template(const char *name);
const struct builtin *builtin_asset(const char *name);

#ifdef __cplusplus
}
#endif

#endif
