/* mark - "@NUMBER:NANOSECONDS@": what makes an event one that can be counted and timed wherever it arrives. */
#ifndef RUNNEL_BENCH_MARK_H
#define RUNNEL_BENCH_MARK_H

#include <stdbool.h>
#include <stdint.h>

enum { MARK_BYTES_MAX = 40 };

struct mark {
	int state;        /* where in a mark the last piece of input ended */
	uint64_t number;
	uint64_t sent_ns; /* by running_ns() */
};

/* A mark of this moment, filled up to so many bytes, with a NUL; `out` has room for both and MARK_BYTES_MAX. */
void mark_write(char *out, int number, int bytes);

/* Reads on from *bytes: true when a mark is whole, *bytes then points behind it; false when the input is used up. */
bool mark_read(struct mark *mark, const char **bytes, const char *end);

#endif
