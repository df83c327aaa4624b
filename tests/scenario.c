#include "scenario.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct wire_host host;
struct site site;

void start(int transport, const char *config)
{
	struct problem problem = PROBLEM_NONE;
	wire_host_start(&host, (enum wire_transport)transport, config);
	ck_assert_msg(site_open(&site, &problem), "%s", problem.text);
}

void stop(void)
{
	if (!site.store)
		return;
	site_close(&site);
	site.store = NULL;
	wire_host_stop(&host);
}

uint64_t post(const char *channel, const char *event, const char *text)
{
	struct draft draft = DRAFT_INIT(channel);
	struct problem problem = PROBLEM_NONE;
	const struct kind *kind = kinds_of(&site.config.kinds, channel);
	uint64_t seq = 0;
	if (event)
		draft.event = strdup(event);
	ck_assert(values_set(&draft.values, kind->text, text, strlen(text), &problem));
	ck_assert_msg(publish(&site, &draft, 1, &seq, &problem), "%s", problem.text);
	draft_clear(&draft);
	return seq;
}

const char *id(uint64_t seq)
{
	static char text[64];
	snprintf(text, sizeof text, "%s-%" PRIu64, store_epoch(site.store), seq);
	return text;
}

const char *id_line(uint64_t seq)
{
	static char text[80];
	snprintf(text, sizeof text, "id: %s\n", id(seq));
	return text;
}

void get(struct wire *wire, const char *path, const char *query)
{
	wire_open(wire, &host, &(struct wire_request){ .path = path, .query = query });
	ck_assert(wire_sees(wire, "\r\n\r\n:\n"));
}

TCase *scenario_case(const char *name)
{
	TCase *tc = tcase_create(name);
	tcase_set_timeout(tc, 180);
	tcase_add_checked_fixture(tc, NULL, stop);
	return tc;
}

void scenario_case_add_both(TCase *tc, const TTest *test)
{
	tcase_add_loop_test(tc, test, 0, WIRE_TRANSPORTS);
}
