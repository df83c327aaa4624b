/* starting - `load start`: how long until a stream begins, one opened after the other. */
#ifndef RUNNEL_BENCH_STARTING_H
#define RUNNEL_BENCH_STARTING_H

#include "options.h"

/* Prints what it saw; the exit code. */
int starting_run(const struct options *options);

#endif
