/*
 * What somebody who publishes or looks at a page gets, over CGI and over FastCGI.
 */
#include "scenario.h"

#include <stdio.h>
#include <string.h>

static void answers(const struct wire_request *request, const char *status, const char *text)
{
	char *answer = wire_answer(&host, request);
	ck_assert_msg(strncmp(answer, "Status: ", 8) == 0 && strncmp(answer + 8, status, 3) == 0, "%s %s: %s", request->path, status, answer);
	ck_assert_msg(strstr(answer, text) != NULL, "\"%s\" is not in: %s", text, answer);
	free(answer);
}

static uint64_t head(void)
{
	uint64_t seq = 0;
	store_head(site.store, &seq);
	return seq;
}

/* ---- publishing over HTTP ---- */

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

static Suite *publishing_suite(void)
{
	Suite *suite = suite_create("publishing");
	TCase *tc = scenario_case("publishing");
	scenario_case_add_both(tc, a_post_in_each_content_type_arrives);
	scenario_case_add_both(tc, bad_input_gets_its_status_and_stores_nothing);
	scenario_case_add_both(tc, publishing_is_refused_until_it_is_opened);
	scenario_case_add_both(tc, html_is_stored_as_it_is_where_it_is_allowed);
	scenario_case_add_both(tc, a_personal_channel_is_its_owners);
	scenario_case_add_both(tc, pages_answer);
	scenario_case_add_both(tc, head_is_answered_without_a_body);
	scenario_case_add_both(tc, a_broken_template_is_an_error_to_the_publisher);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(publishing_suite)
