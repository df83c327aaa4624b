#include "latencies.h"

#include <stddef.h>

static size_t slot_of(uint64_t ns)
{
	if (ns < 32)
		return ns;
	unsigned octave = 63u - (unsigned)__builtin_clzll(ns);
	return (octave - 4) * 32 + ((ns >> (octave - 5)) & 31);
}

static double slot_ns(size_t slot)
{
	if (slot < 32)
		return (double)slot;
	size_t octave = slot / 32 + 4;
	return (double)((32 + slot % 32) << (octave - 5));
}

void latencies_add(struct latencies *latencies, uint64_t ns)
{
	latencies->counts[slot_of(ns)]++;
	latencies->n++;
}

double latencies_ms(const struct latencies *latencies, double quantile)
{
	uint64_t wanted = (uint64_t)(quantile * (double)latencies->n), seen = 0;
	for (size_t slot = 0; slot < sizeof latencies->counts / sizeof *latencies->counts; slot++)
		if ((seen += latencies->counts[slot]) > wanted)
			return slot_ns(slot) / 1e6;
	return 0;
}
