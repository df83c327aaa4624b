/*
 * readers - many open streams, each of which must get each event of its channel exactly once and in order.
 *
 * One thread reads them all.
 */
#ifndef RUNNEL_BENCH_READERS_H
#define RUNNEL_BENCH_READERS_H

#include "latencies.h"
#include "options.h"

#include <stdbool.h>
#include <stdint.h>

struct reader;

struct readers {
	const struct options *options;
	struct reader *list;
	int epoll_fd;
	char *buffer;
	int connected, refused, gone;    /* heads read; of these not 200, or not even asked; ended */
	uint64_t opened_ns;              /* when the last head came; by running_ns(), as is the next moment */
	uint64_t delivered, doubled, lost;
	uint64_t last_delivery_ns;
	struct latencies latencies;      /* publishing to delivery, of those that read */
};

/* Opens them all and waits for their heads, and then until the server is quiet. Borrows the options. */
void readers_open(struct readers *readers, const struct options *options, uint64_t end_ns);
bool readers_are_up(const struct readers *readers);

/* Reads whatever there is; waits for it at most so long. */
void readers_pump(struct readers *readers, int ms);
void readers_pump_until(struct readers *readers, uint64_t until_ns);

/* How many deliveries there are when all is published. */
uint64_t readers_expected(const struct readers *readers, bool to_each_channel);

void readers_clear(struct readers *readers);

#endif
