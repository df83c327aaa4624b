/* publishing - `load publish`: many connections, each with one event on its way at a time. */
#ifndef RUNNEL_BENCH_PUBLISHING_H
#define RUNNEL_BENCH_PUBLISHING_H

#include "options.h"

/* Prints what it saw; the exit code. */
int publishing_run(const struct options *options);

#endif
