/* fan - `load fan`: one publisher, many readers. */
#ifndef RUNNEL_BENCH_FAN_H
#define RUNNEL_BENCH_FAN_H

#include "options.h"

/* Prints what it saw; the exit code. */
int fan_run(const struct options *options);

#endif
