/*
 * The contract, as a web server sees it: each scenario runs over CGI and over FastCGI.
 */
#include "publish.h"
#include "suite.h"
#include "wire.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static struct wire_host host;
static struct site site;

static void start(int transport, const char *config)
{
	struct problem problem = PROBLEM_NONE;
	wire_host_start(&host, (enum wire_transport)transport, config);
	ck_assert_msg(site_open(&site, &problem), "%s", problem.text);
}

static void stop(void)
{
	if (!site.store)
		return;
	site_close(&site);
	site.store = NULL;
	wire_host_stop(&host);
}

/* ---- publishing from this process ---- */

static uint64_t post(const char *channel, const char *event, const char *text)
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

static const char *id(uint64_t seq)
{
	static char text[64];
	snprintf(text, sizeof text, "%s-%" PRIu64, store_epoch(site.store), seq);
	return text;
}

static const char *id_line(uint64_t seq)
{
	static char text[80];
	snprintf(text, sizeof text, "id: %s\n", id(seq));
	return text;
}

static void get(struct wire *wire, const char *path, const char *query)
{
	wire_open(wire, &host, &(struct wire_request){ .path = path, .query = query });
	ck_assert(wire_sees(wire, "\r\n\r\n:\n"));
}

/* ---- the head and the form ---- */

START_TEST(head_and_first_byte_come_at_once)
{
	struct wire wire;
	start(_i, NULL);
	get(&wire, "/notifications", NULL);
	ck_assert_ptr_nonnull(strstr(wire.raw.data, "Status: 200"));
	ck_assert_ptr_nonnull(strstr(wire.raw.data, "Content-Type: text/event-stream; charset=utf-8\r\n"));
	ck_assert_ptr_nonnull(strstr(wire.raw.data, "Cache-Control: no-cache, no-transform\r\n"));
	ck_assert_ptr_nonnull(strstr(wire.raw.data, "X-Accel-Buffering: no\r\n"));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(each_event_is_flushed_whole_and_alone)
{
	struct wire wire;
	start(_i, NULL);
	get(&wire, "/feed", NULL);
	for (int i = 0; i < 3; i++) {
		uint64_t seq = post("feed", NULL, "post");
		ck_assert(wire_sees(&wire, id_line(seq)));
		ck_assert(wire_sees(&wire, "</article>\n\n"));
	}
	ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 3);
	ck_assert_int_eq(wire_count(&wire, "\r\n"), 6); /* only in the head */
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(retry_stands_in_the_first_block_with_data)
{
	struct wire wire;
	start(_i, NULL);
	get(&wire, "/feed", NULL);
	ck_assert_int_eq(wire_count(&wire, "retry:"), 0);
	ck_assert(wire_sees(&wire, id_line(0))); /* a reader without events still learns where it is */
	uint64_t seq = post("feed", NULL, "post");
	ck_assert(wire_sees(&wire, "</article>\n\n"));
	const char *retry = strstr(wire.raw.data, "retry: ");
	ck_assert_ptr_nonnull(retry);
	ck_assert_ptr_eq(strchr(retry, '\n') + 1, strstr(wire.raw.data, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "retry:"), 1);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(heartbeat_is_a_comment_line)
{
	struct wire wire;
	start(_i, "[stream]\nheartbeat = 1\n");
	get(&wire, "/notifications", NULL);
	ck_assert(wire_sees(&wire, "\n\n:\n:\n")); /* after the id of a reader that has no event */
	ck_assert_ptr_null(strstr(wire.raw.data, ":\n\n"));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(markup_in_a_value_is_text)
{
	struct wire wire;
	start(_i, NULL);
	get(&wire, "/log/x", NULL);
	post("log/x", NULL, "<script>alert(1)</script> & \"q\"");
	ck_assert(wire_sees(&wire, "</div>\n\n"));
	ck_assert_ptr_null(strstr(wire.raw.data, "<script"));
	ck_assert_ptr_nonnull(strstr(wire.raw.data, "&lt;script&gt;"));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

/* ---- what a new stream starts with ---- */

START_TEST(progress_starts_with_the_latest_state)
{
	struct wire wire;
	start(_i, NULL);
	post("progress/a", NULL, "one");
	uint64_t seq = post("progress/a", NULL, "two");
	get(&wire, "/progress/a", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "event: progress\n"), 1);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(notifications_start_with_nothing_old)
{
	struct wire wire;
	start(_i, NULL);
	post("notifications", NULL, "old");
	get(&wire, "/notifications", NULL);
	uint64_t seq = post("notifications", NULL, "new");
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "event: notification\n"), 1);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(feed_starts_with_the_last_20_and_log_with_200)
{
	struct wire wire;
	uint64_t seq = 0;
	start(_i, NULL);
	for (int i = 0; i < 25; i++)
		seq = post("feed", NULL, "post");
	get(&wire, "/feed", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 20);
	ck_assert(wire_hang_up(&wire));
	for (int i = 0; i < 210; i++)
		seq = post("log/x", NULL, "line");
	get(&wire, "/log/x", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "event: log\n"), 200);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

/* ---- replay ---- */

static void replays_two(const struct wire_request *request, uint64_t seen, uint64_t last)
{
	struct wire wire;
	wire_open(&wire, &host, request);
	ck_assert(wire_sees(&wire, id_line(last)));
	ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 2);
	ck_assert_ptr_null(strstr(wire.raw.data, id_line(seen)));
	ck_assert(wire_hang_up(&wire));
}

START_TEST(replay_starts_after_last_event_id)
{
	char query[100], cursor[64];
	start(_i, NULL);
	post("feed", NULL, "1");
	uint64_t seen = post("feed", NULL, "2");
	post("notifications", NULL, "elsewhere");
	post("feed", NULL, "3");
	uint64_t last = post("feed", NULL, "4");
	strcpy(cursor, id(seen));
	snprintf(query, sizeof query, "last-event-id=%s", cursor);
	replays_two(&(struct wire_request){ .path = "/feed", .last_event_id = cursor }, seen, last);
	replays_two(&(struct wire_request){ .path = "/feed", .query = query }, seen, last);
}
END_TEST

START_TEST(the_header_wins_over_the_query)
{
	char query[100], cursor[64];
	start(_i, NULL);
	snprintf(query, sizeof query, "last-event-id=%s", id(post("feed", NULL, "1")));
	uint64_t seen = post("feed", NULL, "2");
	strcpy(cursor, id(seen));
	post("feed", NULL, "3");
	uint64_t last = post("feed", NULL, "4");
	replays_two(&(struct wire_request){ .path = "/feed", .query = query, .last_event_id = cursor }, seen, last);
}
END_TEST

START_TEST(a_cursor_that_cannot_be_resumed_is_a_reset_and_the_state)
{
	static const char *const cursors[] = { "zzzzz-1", "nonsense", "%00", "1042" };
	start(_i, NULL);
	uint64_t seq = post("feed", NULL, "post");
	for (size_t i = 0; i < 4; i++) {
		struct wire wire;
		wire_open(&wire, &host, &(struct wire_request){ .path = "/feed", .last_event_id = cursors[i] });
		ck_assert(wire_sees(&wire, "event: reset\ndata: The cursor"));
		ck_assert(wire_sees(&wire, id_line(seq)));
		ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 1);
		ck_assert(wire_hang_up(&wire));
	}
	char ahead[64];
	struct wire wire;
	strcpy(ahead, id(seq + 1000));
	wire_open(&wire, &host, &(struct wire_request){ .path = "/feed", .last_event_id = ahead });
	ck_assert(wire_sees(&wire, "event: reset\n"));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(a_cursor_that_retention_overtook_is_a_reset)
{
	struct wire wire;
	char cursor[64];
	uint64_t seq = 0;
	start(_i, "[kind \"feed\"]\nkeep = 5\n");
	strcpy(cursor, id(post("feed", NULL, "1")));
	for (int i = 0; i < 9; i++)
		seq = post("feed", NULL, "more");
	wire_open(&wire, &host, &(struct wire_request){ .path = "/feed", .last_event_id = cursor });
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "event: reset\n"), 1);
	ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 5);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(nothing_falls_between_page_and_stream)
{
	struct wire wire;
	start(_i, NULL);
	post("feed", NULL, "shown");
	char *page = wire_answer(&host, &(struct wire_request){ .path = "/components/feed", .htmx = true });
	ck_assert_ptr_nonnull(strstr(page, "shown"));
	ck_assert_ptr_null(strstr(page, "<html"));
	uint64_t seq = post("feed", NULL, "in between");
	char *url = strstr(page, "sse-connect=\"/base/feed?");
	ck_assert_ptr_nonnull(url);
	url += strlen("sse-connect=\"/base/feed?");
	*strchr(url, '"') = '\0';
	get(&wire, "/feed", url);
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 1);
	ck_assert(wire_hang_up(&wire));
	free(page);
}
END_TEST

/* ---- the end of a run ---- */

static void ends_with(int transport, const char *channel, const char *event)
{
	struct wire wire;
	char path[64];
	start(transport, NULL);
	snprintf(path, sizeof path, "/%s", channel);
	post(channel, NULL, "running");
	get(&wire, path, NULL);
	uint64_t seq = post(channel, event, "over");
	ck_assert(wire_ends(&wire));
	ck_assert_ptr_nonnull(strstr(wire.raw.data, id_line(seq)));
	const char *end = strstr(wire.raw.data, "event: close\ndata: ");
	ck_assert_ptr_nonnull(end);
	ck_assert(end > strstr(wire.raw.data, "over"));
	ck_assert_ptr_null(strstr(end + 1, "event:"));
	wire_hang_up(&wire);

	/* again, without and with the last cursor: its final state, and close */
	for (int again = 0; again < 2; again++) {
		char cursor[64];
		strcpy(cursor, id(seq));
		wire_open(&wire, &host, &(struct wire_request){ .path = path, .last_event_id = again ? cursor : NULL });
		ck_assert(wire_ends(&wire));
		ck_assert_ptr_nonnull(strstr(wire.raw.data, "over"));
		ck_assert_int_eq(wire_count(&wire, "event: close\n"), 1);
		wire_hang_up(&wire);
	}
	stop();
}

START_TEST(after_the_end_comes_close_and_the_answer_ends)
{
	ends_with(_i, "progress/a", "complete");
	ends_with(_i, "progress/a", "failed");
	ends_with(_i, "log/a", "complete");
	ends_with(_i, "log/a", "failed");
}
END_TEST

START_TEST(a_run_that_began_again_is_not_finished)
{
	struct wire wire;
	start(_i, NULL);
	post("progress/a", "complete", "first");
	uint64_t seq = post("progress/a", NULL, "second");
	get(&wire, "/progress/a", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	wire_listen(&wire, 100);
	ck_assert(!wire.ended);
	ck_assert_int_eq(wire_count(&wire, "event: close\n"), 0);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

/* ---- many channels, formats ---- */

START_TEST(one_stream_of_many_channels_keeps_the_order_of_the_log)
{
	struct wire wire;
	uint64_t seqs[20];
	start(_i, NULL);
	get(&wire, "/stream", "channel=feed&channel=log/x&channel=progress/a&channel=feed");
	post("notifications", NULL, "not asked for");
	for (int i = 0; i < 20; i++)
		seqs[i] = post(i % 3 == 0 ? "feed" : i % 3 == 1 ? "log/x" : "progress/a", i == 11 ? "complete" : NULL, "x");
	ck_assert(wire_sees(&wire, id_line(seqs[19])));
	const char *at = wire.raw.data;
	for (int i = 0; i < 20; i++) {
		at = strstr(at, id_line(seqs[i]));
		ck_assert_msg(at != NULL, "event %d is missing or out of order", i);
	}
	ck_assert_int_eq(wire_count(&wire, "event: close\n"), 0);
	ck_assert_int_eq(wire_count(&wire, "event: notification\n"), 0);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(the_formats_differ_in_what_they_carry)
{
	struct wire wire;
	start(_i, NULL);
	uint64_t seq = post("feed", NULL, "<Title>");
	get(&wire, "/feed", "format=json");
	ck_assert(wire_sees(&wire, "event: new-post\ndata: {\"title\":\"<Title>\"}\n\n"));
	ck_assert(wire_hang_up(&wire));
	get(&wire, "/feed", "format=oob");
	ck_assert(wire_sees(&wire, "data: <div hx-swap-oob=\"afterbegin:#runnel-feed\">\n"));
	ck_assert(wire_sees(&wire, "data: </div>\n\n"));
	ck_assert_int_eq(wire_count(&wire, "event:"), 0);
	ck_assert_ptr_nonnull(strstr(wire.raw.data, id_line(seq)));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

/* ---- publishing over HTTP ---- */

static void answers(const struct wire_request *request, const char *status, const char *text)
{
	char *answer = wire_answer(&host, request);
	ck_assert_msg(strncmp(answer, "Status: ", 8) == 0 && strncmp(answer + 8, status, 3) == 0, "%s %s: %s", request->path, status, answer);
	ck_assert_msg(strstr(answer, text) != NULL, "\"%s\" is not in: %s", text, answer);
	free(answer);
}

START_TEST(a_post_in_each_content_type_arrives)
{
	struct wire wire;
	start(_i, "[access]\npublish = open\n");
	get(&wire, "/feed", NULL);
	const struct wire_request requests[] = {
		{ .path = "/feed", .type = "application/x-www-form-urlencoded", .body = "title=form+%3C1%3E&author=me" },
		{ .path = "/feed", .type = "application/json; charset=utf-8", .body = "{\"title\":\"json\",\"body\":\"b\"}" },
		{ .path = "/feed", .type = "text/plain", .body = "plain" },
		{ .path = "/feed", .type = "multipart/form-data; boundary=X", .body = "--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nmulti\r\n--X--\r\n" },
		{ .path = "/feed", .query = "event=special", .type = "text/plain", .body = "named" },
	};
	for (size_t i = 0; i < 5; i++) {
		char *answer = wire_answer(&host, &requests[i]);
		ck_assert_msg(strncmp(answer, "Status: 200", 11) == 0, "%s", answer);
		ck_assert_ptr_nonnull(strstr(answer, "Content-Type: text/plain"));
		ck_assert_str_eq(strstr(answer, "\r\n\r\n") + 4, id(i + 1));
		ck_assert(wire_sees(&wire, id_line(i + 1)));
		free(answer);
	}
	ck_assert(wire_sees(&wire, "event: special\n"));
	static const char *const texts[] = { "form &lt;1&gt;", "json", "plain", "multi", "named" };
	for (size_t i = 0; i < 5; i++)
		ck_assert_msg(wire_sees(&wire, texts[i]), "%s", texts[i]);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

static uint64_t head(void)
{
	uint64_t seq = 0;
	store_head(site.store, &seq);
	return seq;
}

START_TEST(bad_input_gets_its_status_and_stores_nothing)
{
	static char long_channel[300] = "/feed/", big[70 * 1024], huge[300 * 1024];
	memset(long_channel + 6, 'x', 260);
	memset(big, 'x', sizeof big - 1);
	memset(huge, 'x', sizeof huge - 1);
	const char *form = "application/x-www-form-urlencoded", *json = "application/json";
	start(_i, "[access]\npublish = open\n");
	answers(&(struct wire_request){ .path = "/feed/../x", .type = form, .body = "title=x" }, "400", "..");
	answers(&(struct wire_request){ .path = "/feed//x", .type = form, .body = "title=x" }, "400", "empty segment");
	answers(&(struct wire_request){ .path = long_channel, .type = form, .body = "title=x" }, "400", "255");
	answers(&(struct wire_request){ .path = "/nosuchkind", .type = form, .body = "title=x" }, "404", "nosuchkind");
	answers(&(struct wire_request){ .path = "/nosuchkind" }, "404", "nosuchkind");
	answers(&(struct wire_request){ .path = "/assets/none.js" }, "404", "none.js");
	answers(&(struct wire_request){ .path = "/feed", .method = "DELETE" }, "405", "Allow: GET, HEAD, POST");
	answers(&(struct wire_request){ .path = "/stream", .type = form, .body = "a=b" }, "405", "Allow: GET, HEAD\r\n");
	answers(&(struct wire_request){ .path = "/feed", .type = form, .method = "POST" }, "411", "Content-Length");
	answers(&(struct wire_request){ .path = "/feed", .type = form, .body = "title=x", .length = "many" }, "400", "Content-Length");
	answers(&(struct wire_request){ .path = "/feed", .type = form, .body = "title=x", .length = "99" }, "400", "ended");
	answers(&(struct wire_request){ .path = "/feed", .type = "text/plain", .body = big }, "413", "65536");
	answers(&(struct wire_request){ .path = "/feed", .type = "text/plain", .body = huge }, "413", "at most");
	answers(&(struct wire_request){ .path = "/feed", .type = "image/png", .body = "x" }, "415", "image/png");
	answers(&(struct wire_request){ .path = "/feed", .body = "x" }, "415", "Content-Type");
	answers(&(struct wire_request){ .path = "/feed", .type = json, .body = "{\"title\":" }, "400", "JSON");
	answers(&(struct wire_request){ .path = "/feed", .type = json, .body = "{\"title\":{}}" }, "400", "flat");
	answers(&(struct wire_request){ .path = "/feed", .type = "multipart/form-data; boundary=X", .body = "--X\r\n" }, "400", "boundary");
	answers(&(struct wire_request){ .path = "/feed", .type = "text/plain", .body = "\xff\xfe" }, "400", "UTF-8");
	answers(&(struct wire_request){ .path = "/feed", .type = "text/plain", .body = "a\0b", .body_bytes = 3 }, "400", "NUL");
	answers(&(struct wire_request){ .path = "/feed", .type = form, .body = "no%20name=x" }, "400", "no name");
	answers(&(struct wire_request){ .path = "/feed", .type = form, .body = "title=x&event=click" }, "400", "click");
	answers(&(struct wire_request){ .path = "/feed", .query = "event=a%0Ab", .type = form, .body = "title=x" }, "400", "event name");
	answers(&(struct wire_request){ .path = "/feed", .type = form, .body = "html=%3Cb%3E" }, "403", "html");
	answers(&(struct wire_request){ .path = "/feed", .type = form, .body = "url=javascript:alert(1)&title=x" }, "400", "url");
	answers(&(struct wire_request){ .path = "/feed", .type = form, .body = "", .length = "0", .method = "POST" }, "400", "title");
	answers(&(struct wire_request){ .path = "/progress/a", .type = form, .body = "percent=140" }, "400", "percent");
	answers(&(struct wire_request){ .path = "/progress/a", .type = form, .body = "percent=-1" }, "400", "percent");
	answers(&(struct wire_request){ .path = "/progress/a", .type = form, .body = "percent=4x" }, "400", "percent");
	answers(&(struct wire_request){ .path = "/progress/a", .type = form, .body = "state=lost" }, "400", "state");
	answers(&(struct wire_request){ .path = "/progress/a", .type = form, .body = "event=complete&state=failed" }, "400", "contradict");
	answers(&(struct wire_request){ .path = "/notifications", .type = form, .body = "title=x&level=loud" }, "400", "level");
	answers(&(struct wire_request){ .path = "/stream" }, "400", "channel");
	answers(&(struct wire_request){ .path = "/stream", .query = "channel=feed&channel=a%20b" }, "400", "a b");
	answers(&(struct wire_request){ .path = "/feed", .query = "format=xml" }, "400", "xml");
	answers(&(struct wire_request){ .path = "/components/feed/.." }, "400", "..");
	ck_assert_uint_eq(head(), 0);
}
END_TEST

START_TEST(publishing_is_refused_until_it_is_opened)
{
	start(_i, NULL);
	answers(&(struct wire_request){ .path = "/feed", .type = "text/plain", .body = "x" }, "401", "[access] publish = user or publish = open");
	ck_assert_uint_eq(head(), 0);
	stop();
	start(_i, "[access]\npublish = user\n");
	answers(&(struct wire_request){ .path = "/feed", .type = "text/plain", .body = "x" }, "403", "REMOTE_USER");
	answers(&(struct wire_request){ .path = "/feed", .type = "text/plain", .body = "x", .user = "ann" }, "200", "-1");
}
END_TEST

START_TEST(html_is_stored_as_it_is_where_it_is_allowed)
{
	struct wire wire;
	start(_i, "[access]\npublish = open\nhtml = allow\n");
	answers(&(struct wire_request){ .path = "/feed", .type = "application/x-www-form-urlencoded", .body = "html=%3Cb%3Ebold%3C/b%3E" }, "200", "-1");
	get(&wire, "/feed", NULL);
	ck_assert(wire_sees(&wire, "data: <b>bold</b>\n\n"));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(a_personal_channel_is_its_owners)
{
	struct wire wire;
	start(_i, NULL);
	answers(&(struct wire_request){ .path = "/notifications/~ann" }, "403", "personal");
	answers(&(struct wire_request){ .path = "/notifications/~ann", .user = "bob" }, "403", "ann");
	answers(&(struct wire_request){ .path = "/notifications/~me" }, "403", "REMOTE_USER");
	answers(&(struct wire_request){ .path = "/stream", .query = "channel=feed&channel=notifications/~ann" }, "403", "personal");
	answers(&(struct wire_request){ .path = "/components/notifications/~ann" }, "403", "personal");
	wire_open(&wire, &host, &(struct wire_request){ .path = "/notifications/~me", .user = "ann" });
	ck_assert(wire_sees(&wire, "\r\n\r\n:\n"));
	uint64_t seq = post("notifications/~ann", NULL, "for ann");
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

/* ---- pages ---- */

START_TEST(pages_answer)
{
	start(_i, NULL);
	post("progress/a", NULL, "half");
	post("log/b", "complete", "over");
	answers(&(struct wire_request){ .path = "/" }, "200", "progress/a");
	answers(&(struct wire_request){ .path = "" }, "200", "runnel");
	answers(&(struct wire_request){ .path = "/components/progress/a" }, "200", "<!doctype html>");
	answers(&(struct wire_request){ .path = "/components/progress/a" }, "200", "role=\"progressbar\"");
	answers(&(struct wire_request){ .path = "/components/log/b", .htmx = true }, "200", "over");
	answers(&(struct wire_request){ .path = "/assets/htmx.min.js" }, "200", "Content-Type: text/javascript");
	answers(&(struct wire_request){ .path = "/assets/runnel.css" }, "200", "Cache-Control: public");
	answers(&(struct wire_request){ .path = "/healthz" }, "200", "ok");
	answers(&(struct wire_request){ .path = "/metrics" }, "200", "runnel_events_total 2");
}
END_TEST

START_TEST(head_is_answered_without_a_body)
{
	start(_i, NULL);
	char *answer = wire_answer(&host, &(struct wire_request){ .path = "/feed", .method = "HEAD" });
	ck_assert_ptr_nonnull(strstr(answer, "text/event-stream"));
	ck_assert_str_eq(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
	free(answer);
	answer = wire_answer(&host, &(struct wire_request){ .path = "/components/feed", .method = "HEAD" });
	ck_assert_ptr_nonnull(strstr(answer, "Content-Length: "));
	ck_assert_str_eq(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
	free(answer);
}
END_TEST

START_TEST(a_broken_template_is_an_error_to_the_publisher)
{
	char config[300], path[300];
	start(_i, NULL);
	snprintf(path, sizeof path, "%s/feed.tpl", host.folder);
	snprintf(config, sizeof config, "[access]\npublish = open\n[templates]\ndirectory = %s\n", host.folder);
	FILE *file = fopen(path, "w");
	fputs("{{%AUTOESCAPE context=\"HTML\"}}<p>{{title}}{{#open}}</p>\n", file);
	fclose(file);
	site_close(&site);
	char *folder = host.folder;
	struct wire_host before = host;
	start(_i, config); /* its templates are in the first folder */
	const struct wire_request request = { .path = "/feed", .type = "text/plain", .body = "x <y>" };
	answers(&request, "500", "feed.tpl");
	ck_assert_uint_eq(head(), 0);
	snprintf(path, sizeof path, "%s/feed.tpl", folder);
	file = fopen(path, "w");
	fputs("<p>{{title}}</p>\n", file); /* would not escape */
	fclose(file);
	answers(&request, "500", "feed.tpl");
	file = fopen(path, "w");
	fputs("{{%AUTOESCAPE context=\"HTML\"}}<p hx-get=\"/{{title}}\"></p>\n", file);
	fclose(file);
	answers(&request, "500", "feed.tpl");
	file = fopen(path, "w");
	fputs("{{%AUTOESCAPE context=\"HTML\"}}<i>{{title}}</i>\n", file);
	fclose(file);
	answers(&request, "200", "-1");
	struct wire wire;
	get(&wire, "/feed", NULL);
	ck_assert(wire_sees(&wire, "data: <i>x &lt;y&gt;</i>\n\n"));
	ck_assert(wire_hang_up(&wire));
	wire_host_stop(&before);
}
END_TEST

/* ---- slow readers ---- */

static void post_big(const char *channel, int n)
{
	static char text[8000];
	for (int i = 0; i < n; i++) {
		memset(text, 'x', sizeof text - 1);
		text[sprintf(text, "#%d#", i)] = '.';
		post(channel, NULL, text);
	}
}

START_TEST(a_reader_that_stalled_gets_every_event_once_and_in_order)
{
	struct wire wire;
	start(_i, "[kind \"feed\"]\nkeep = 5000\n");
	get(&wire, "/feed", NULL);
	post_big("feed", 300); /* far more than pipes and sockets hold: nobody reads meanwhile */
	ck_assert(wire_sees(&wire, "#299#"));
	const char *at = wire.raw.data;
	for (int i = 0; i < 300; i++) {
		char mark[16];
		sprintf(mark, "#%d#", i);
		at = strstr(at, mark);
		ck_assert_msg(at != NULL, "event %d is missing or out of order", i);
	}
	ck_assert_int_eq(wire_count(&wire, "event: new-post\n"), 300);
	uint64_t seq = post("feed", NULL, "live again");
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(a_stalled_reader_of_progress_gets_the_latest_state)
{
	struct wire wire;
	start(_i, NULL);
	get(&wire, "/progress/a", NULL);
	post_big("progress/a", 300);
	ck_assert(wire_sees(&wire, "#299#"));
	ck_assert_int_lt(wire_count(&wire, "event: progress\n"), 250);
	ck_assert_int_eq(wire_count(&wire, "event: reset\n"), 0);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(a_stalled_reader_of_a_log_sees_how_many_lines_it_missed)
{
	struct wire wire;
	unsigned missed = 0;
	start(_i, "[kind \"log\"]\nkeep = 20\n");
	get(&wire, "/log/a", NULL);
	post("log/a", NULL, "first");
	ck_assert(wire_sees(&wire, "first"));
	post_big("log/a", 300);
	ck_assert(wire_sees(&wire, "#299#"));
	int lines = wire_count(&wire, "event: log\n") - 1; /* without the first */
	for (const char *at = wire.raw.data; (at = strstr(at, "skipped ")); at++, lines--) {
		unsigned n;
		ck_assert_int_eq(sscanf(at, "skipped %u lines", &n), 1);
		missed += n;
	}
	ck_assert_uint_gt(missed, 0);
	ck_assert_int_eq(lines + (int)missed, 300);
	ck_assert_int_eq(wire_count(&wire, "event: reset\n"), 0);
	ck_assert(wire_hang_up(&wire));
}
END_TEST

/* ---- trouble ---- */

START_TEST(a_full_worker_answers_200_retry_and_ends)
{
	struct wire first, second;
	start(WIRE_FASTCGI, "[limits]\nstreams = 1\n");
	get(&first, "/feed", NULL);
	wire_open(&second, &host, &(struct wire_request){ .path = "/feed" });
	ck_assert(wire_ends(&second));
	ck_assert_ptr_nonnull(strstr(second.raw.data, "Status: 200"));
	ck_assert_int_eq(wire_count(&second, "retry: "), 1);
	ck_assert_int_eq(wire_count(&second, "data:"), 0);
	wire_hang_up(&second);
	ck_assert(wire_hang_up(&first));
}
END_TEST

START_TEST(a_full_disk_is_507_and_stores_nothing)
{
	char config[200], mounted[200];
	int code, stored = 0, refused = 0;
	start(_i, NULL);
	snprintf(mounted, sizeof mounted, "%s/small", host.folder);
	mkdir(mounted, 0700);
	if (mount("none", mounted, "tmpfs", 0, "size=400k") != 0) {
		fprintf(stderr, "a_full_disk_is_507: skipped, mounting a small disk needs root\n");
		return;
	}
	char *folder = host.folder;
	struct wire_host before = host;
	struct site before_site = site;
	site.store = NULL;
	snprintf(config, sizeof config, "[access]\npublish = open\n[kind \"feed\"]\nkeep = 100000\n");
	wire_host_start_on(&host, (enum wire_transport)_i, config, mounted);
	for (int i = 0; i < 40; i++) {
		static char text[20000];
		memset(text, 'x', sizeof text - 1);
		char *answer = wire_answer(&host, &(struct wire_request){ .path = "/feed", .type = "text/plain", .body = text });
		code = atoi(answer + 8);
		stored += code == 200;
		refused += code == 507;
		ck_assert_msg(code == 200 || code == 507, "%s", answer);
		free(answer);
	}
	ck_assert_int_gt(stored, 0);
	ck_assert_int_gt(refused, 0);
	char *metrics = wire_answer(&host, &(struct wire_request){ .path = "/metrics" }), line[64];
	sprintf(line, "\nrunnel_events_kept %d\n", stored);
	ck_assert_msg(strstr(metrics, line) != NULL, "%d stored: %s", stored, metrics);
	free(metrics);
	wire_host_stop(&host);
	umount2(mounted, MNT_DETACH);
	host = before;
	host.folder = folder;
	site = before_site;
}
END_TEST

START_TEST(more_than_128_cgi_streams_of_one_user_all_hear_an_event)
{
	static struct wire wires[140]; /* inotify would end at 128 */
	start(WIRE_CGI, NULL);
	for (int i = 0; i < 140; i++)
		wire_open(&wires[i], &host, &(struct wire_request){ .path = i % 2 ? "/feed" : "/notifications" });
	for (int i = 0; i < 140; i++)
		ck_assert(wire_sees(&wires[i], "\r\n\r\n:\n"));
	post("notifications", NULL, "to all");
	post("feed", NULL, "to all");
	for (int i = 0; i < 140; i++)
		ck_assert_msg(wire_sees(&wires[i], "to all"), "stream %d", i);
	for (int i = 0; i < 140; i++)
		ck_assert(wire_hang_up(&wires[i]));
}
END_TEST

/* ---- FastCGI alone ---- */

static pid_t worker_of(pid_t pool)
{
	char path[64];
	int pid = 0;
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pool, (int)pool);
	FILE *file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%d", &pid), 1);
	fclose(file);
	return pid;
}

START_TEST(a_killed_worker_is_replaced)
{
	struct wire wire;
	start(WIRE_FASTCGI, NULL);
	get(&wire, "/feed", NULL);
	kill(worker_of(host.pool), SIGKILL);
	wire_listen(&wire, 3000);
	close(wire.fd);
	uint64_t seq = post("feed", NULL, "meanwhile");
	get(&wire, "/feed", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(a_pool_that_is_told_to_end_sends_its_readers_away)
{
	struct wire wire;
	start(WIRE_FASTCGI, NULL);
	get(&wire, "/feed", NULL);
	kill(host.pool, SIGTERM);
	ck_assert(wire_ends(&wire));
	ck_assert_int_eq(wire_count(&wire, "retry: "), 1);
	wire_hang_up(&wire);
}
END_TEST

START_TEST(replaced_workers_serve_on)
{
	struct wire wire;
	start(WIRE_FASTCGI, NULL);
	get(&wire, "/feed", NULL);
	kill(host.pool, SIGHUP);
	ck_assert(wire_ends(&wire));
	wire_hang_up(&wire);
	uint64_t seq = post("feed", NULL, "meanwhile");
	get(&wire, "/feed", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

static Suite *scenario_suite(void)
{
	const TTest *const both[] = {
		head_and_first_byte_come_at_once, each_event_is_flushed_whole_and_alone, retry_stands_in_the_first_block_with_data,
		heartbeat_is_a_comment_line, markup_in_a_value_is_text, progress_starts_with_the_latest_state,
		notifications_start_with_nothing_old, feed_starts_with_the_last_20_and_log_with_200,
		replay_starts_after_last_event_id, the_header_wins_over_the_query,
		a_cursor_that_cannot_be_resumed_is_a_reset_and_the_state, a_cursor_that_retention_overtook_is_a_reset,
		nothing_falls_between_page_and_stream, after_the_end_comes_close_and_the_answer_ends,
		a_run_that_began_again_is_not_finished, one_stream_of_many_channels_keeps_the_order_of_the_log,
		the_formats_differ_in_what_they_carry, a_post_in_each_content_type_arrives,
		bad_input_gets_its_status_and_stores_nothing, publishing_is_refused_until_it_is_opened,
		html_is_stored_as_it_is_where_it_is_allowed, a_personal_channel_is_its_owners, pages_answer,
		head_is_answered_without_a_body, a_broken_template_is_an_error_to_the_publisher,
		a_reader_that_stalled_gets_every_event_once_and_in_order, a_stalled_reader_of_progress_gets_the_latest_state,
		a_stalled_reader_of_a_log_sees_how_many_lines_it_missed,
	};
	Suite *suite = suite_create("scenario");
	TCase *tc = tcase_create("scenario");
	tcase_set_timeout(tc, 180);
	tcase_add_checked_fixture(tc, NULL, stop);
	for (size_t i = 0; i < sizeof both / sizeof *both; i++)
		tcase_add_loop_test(tc, both[i], 0, WIRE_TRANSPORTS);
	tcase_add_loop_test(tc, a_full_disk_is_507_and_stores_nothing, 0, WIRE_TRANSPORTS);
	tcase_add_test(tc, a_full_worker_answers_200_retry_and_ends);
	tcase_add_test(tc, more_than_128_cgi_streams_of_one_user_all_hear_an_event);
	tcase_add_test(tc, a_killed_worker_is_replaced);
	tcase_add_test(tc, a_pool_that_is_told_to_end_sends_its_readers_away);
	tcase_add_test(tc, replaced_workers_serve_on);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(scenario_suite)
