#include "meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

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

static double each_pid(const char *pids, double (*of)(const char *pid))
{
	double sum = 0;
	char *copy = strdup(pids), *save = NULL;
	for (char *pid = strtok_r(copy, ",", &save); pid; pid = strtok_r(NULL, ",", &save))
		sum += of(pid);
	free(copy);
	return sum;
}

static double cpu_of(const char *pid)
{
	char path[64], text[1024];
	unsigned long user, system;
	snprintf(path, sizeof path, "/proc/%s/stat", pid);
	FILE *file = fopen(path, "r");
	if (!file)
		return 0;
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	const char *after = strrchr(text, ')');
	if (!after || sscanf(after + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
		return 0;
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double private_of(const char *pid)
{
	char path[64], line[256];
	unsigned long kb, sum = 0;
	snprintf(path, sizeof path, "/proc/%s/smaps_rollup", pid);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "Private_Clean: %lu", &kb) == 1 || sscanf(line, "Private_Dirty: %lu", &kb) == 1)
			sum += kb;
	if (file)
		fclose(file);
	return (double)sum * 1024;
}

double cpu_seconds(const char *pids)
{
	return each_pid(pids, cpu_of);
}

uint64_t private_bytes(const char *pids)
{
	return (uint64_t)each_pid(pids, private_of);
}
