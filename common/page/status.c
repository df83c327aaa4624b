#include "page/status.h"

#include "event/channel.h"
#include "page/component.h"
#include "html/fragment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef RUNNEL_VERSION
#define RUNNEL_VERSION "0"
#endif

enum { ROWS_MAX = 200 }; /* a page for a person; the metrics count them all */

/* One component of each kind: the channel that moved last. */
struct shown {
	char channel[CHANNEL_BYTES_MAX + 1];
	uint64_t last;
};

struct listing {
	struct site *site;
	const struct viewer *viewer;
	struct dictionary *dictionary;
	struct shown *shown; /* one for each kind */
	unsigned rows;
	uint64_t events; /* ever published to what is listed */
	bool hidden;     /* some are not */
};

static void add_row(struct listing *listing, const char *channel, const struct store_span *span)
{
	struct dictionary *row = dictionary_section(listing->dictionary, "CHANNELS");
	struct buf time = BUF_INIT;
	char number[32], id[80];
	snprintf(number, sizeof number, "%" PRIu64, span->count);
	snprintf(id, sizeof id, "%s-%" PRIu64, store_epoch(listing->site->store), span->last);
	fragment_time(&time, span->time_ms);
	dictionary_set(row, "CHANNEL", channel);
	dictionary_set(row, "COUNT", number);
	dictionary_set(row, "LAST", span->name);
	dictionary_set(row, "ID", id);
	dictionary_set(row, "TIME", buf_string(&time));
	buf_clear(&time);
}

static bool list_channel(void *arg, const char *channel, const struct store_span *span)
{
	struct listing *listing = arg;
	const struct kinds *kinds = &listing->site->config.kinds;
	const struct kind *kind = kinds_of(kinds, channel);
	if (!listing->viewer->may_read(listing->viewer->arg, channel)) {
		listing->hidden = true;
		return true;
	}
	listing->events += span->ordinal;
	if (listing->rows++ < ROWS_MAX)
		add_row(listing, channel, span);
	if (kind && span->last > listing->shown[kind - kinds->rows].last) {
		struct shown *shown = &listing->shown[kind - kinds->rows];
		snprintf(shown->channel, sizeof shown->channel, "%s", channel);
		shown->last = span->last;
	}
	return true;
}

static bool add_components(struct listing *listing, const char *base, uint64_t head, struct problem *problem)
{
	struct site *site = listing->site;
	struct buf components = BUF_INIT, stream = BUF_INIT;
	bool ok = true;
	buf_print(&stream, "%s/stream?format=oob&last-event-id=%s-%" PRIu64, base, store_epoch(site->store), head);
	for (unsigned i = 0; i < site->config.kinds.count && ok; i++) {
		const char *channel = listing->shown[i].last ? listing->shown[i].channel : site->config.kinds.rows[i].name;
		if (!listing->viewer->may_read(listing->viewer->arg, channel))
			continue;
		ok = component_render(site, base, channel, FRAME_OOB, false, &components, problem);
		buf_print(&stream, "&channel=%s", channel);
	}
	dictionary_set(listing->dictionary, "STREAM", buf_string(&stream));
	dictionary_set(listing->dictionary, "COMPONENTS", buf_string(&components));
	buf_clear(&components);
	buf_clear(&stream);
	return ok;
}

static void add_facts(struct dictionary *dictionary, struct site *site, struct scoreboard *scoreboard, const char *base, uint64_t events)
{
	char number[32];
	dictionary_set(dictionary, "BASE", base);
	dictionary_set(dictionary, "VERSION", RUNNEL_VERSION);
	dictionary_set(dictionary, "EPOCH", store_epoch(site->store));
	snprintf(number, sizeof number, "%" PRIu64, events);
	dictionary_set(dictionary, "EVENTS", number);
	snprintf(number, sizeof number, "%u", scoreboard_total(scoreboard));
	dictionary_set(dictionary, "STREAMS", number);
}

bool status_page(struct site *site, struct scoreboard *scoreboard, const struct viewer *viewer, const char *base, struct buf *out, struct problem *problem)
{
	struct listing listing = { site, viewer, dictionary_new(), must_alloc(site->config.kinds.count * sizeof *listing.shown), 0, 0, false };
	struct buf body = BUF_INIT;
	uint64_t head = 0;
	enum store_status status = store_head(site->store, &head);
	if (status == STORE_OK)
		status = store_channels(site->store, list_channel, &listing);
	add_facts(listing.dictionary, site, scoreboard, base, listing.hidden ? listing.events : head);
	bool ok = status == STORE_OK ? add_components(&listing, base, head, problem) : site_store_problem(site, status, problem);
	ok = ok && render_fill(site->render, "own/status.tpl", listing.dictionary, &body, problem) &&
	     component_page(site, base, "runnel", buf_string(&body), out, problem);
	buf_clear(&body);
	dictionary_free(listing.dictionary);
	free(listing.shown);
	return ok;
}

struct counts {
	const struct viewer *viewer;
	uint64_t channels, kept, ever;
	bool hidden; /* some are not counted */
};

static bool count_channel(void *arg, const char *channel, const struct store_span *span)
{
	struct counts *counts = arg;
	if (!counts->viewer->may_read(counts->viewer->arg, channel)) {
		counts->hidden = true;
		return true;
	}
	counts->channels++;
	counts->kept += span->count;
	counts->ever += span->ordinal;
	return true;
}

static void add_metric(struct buf *out, const char *name, const char *type, const char *help, uint64_t value)
{
	buf_print(out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", name, help, name, type, name, value);
}

bool status_metrics(struct site *site, struct scoreboard *scoreboard, const struct viewer *viewer, struct buf *out, struct problem *problem)
{
	struct counts counts = { viewer, 0, 0, 0, false };
	uint64_t head = 0;
	enum store_status status = store_head(site->store, &head);
	if (status == STORE_OK)
		status = store_channels(site->store, count_channel, &counts);
	if (status != STORE_OK)
		return site_store_problem(site, status, problem);
	add_metric(out, "runnel_streams", "gauge", "Open streams of all processes.", scoreboard_total(scoreboard));
	add_metric(out, "runnel_events_total", "counter", "Events ever published to the channels that you may read.", counts.hidden ? counts.ever : head);
	add_metric(out, "runnel_events_kept", "gauge", "Events in them.", counts.kept);
	add_metric(out, "runnel_channels", "gauge", "Channels that hold events and that you may read.", counts.channels);
	return true;
}

bool status_health(struct site *site, struct problem *problem)
{
	uint64_t head;
	enum store_status status = store_head(site->store, &head);
	if (status == STORE_OK)
		return true;
	site_store_problem(site, status, problem);
	problem->status = 503;
	return false;
}
