#include "cost.h"

#include "now.h"
#include "running.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

static double each_pid(const char *pids, double (*of)(pid_t pid))
{
	double sum = 0;
	char *copy = strdup(pids), *save = NULL;
	for (char *pid = strtok_r(copy, ",", &save); pid; pid = strtok_r(NULL, ",", &save))
		sum += of((pid_t)atoi(pid));
	free(copy);
	return sum;
}

/* By the process's own clock: /proc/PID/stat counts in hundredths of a second, a short run's whole cost. */
static double cpu_of(pid_t pid)
{
	clockid_t clock;
	struct timespec used;
	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) < 0)
		return 0;
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* What would be free if it ended. */
static double private_of(pid_t pid)
{
	char path[64], line[256];
	unsigned long kb, sum = 0;
	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "Private_Clean: %lu", &kb) == 1 || sscanf(line, "Private_Dirty: %lu", &kb) == 1)
			sum += kb;
	if (file)
		fclose(file);
	return (double)sum * 1024;
}

void cost_init(struct cost *cost, const struct options *options)
{
	*cost = (struct cost){ .options = options };
	for (int i = 0; i < options->process_count; i++)
		cost->memory[i] = each_pid(options->processes[i].pids, private_of);
}

void cost_start_cpu(struct cost *cost)
{
	for (int i = 0; i < cost->options->process_count; i++)
		cost->cpu_s[i] = each_pid(cost->options->processes[i].pids, cpu_of);
	cost->now_ns = now_ns();
	cost->running_ns = running_ns();
}

void cost_print_cpu(const struct cost *cost, double things)
{
	double ran = (double)(running_ns() - cost->running_ns) / (double)(now_ns() - cost->now_ns);
	for (int i = 0; i < cost->options->process_count; i++) {
		const struct process *process = &cost->options->processes[i];
		double used_us = (each_pid(process->pids, cpu_of) - cost->cpu_s[i]) * ran * 1e6;
		printf(",\"cpu_us_%s\":%.3f", process->name, things > 0 ? used_us / things : used_us);
	}
}

void cost_print_memory(const struct cost *cost)
{
	for (int i = 0; i < cost->options->process_count; i++) {
		const struct process *process = &cost->options->processes[i];
		double more = each_pid(process->pids, private_of) - cost->memory[i];
		printf(",\"bytes_%s\":%.0f", process->name, more / cost->options->readers);
	}
}
