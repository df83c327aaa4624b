/* What a client sees that hands every block to JSON.parse(), and one that does not listen for `close`. */
#include "scenario.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* One block as libraries read it that dispatch at every blank line, data or none. */
struct block {
	char event[80], id[80];
	struct buf data;
};

/* Takes the next one from the text; false when none is complete. A comment with a blank line after it is a block, too. */
static bool next_block(const char **at, struct block *block)
{
	const char *end = strstr(*at, "\n\n");
	*block = (struct block){ "", "", BUF_INIT };
	if (!end)
		return false;
	for (const char *line = *at; line <= end; line = strchr(line, '\n') + 1) {
		int n = (int)strcspn(line, "\n");
		if (strncmp(line, "event: ", 7) == 0)
			snprintf(block->event, sizeof block->event, "%.*s", n - 7, line + 7);
		if (strncmp(line, "id: ", 4) == 0)
			snprintf(block->id, sizeof block->id, "%.*s", n - 4, line + 4);
		if (strncmp(line, "data: ", 6) == 0)
			buf_add(&block->data, line + 6, (size_t)n - 6);
	}
	*at = end + 2;
	return true;
}

/* Every block has data that is a JSON object. The last one is left in *last, whose data the caller clears; how many there are. */
static int parse_all(const struct wire *wire, struct block *last)
{
	const char *at = strstr(wire->raw.data, "\r\n\r\n") + 4;
	int count = 0;
	struct block block;
	*last = (struct block){ "", "", BUF_INIT };
	for (; next_block(&at, &block); count++) {
		json_t *object = json_loads(buf_string(&block.data), 0, NULL);
		ck_assert_msg(json_is_object(object), "no object: \"%s\" in\n%s", buf_string(&block.data), wire->raw.data);
		json_decref(object);
		buf_clear(&last->data);
		*last = block;
	}
	buf_clear(&block.data);
	return count;
}

START_TEST(every_block_of_a_json_stream_is_an_object)
{
	struct wire wire;
	struct block last;
	start(_i, NULL);
	get(&wire, "/feed", "format=json");
	wire_listen(&wire, 200);
	ck_assert_int_eq(parse_all(&wire, &last), 0); /* nothing was published: there is no block */
	uint64_t seq = post("feed", NULL, "a \"quoted\" post");
	ck_assert(wire_sees(&wire, "quoted"));
	ck_assert(wire_sees(&wire, "\n\n"));
	ck_assert_int_eq(parse_all(&wire, &last), 1);
	ck_assert_str_eq(last.id, id(seq));
	buf_clear(&last.data);
	ck_assert(wire_hang_up(&wire));

	get(&wire, "/feed", "format=json&last-event-id=nosuch-1");
	ck_assert(wire_sees(&wire, "quoted"));
	ck_assert_int_eq(parse_all(&wire, &last), 2);
	ck_assert_ptr_nonnull(strstr(wire.raw.data, "event: reset\ndata: {\"reason\":\""));
	buf_clear(&last.data);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(the_cursor_of_a_json_stream_moves_with_its_last_block)
{
	struct wire wire;
	struct block last;
	start(_i, NULL);
	post("feed", NULL, "shown");
	uint64_t seq = post("notifications", NULL, "not due"); /* a kind that starts with nothing */
	get(&wire, "/stream", "channel=feed&channel=notifications&format=json");
	ck_assert(wire_sees(&wire, "shown"));
	ck_assert(wire_sees(&wire, "\n\n"));
	ck_assert_int_eq(parse_all(&wire, &last), 1);
	ck_assert_str_eq(last.id, id(seq)); /* so who comes back with it is not sent what it was not due */
	buf_clear(&last.data);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(close_is_json_and_says_not_to_come_back_soon)
{
	static const char *const formats[] = { "htmx", "oob", "json" };
	start(_i, NULL);
	post("progress/a", "complete", "over");
	for (size_t i = 0; i < 3; i++) {
		struct wire wire;
		struct block last;
		char query[40];
		snprintf(query, sizeof query, "format=%s", formats[i]);
		get(&wire, "/progress/a", query);
		ck_assert(wire_ends(&wire));
		ck_assert_int_eq(wire_count(&wire, "retry: 3600000\n"), 1);
		const char *soon = strstr(wire.raw.data, "retry: "), *late = strstr(wire.raw.data, "retry: 3600000\n");
		ck_assert_msg(soon < late, "the last one counts: %s", wire.raw.data);
		if (strcmp(formats[i], "json") == 0) {
			ck_assert_int_eq(parse_all(&wire, &last), 2);
			ck_assert_str_eq(last.event, "close");
			ck_assert_str_eq(last.data.data, "{\"reason\":\"finished\"}");
			buf_clear(&last.data);
		}
		ck_assert(wire_hang_up(&wire));
	}
}
END_TEST

START_TEST(who_is_sent_away_gets_retry_and_no_block)
{
	struct wire first, second;
	start(WIRE_FASTCGI, "[limits]\nstreams = 1\n");
	get(&first, "/feed", NULL);
	wire_open(&second, &host, &(struct wire_request){ .path = "/feed", .query = "format=json" });
	ck_assert(wire_ends(&second));
	ck_assert_int_eq(wire_count(&second, "retry: "), 1);
	ck_assert_ptr_null(strstr(strstr(second.raw.data, "\r\n\r\n"), "\n\n"));
	ck_assert(wire_hang_up(&first));
}
END_TEST

START_TEST(elements_of_a_list_carry_their_events_id)
{
	static const char *const channels[] = { "feed", "notifications", "log/a" };
	start(_i, NULL);
	for (size_t i = 0; i < 3; i++) {
		struct wire wire;
		char path[40], element[100];
		snprintf(path, sizeof path, "/%s", channels[i]);
		get(&wire, path, NULL);
		uint64_t seq = post(channels[i], NULL, "text");
		snprintf(element, sizeof element, " id=\"runnel-_-%s\" hx-preserve", id(seq));
		ck_assert_msg(wire_sees(&wire, element), "%s: %s", element, wire.raw.data);
		ck_assert(wire_hang_up(&wire));
		if (i == 1)
			continue; /* starts with nothing */
		snprintf(path, sizeof path, "/components/%s", channels[i]);
		char *page = wire_answer(&host, &(struct wire_request){ .path = path });
		ck_assert_msg(strstr(page, element) != NULL, "%s: %s", element, page);
		free(page);
	}
}
END_TEST

START_TEST(an_element_keeps_its_id_behind_a_reset)
{
	struct wire wire;
	char element[100];
	start(_i, "[kind \"feed\"]\nkeep = 2\n");
	post("feed", NULL, "old");
	uint64_t oldest = post("feed", NULL, "one"), newest = post("feed", NULL, "two");
	post("notifications", NULL, "later");
	get(&wire, "/feed", "last-event-id=nosuch-9");
	ck_assert(wire_sees(&wire, "two"));
	for (uint64_t seq = oldest; seq <= newest; seq++) {
		snprintf(element, sizeof element, "id=\"runnel-_-%s\"", id(seq));
		ck_assert_int_eq(wire_count(&wire, element), 1);
	}
	ck_assert(wire_hang_up(&wire));
}
END_TEST

static Suite *blocks_suite(void)
{
	Suite *suite = suite_create("blocks");
	TCase *tc = scenario_case("blocks");
	scenario_case_add_both(tc, every_block_of_a_json_stream_is_an_object);
	scenario_case_add_both(tc, the_cursor_of_a_json_stream_moves_with_its_last_block);
	scenario_case_add_both(tc, close_is_json_and_says_not_to_come_back_soon);
	tcase_add_test(tc, who_is_sent_away_gets_retry_and_no_block);
	scenario_case_add_both(tc, elements_of_a_list_carry_their_events_id);
	scenario_case_add_both(tc, an_element_keeps_its_id_behind_a_reset);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(blocks_suite)
