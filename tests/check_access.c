/*
 * Who comes in, what he sees, and where the program stands, over CGI and over FastCGI.
 */
#include "base/log.h"
#include "scenario.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *asked(const struct wire_request *request, const char *status)
{
	char *answer = wire_answer(&host, request);
	ck_assert_msg(strncmp(answer, "Status: ", 8) == 0 && strncmp(answer + 8, status, 3) == 0, "%s, not %s: %s", request->path, status, answer);
	return answer;
}

static void answers(const struct wire_request *request, const char *status, const char *text)
{
	char *answer = asked(request, status);
	ck_assert_msg(strstr(answer, text) != NULL, "\"%s\" is not in: %s", text, answer);
	free(answer);
}

static void hides(const struct wire_request *request, const char *status, const char *text)
{
	char *answer = asked(request, status);
	ck_assert_msg(strstr(answer, text) == NULL, "\"%s\" is in: %s", text, answer);
	free(answer);
}

static uint64_t head(void)
{
	uint64_t seq = 0;
	store_head(site.store, &seq);
	return seq;
}

START_TEST(remote_user_without_auth_type_is_nobody)
{
	start(_i, "[access]\npublish = user\nstatus = user\n[access \"feed/team/*\"]\nsubscribe = user\n");
	const struct wire_request forged[] = {
		{ .path = "/notifications/~ann", .user = "ann", .unproven = true },
		{ .path = "/notifications/~me", .user = "ann", .unproven = true },
		{ .path = "/components/notifications/~me", .user = "ann", .unproven = true },
		{ .path = "/stream", .query = "channel=notifications/~ann", .user = "ann", .unproven = true },
		{ .path = "/feed/team/a", .user = "ann", .unproven = true },
		{ .path = "/feed", .user = "ann", .unproven = true, .type = "text/plain", .body = "x" },
		{ .path = "/", .user = "ann", .unproven = true },
		{ .path = "/metrics", .user = "ann", .unproven = true },
	};
	for (size_t i = 0; i < sizeof forged / sizeof *forged; i++)
		answers(&forged[i], "403", "AUTH_TYPE");
	answers(&(struct wire_request){ .path = "/feed", .user = "ann", .type = "text/plain", .body = "x" }, "200", "-1");
	answers(&(struct wire_request){ .path = "/metrics", .user = "ann" }, "200", "runnel_streams");
}
END_TEST

START_TEST(of_two_users_in_one_request_neither_is_one)
{
	static const char *const forged[] = { "REMOTE_USER=ann", NULL };
	start(WIRE_FASTCGI, NULL);
	answers(&(struct wire_request){ .path = "/notifications/~ann", .user = "bob", .more = forged }, "403", "AUTH_TYPE");
	answers(&(struct wire_request){ .path = "/notifications/~bob", .user = "bob", .more = forged }, "403", "AUTH_TYPE");
}
END_TEST

START_TEST(a_personal_channel_is_written_by_its_owner_alone)
{
	start(_i, "[access]\npublish = open\n");
	const char *type = "text/plain";
	answers(&(struct wire_request){ .path = "/notifications/~ann", .type = type, .body = "x" }, "403", "login");
	answers(&(struct wire_request){ .path = "/notifications/~ann", .type = type, .body = "x", .user = "bob" }, "403", "personal");
	answers(&(struct wire_request){ .path = "/notifications/~me", .type = type, .body = "x" }, "403", "login");
	answers(&(struct wire_request){ .path = "/progress/~ann/import", .type = type, .body = "x", .user = "bob" }, "403", "personal");
	ck_assert_uint_eq(head(), 0);
	answers(&(struct wire_request){ .path = "/notifications/~ann", .type = type, .body = "x", .user = "ann" }, "200", "-1");
	answers(&(struct wire_request){ .path = "/notifications/~me", .type = type, .body = "x", .user = "ann" }, "200", "-2");
	answers(&(struct wire_request){ .path = "/progress/~me/import", .type = type, .body = "x", .user = "ann" }, "200", "-3");
	stop();
	start(_i, NULL);
	answers(&(struct wire_request){ .path = "/notifications/~ann", .type = type, .body = "x", .user = "ann" }, "401", "[access] publish");
}
END_TEST

START_TEST(a_login_is_not_used_by_another_sites_page)
{
	static const char *const evil[] = { "HTTP_ORIGIN=http://evil.example", NULL }, *const cross[] = { "HTTP_SEC_FETCH_SITE=cross-site", NULL },
		*const null[] = { "HTTP_ORIGIN=null", NULL }, *const own[] = { "HTTP_ORIGIN=http://LOCALHOST:80", "HTTP_SEC_FETCH_SITE=same-origin", NULL },
		*const port[] = { "HTTP_ORIGIN=http://localhost:8080", "SERVER_PORT=8080", NULL };
	const char *const *const others[] = { evil, cross, null };
	start(_i, "[access]\npublish = user\n");
	for (size_t i = 0; i < 3; i++)
		answers(&(struct wire_request){ .path = "/feed", .user = "ann", .type = "text/plain", .body = "x", .more = others[i] }, "403", "Origin");
	ck_assert_uint_eq(head(), 0);
	answers(&(struct wire_request){ .path = "/feed", .user = "ann", .type = "text/plain", .body = "x", .more = own }, "200", "-1");
	answers(&(struct wire_request){ .path = "/feed", .user = "ann", .type = "text/plain", .body = "x", .more = port }, "200", "-2");
	stop();
	start(_i, "[access]\npublish = open\n");
	answers(&(struct wire_request){ .path = "/notifications/~me", .user = "ann", .type = "text/plain", .body = "x", .more = evil }, "403", "Origin");
	answers(&(struct wire_request){ .path = "/feed", .user = "ann", .type = "text/plain", .body = "x", .more = evil }, "200", "-1"); /* anybody may */
}
END_TEST

START_TEST(a_login_of_any_bytes_has_a_personal_channel)
{
	static const struct { const char *login, *own, *written; } rows[] = {
		{ "alice@example.org", "/notifications/~alice~40example.org", "/notifications/~alice@example.org" },
		{ "DOMAIN\\j\xc3\xbcrgen lee", "/notifications/~DOMAIN~5Cj~C3~BCrgen~20lee", "/notifications/~DOMAIN\\j\xc3\xbcrgen lee" },
		{ "a~40b", "/notifications/~a~7E40b", "/notifications/~a~7e40b" }, { "a/b", "/notifications/~a~2Fb", "/notifications/~a~2fb" },
	};
	start(_i, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t seq = post(rows[i].own + 1, NULL, "for one");
		const char *paths[] = { rows[i].own, rows[i].written, "/notifications/~me" };
		for (size_t j = 0; j < 3; j++) {
			struct wire wire;
			wire_open(&wire, &host, &(struct wire_request){ .path = paths[j], .user = rows[i].login, .query = "lastEventId=x" });
			ck_assert_msg(wire_sees(&wire, "event: reset") , "%s: %s", paths[j], wire.raw.data);
			ck_assert(wire_hang_up(&wire));
			answers(&(struct wire_request){ .path = paths[j], .user = "eve" , .method = "HEAD" }, j == 2 ? "200" : "403", "");
		}
		char component[300] = "/components";
		strcat(component, rows[i].written);
		answers(&(struct wire_request){ .path = component, .user = rows[i].login }, "200", rows[i].own + 1);
		(void)seq;
	}
	answers(&(struct wire_request){ .path = "/stream", .query = "channel=notifications/~alice%40example.org", .user = "alice@example.org", .method = "HEAD" }, "200", "event-stream");
	answers(&(struct wire_request){ .path = "/stream", .query = "channel=notifications/~alice@example.org", .user = "alice", .method = "HEAD" }, "403", "");
	answers(&(struct wire_request){ .path = "/notifications/~", .user = "ann" }, "400", "~NAME");
}
END_TEST

START_TEST(the_status_shows_only_what_its_viewer_may_read)
{
	start(_i, "[access]\nstatus = open\n[access \"feed/team/*\"]\nsubscribe = user\n[access \"log\"]\nsubscribe = token\n");
	post("feed/public", NULL, "a");
	post("feed/team/secret", NULL, "b");
	post("notifications/~ann", NULL, "c");
	static const char *const hidden[] = { "secret", "~ann", "channel=log", ">3<" };
	for (size_t i = 0; i < 4; i++)
		hides(&(struct wire_request){ .path = "/" }, "200", hidden[i]);
	answers(&(struct wire_request){ .path = "/" }, "200", "feed/public");
	answers(&(struct wire_request){ .path = "/metrics" }, "200", "\nrunnel_channels 1\n");
	answers(&(struct wire_request){ .path = "/metrics" }, "200", "\nrunnel_events_total 1\n");
	answers(&(struct wire_request){ .path = "/metrics" }, "200", "\nrunnel_events_kept 1\n");
	answers(&(struct wire_request){ .path = "/", .user = "ann" }, "200", "secret");
	answers(&(struct wire_request){ .path = "/", .user = "ann" }, "200", "~ann");
	hides(&(struct wire_request){ .path = "/", .user = "bob" }, "200", "~ann");
	answers(&(struct wire_request){ .path = "/metrics", .user = "bob" }, "200", "\nrunnel_channels 2\n");
}
END_TEST

START_TEST(the_status_is_not_for_who_comes_through_a_proxy)
{
	static const char *const headers[] = { "HTTP_FORWARDED=for=1.2.3.4", "HTTP_X_FORWARDED_FOR=127.0.0.1", "HTTP_X_FORWARDED_PROTO=https", "HTTP_X_REAL_IP=::1", "HTTP_VIA=1.1 p" };
	start(_i, NULL);
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		const char *const more[] = { headers[i], NULL };
		answers(&(struct wire_request){ .path = "/", .more = more }, "403", "proxy");
		answers(&(struct wire_request){ .path = "/metrics", .more = more }, "403", "proxy");
	}
	answers(&(struct wire_request){ .path = "/" }, "200", "runnel");
}
END_TEST

START_TEST(the_mount_is_encoded_wherever_it_stands)
{
	start(_i, NULL);
	post("feed/base", NULL, "a");
	static const char *const scripts[] = { "/sse\\..\\uploads\\x", "//evil.example", "/\\evil", "/a\"onload=x'<b>", "/a b;c?d#e" };
	static const char *const bases[] = { "/sse%5C..%5Cuploads%5Cx", "/evil.example", "/%5Cevil", "/a%22onload%3Dx%27%3Cb%3E", "/a%20b%3Bc%3Fd%23e" };
	for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
		char script[200], stream[200];
		snprintf(script, sizeof script, "src=\"%s/assets/runnel.js\"", bases[i]);
		snprintf(stream, sizeof stream, "sse-connect=\"%s/feed/base?", bases[i]);
		answers(&(struct wire_request){ .path = "/components/feed/base", .script = scripts[i] }, "200", script);
		answers(&(struct wire_request){ .path = "/components/feed/base", .script = scripts[i] }, "200", stream);
		hides(&(struct wire_request){ .path = "/components/feed/base", .script = scripts[i] }, "200", scripts[i]);
		hides(&(struct wire_request){ .path = "/", .script = scripts[i] }, "200", scripts[i]);
	}
	answers(&(struct wire_request){ .path = "/components/feed/base", .script = "/sse/../uploads" }, "400", "..");
	answers(&(struct wire_request){ .path = "-guide.html", .script = "/sse" }, "404", "slash");
}
END_TEST

START_TEST(a_server_that_does_not_split_its_path_is_told_so)
{
	static const char *const paths[] = { "/sse/", "/sse/feed/x", "/sse/healthz", "/sse/stream", "/sse/components/feed" };
	start(_i, NULL);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		answers(&(struct wire_request){ .script = paths[i], .uri = paths[i] }, "500", "PATH_INFO");
		answers(&(struct wire_request){ .script = paths[i], .uri = paths[i], .path = "" }, "500", "PATH_INFO");
		answers(&(struct wire_request){ .script = paths[i] }, "500", "PATH_INFO");
		answers(&(struct wire_request){ .script = paths[i], .uri = paths[i], .path = "", .type = "text/plain", .body = "x" }, "500", "PATH_INFO");
	}
	answers(&(struct wire_request){ .script = "", .uri = "/sse/feed/x", .path = "/sse/feed/x" }, "404", "[site] base");
	answers(&(struct wire_request){ .script = "", .uri = "/sse/", .path = "/sse/" }, "404", "[site] base");
	answers(&(struct wire_request){ .script = "", .uri = "/feed/x", .path = "/feed/x", .method = "HEAD" }, "200", "event-stream");
	answers(&(struct wire_request){ .script = "/sse", .uri = "/sse", .path = "" }, "302", "Location: /sse/\r\n");
	answers(&(struct wire_request){ .script = "//evil", .uri = "//evil", .path = "" }, "302", "Location: /evil/\r\n");
	answers(&(struct wire_request){ .script = "/sse/feed/a\nb", .uri = "/sse/feed/a%0Ab", .path = "" }, "400", "control");
}
END_TEST

START_TEST(a_base_that_is_set_is_cut_off_the_uri)
{
	start(_i, "[site]\nbase = /sse\n[access]\npublish = open\n");
	answers(&(struct wire_request){ .script = "", .uri = "/sse/feed/a", .type = "text/plain", .body = "x" }, "200", "-1");
	answers(&(struct wire_request){ .script = "/", .path = "/other", .uri = "/sse/components/feed/a?x=1" }, "200", "sse-connect=\"/sse/feed/a?");
	answers(&(struct wire_request){ .script = "/sse/feed/a", .uri = "/sse/feed/%61", .method = "HEAD" }, "200", "event-stream");
	answers(&(struct wire_request){ .uri = "/sse" }, "302", "Location: /sse/\r\n");
	answers(&(struct wire_request){ .uri = "/ssefeed" }, "404", "[site] base");
	answers(&(struct wire_request){ .uri = "/sse/../feed" }, "400", "..");
	answers(&(struct wire_request){ .path = "/feed" }, "500", "REQUEST_URI");
}
END_TEST

START_TEST(the_cursor_is_read_under_its_three_names)
{
	static const char *const names[] = { "last-event-id", "lastEventId", "lastEventID" };
	start(_i, NULL);
	post("feed", NULL, "one");
	uint64_t second = post("feed", NULL, "two");
	for (size_t i = 0; i < 3; i++) {
		struct wire wire;
		char query[100];
		snprintf(query, sizeof query, "%s=%s", names[i], id(second - 1));
		get(&wire, "/feed", query);
		ck_assert(wire_sees(&wire, id_line(second)));
		ck_assert_int_eq(wire_count(&wire, "event: new-post"), 1);
		ck_assert(wire_hang_up(&wire));
		snprintf(query, sizeof query, "%s=elsewhere-1", names[i]);
		wire_open(&wire, &host, &(struct wire_request){ .path = "/feed", .query = query, .last_event_id = id(second - 1) });
		ck_assert(wire_sees(&wire, id_line(second)));
		ck_assert_int_eq(wire_count(&wire, "event: reset"), 0); /* the header wins */
		ck_assert(wire_hang_up(&wire));
	}
}
END_TEST

START_TEST(a_nul_in_a_query_is_refused)
{
	start(_i, NULL);
	answers(&(struct wire_request){ .path = "/stream", .query = "channel=feed%00/x" }, "400", "NUL");
	answers(&(struct wire_request){ .path = "/feed", .query = "format=json%00" }, "400", "NUL");
	answers(&(struct wire_request){ .path = "/feed", .query = "x=%25", .method = "HEAD" }, "200", "event-stream");
}
END_TEST

/* ---- what goes wrong inside stays inside ---- */

START_TEST(a_broken_configuration_is_told_to_the_log_and_not_to_a_client)
{
	static const char *const broken[] = { "[store]\ndirectoree = /srv/secret\n", "[access]\npublish = secret\n", "[access \"secret/*\"]\npublish = open\n", "secret\n" };
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		wire_host_start(&host, WIRE_CGI, broken[i]);
		char *answer = wire_answer(&host, &(struct wire_request){ .path = "/feed" });
		ck_assert_msg(strncmp(answer, "Status: 500", 11) == 0, "%s", answer);
		ck_assert_msg(!strstr(answer, "secret") && !strstr(answer, host.folder) && !strstr(answer, "runnel.conf"), "%s", answer);
		free(answer);
		wire_host_stop(&host);
	}
}
END_TEST

START_TEST(a_missing_store_is_told_without_its_path)
{
	wire_host_start_on(&host, WIRE_CGI, NULL, "/nowhere/secret");
	static const char *const paths[] = { "/healthz", "/", "/components/feed" };
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		char *answer = wire_answer(&host, &(struct wire_request){ .path = paths[i] });
		ck_assert_msg(strncmp(answer, "Status: 503", 11) == 0 && !strstr(answer, "secret") && !strstr(answer, "nowhere"), "%s", answer);
		ck_assert_msg(strstr(answer, "store cannot be used") != NULL, "%s", answer);
		free(answer);
	}
	wire_host_stop(&host);
}
END_TEST

START_TEST(an_error_that_clients_can_repeat_is_said_once_in_a_while)
{
	char lines[4096];
	int pipes[2], before = dup(STDERR_FILENO);
	ck_assert_int_eq(pipe(pipes), 0);
	dup2(pipes[1], STDERR_FILENO);
	for (int i = 0; i < 1000; i++)
		log_error_seldom("again %d", i);
	dup2(before, STDERR_FILENO);
	ssize_t n = read(pipes[0], lines, sizeof lines - 1);
	lines[n] = '\0';
	ck_assert_ptr_nonnull(strstr(lines, "again 0\n"));
	ck_assert_ptr_null(strstr(lines, "again 1"));
	close(pipes[0]);
	close(pipes[1]);
	close(before);
}
END_TEST

static Suite *access_suite(void)
{
	Suite *suite = suite_create("access");
	TCase *tc = scenario_case("access");
	scenario_case_add_both(tc, remote_user_without_auth_type_is_nobody);
	tcase_add_test(tc, of_two_users_in_one_request_neither_is_one);
	scenario_case_add_both(tc, a_personal_channel_is_written_by_its_owner_alone);
	scenario_case_add_both(tc, a_login_is_not_used_by_another_sites_page);
	scenario_case_add_both(tc, a_login_of_any_bytes_has_a_personal_channel);
	scenario_case_add_both(tc, the_status_shows_only_what_its_viewer_may_read);
	scenario_case_add_both(tc, the_status_is_not_for_who_comes_through_a_proxy);
	scenario_case_add_both(tc, the_mount_is_encoded_wherever_it_stands);
	scenario_case_add_both(tc, a_server_that_does_not_split_its_path_is_told_so);
	scenario_case_add_both(tc, a_base_that_is_set_is_cut_off_the_uri);
	scenario_case_add_both(tc, the_cursor_is_read_under_its_three_names);
	scenario_case_add_both(tc, a_nul_in_a_query_is_refused);
	tcase_add_test(tc, a_broken_configuration_is_told_to_the_log_and_not_to_a_client);
	tcase_add_test(tc, a_missing_store_is_told_without_its_path);
	tcase_add_test(tc, an_error_that_clients_can_repeat_is_said_once_in_a_while);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(access_suite)
