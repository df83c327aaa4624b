#include "stream/stalled.h"

#include "html/fragment.h"

#include <string.h>
#include <time.h>

struct looking {
	struct site *site;
	const char *channel;
	const struct kind *kind;
	struct made_up *made_up;
	bool stalls;
};

static bool has_begun(const struct values *values)
{
	const char *state = values_get(values, "state");
	return !state || strcmp(state, "queued") != 0;
}

static void make_up(struct looking *looking, const struct event *event, struct values *values)
{
	struct made_up *made_up = looking->made_up;
	struct problem problem = PROBLEM_NONE;
	*made_up = (struct made_up){ .values = BUF_INIT, .fragment = BUF_INIT };
	values_set(values, "state", "stalled", 7, &problem);
	values_to_json(values, &made_up->values);
	if (!fragment_render(looking->site->render, looking->kind, looking->channel, "stalled", values, event->time_ms, &made_up->fragment, &problem))
		buf_text(&made_up->fragment, "stalled");
	made_up->event = (struct event){
		.seq = event->seq, .ordinal = event->ordinal, .time_ms = event->time_ms, .channel = looking->channel, .name = looking->kind->event,
		.values = made_up->values.data, .values_bytes = made_up->values.len,
		.fragment = made_up->fragment.data, .fragment_bytes = made_up->fragment.len,
	};
}

static bool look_at(void *arg, const struct event *event)
{
	struct looking *looking = arg;
	struct values values = VALUES_INIT;
	struct problem problem = PROBLEM_NONE;
	looking->stalls = !kind_ended_by(looking->kind, event->name) &&
			  values_from_json(&values, event->values, event->values_bytes, "", &problem) && has_begun(&values);
	if (looking->stalls)
		make_up(looking, event, &values);
	values_clear(&values);
	return false;
}

enum store_status stalled_state(struct site *site, const char *channel, const struct kind *kind, uint64_t upto,
				struct made_up *made_up, bool *stalls)
{
	struct looking looking = { site, channel, kind, made_up, false };
	enum store_status status = store_read_last(site->store, channel, 0, upto, 1, look_at, &looking);
	*stalls = looking.stalls;
	return status;
}

uint64_t stalled_age_s(int64_t time_ms)
{
	int64_t now_s = (int64_t)time(NULL), then_s = time_ms / 1000;
	return now_s > then_s ? (uint64_t)(now_s - then_s) : 0;
}
