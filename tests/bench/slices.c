#include "slices.h"

#include "now.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLICE_NS = 20000000, SLICES_A_SECOND = 1000000000 / SLICE_NS };

void slices_start(struct slices *slices, int seconds)
{
	slices->n = ((size_t)seconds + 1) * SLICES_A_SECOND;
	slices->counts = calloc(slices->n, sizeof *slices->counts);
	slices->start_ns = now_ns();
}

void slices_add(struct slices *slices, uint64_t now)
{
	if (!slices->counts)
		return;
	uint64_t slice = (now - slices->start_ns) / SLICE_NS;
	if (slice < slices->n)
		slices->counts[slice]++;
}

static int by_count(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* 0 when the run was shorter than three slices. */
static double per_second(const struct slices *slices)
{
	size_t first = 0, end = slices->n, busy = 0;
	while (first < end && !slices->counts[first])
		first++;
	while (end > first && !slices->counts[end - 1])
		end--;
	if (end - first < 3)
		return 0;
	uint32_t *counts = malloc((end - first) * sizeof *counts);
	for (size_t i = first + 1; i < end - 1; i++)
		if (slices->counts[i])
			counts[busy++] = slices->counts[i];
	qsort(counts, busy, sizeof *counts, by_count);
	double median = busy ? (counts[(busy - 1) / 2] + counts[busy / 2]) / 2.0 : 0;
	free(counts);
	return median * SLICES_A_SECOND;
}

void slices_print_per_second(const struct slices *slices)
{
	double rate = per_second(slices);
	if (rate > 0)
		printf(",\"per_second_running\":%.0f", rate);
	else
		printf(",\"per_second_running\":null");
}

void slices_clear(struct slices *slices)
{
	free(slices->counts);
	memset(slices, 0, sizeof *slices);
}
