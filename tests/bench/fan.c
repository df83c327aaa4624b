#include "fan.h"

#include "cost.h"
#include "now.h"
#include "publisher.h"
#include "readers.h"
#include "running.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SILENCE_SECONDS_MAX = 5 }; /* after the last publish: what is missing then does not come */

static void read_all(struct readers *readers, struct publisher *publisher, uint64_t expected)
{
	while (now_ns() < publisher->end_ns) {
		if (publisher->done_ns && readers->delivered >= expected)
			return;
		uint64_t last_ns = publisher->done_ns > readers->last_delivery_ns ? publisher->done_ns : readers->last_delivery_ns;
		if (publisher->done_ns && running_ns() - last_ns > now_span_ns(SILENCE_SECONDS_MAX))
			return;
		readers_pump(readers, 5);
	}
}

static void print_deliveries(const struct readers *readers, const struct publisher *publisher, uint64_t start_ns, uint64_t expected)
{
	double seconds = (double)(readers->last_delivery_ns - start_ns) / 1e9;
	printf(",\"published\":%d,\"failed\":%d,\"publish_s\":%.3f", publisher->published, publisher->failed,
	       (double)(publisher->done_ns - start_ns) / 1e9);
	printf(",\"delivered\":%" PRIu64 ",\"expected\":%" PRIu64 ",\"doubled\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"gone\":%d",
	       readers->delivered, expected, readers->doubled, readers->lost, readers->gone);
	printf(",\"seconds\":%.3f,\"per_second\":%.0f", seconds, seconds > 0 ? (double)readers->delivered / seconds : 0);
	printf(",\"p50_ms\":%.3f,\"p99_ms\":%.3f", latencies_ms(&readers->latencies, .5), latencies_ms(&readers->latencies, .99));
}

/* Publishes to readers that are all there. */
static bool deliver(struct readers *readers, struct cost *cost, uint64_t end_ns)
{
	const struct options *options = readers->options;
	struct publisher publisher;
	uint64_t expected = readers_expected(readers, strstr(options->pub, "%d") != NULL), start_ns = running_ns();
	cost_start_cpu(cost);
	readers->last_delivery_ns = start_ns;
	publisher_start(&publisher, options, end_ns);
	read_all(readers, &publisher, expected);
	publisher_join(&publisher);
	print_deliveries(readers, &publisher, start_ns, expected);
	cost_print_cpu(cost, (double)readers->delivered);
	return readers->delivered == expected && !readers->doubled && !readers->lost && !publisher.failed;
}

int fan_run(const struct options *options)
{
	static struct readers readers;
	struct cost cost;
	uint64_t start_ns = running_ns(), end_ns = now_ns() + now_span_ns(options->seconds);
	cost_init(&cost, options);
	readers_open(&readers, options, end_ns);
	bool good = readers_are_up(&readers);
	printf("{\"readers\":%d,\"connected\":%d,\"refused\":%d,\"connect_s\":%.2f", options->readers, readers.connected,
	       readers.refused, (double)(readers.opened_ns - start_ns) / 1e9);
	cost_print_memory(&cost);
	if (good && options->pub && !options->idle)
		good = deliver(&readers, &cost, end_ns);
	printf(",\"paused\":%.2f}\n", running_paused());
	fflush(stdout);
	if (good && options->idle)
		readers_pump_until(&readers, now_ns() + now_span_ns(options->hold));
	readers_clear(&readers);
	return good ? 0 : 1;
}
