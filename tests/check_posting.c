/*
 * What publishers really send: numbers as their languages print them, webhooks of others, wrong types, old encodings.
 * Each is taken as it was meant, or refused with a sentence that helps; over CGI and over FastCGI.
 */
#include "scenario.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"
#define TEXT "text/plain"

static const char open_to_all[] = "[access]\npublish = open\nhtml = allow\n[kind \"alerts\"]\ntext = headline\n";

/* The answer's sentence, good until the next call. Whatever was sent, it is printable UTF-8 on one line. */
static const char *refused(const struct wire_request *request, const char *status)
{
	static char sentence[1024];
	char *answer = wire_answer(&host, request);
	ck_assert_msg(strncmp(answer + strlen("Status: "), status, 3) == 0, "%s: %s", request->body, answer);
	snprintf(sentence, sizeof sentence, "%s", strstr(answer, "\r\n\r\n") + 4);
	sentence[strcspn(sentence, "\n")] = '\0';
	free(answer);
	char *printable = strdup(sentence);
	utf8_make_printable(printable);
	ck_assert_str_eq(printable, sentence);
	free(printable);
	return sentence;
}

static void says(const struct wire_request *request, const char *status, const char *said)
{
	const char *sentence = refused(request, status);
	ck_assert_msg(strstr(sentence, said) != NULL, "\"%s\" is not in: %s", said, sentence);
}

static bool keep_values(void *arg, const struct event *event)
{
	buf_reset(arg);
	buf_add(arg, event->values, event->values_bytes);
	return true;
}

/* Posts, and has the values of the channel's last event as JSON; good until the next call. */
static const char *stores(const struct wire_request *request)
{
	static struct buf values;
	uint64_t head;
	char *answer = wire_answer(&host, request);
	ck_assert_msg(strncmp(answer, "Status: 200", 11) == 0, "%s: %s", request->body, answer);
	free(answer);
	store_head(site.store, &head);
	store_read_last(site.store, request->path + 1, 0, head, 1, keep_values, &values);
	return values.data;
}

static void keeps(const struct wire_request *request, const char *part)
{
	const char *values = stores(request);
	ck_assert_msg(strstr(values, part) != NULL, "\"%s\" is not in: %s", part, values);
}

static uint64_t head(void)
{
	uint64_t seq = 0;
	store_head(site.store, &seq);
	return seq;
}

START_TEST(percents_in_any_form_are_taken)
{
	struct wire wire;
	start(_i, open_to_all);
	get(&wire, "/progress/a", NULL);
	keeps(&(struct wire_request){ .path = "/progress/a", .type = FORM, .body = "percent=33.333333333333336" }, "\"percent\":\"33.33\"");
	ck_assert(wire_sees(&wire, "aria-valuenow=\"33\"") && wire_sees(&wire, "33%"));
	keeps(&(struct wire_request){ .path = "/progress/a", .type = FORM, .body = "percent=%2B1e1+%25" }, "\"percent\":\"10\"");
	keeps(&(struct wire_request){ .path = "/progress/a", .type = JSON, .body = "{\"percent\":1e2}" }, "\"percent\":\"100\"");
	keeps(&(struct wire_request){ .path = "/progress/a", .type = JSON, .body = "{\"percent\":66.666666666666671}" }, "\"percent\":\"66.67\"");
	keeps(&(struct wire_request){ .path = "/progress/a", .type = JSON, .body = "{\"percent\":-0.0}" }, "\"percent\":\"0\"");
	keeps(&(struct wire_request){ .path = "/progress/a", .type = JSON, .body = "{\"percent\":null,\"message\":\"m\"}" }, "{\"message\":\"m\",\"state\"");
	keeps(&(struct wire_request){ .path = "/progress/a", .type = "multipart/form-data; boundary=X", .body = "--X\r\nContent-Disposition: form-data; name=percent\r\n\r\n 45,3\r\n--X--" }, "\"percent\":\"45.3\"");
	says(&(struct wire_request){ .path = "/progress/a", .type = JSON, .body = "{\"percent\":true}" }, "400", "\"true\" is not");
	says(&(struct wire_request){ .path = "/progress/a", .type = JSON, .body = "{\"percent\":NaN}" }, "400", "JSON");
	says(&(struct wire_request){ .path = "/progress/a", .type = FORM, .body = "percent=100.4" }, "400", "from 0 to 100");
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(webhooks_of_others_get_a_sentence_that_helps)
{
	start(_i, open_to_all);
	const struct { const char *type, *body, *said; } rows[] = {
		/* GitHub, GitLab, Stripe, Alertmanager, Grafana, Sentry, PagerDuty: nested */
		{ JSON, "{\"ref\":\"refs/heads/main\",\"before\":\"6113\",\"repository\":{\"id\":1,\"name\":\"x\"},\"commits\":[]}", "\"repository\" is an object" },
		{ JSON, "{\"object_kind\":\"push\",\"project_id\":15,\"project\":{\"name\":\"x\"},\"commits\":[{\"id\":\"b6\"}]}", "\"project\" is an object" },
		{ JSON, "{\"id\":\"evt_1\",\"object\":\"event\",\"created\":1680064028,\"data\":{\"object\":{}},\"livemode\":false}", "\"data\" is an object" },
		{ JSON, "{\"version\":\"4\",\"groupKey\":\"{}:{}\",\"status\":\"firing\",\"alerts\":[{\"labels\":{}}]}", "\"alerts\" is a list" },
		{ JSON, "{\"receiver\":\"r\",\"status\":\"firing\",\"orgId\":1,\"alerts\":[],\"title\":\"[FIRING:1]\",\"message\":\"m\"}", "\"alerts\" is a list" },
		{ JSON, "{\"action\":\"created\",\"installation\":{\"uuid\":\"7a\"},\"data\":{}}", "\"installation\" is an object" },
		{ JSON, "{\"event\":{\"id\":\"5ac\",\"event_type\":\"incident.triggered\"}}", "\"event\" is an object" },
		/* Slack, Discord, a GitHub form, UptimeRobot: flat, with other names */
		{ JSON, "{\"text\":\"hi\"}", "sent was text (did you mean title?)" },
		{ JSON, "{\"username\":\"bot\",\"content\":\"hi\"}", "did you mean title?" },
		{ FORM, "payload=%7B%22text%22%3A%22hi%22%7D", "sent was payload" },
		{ FORM, "monitorID=1&monitorURL=https%3A%2F%2Fx&monitorFriendlyName=x&alertType=1&alertDetails=down", "notifications needs title" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		says(&(struct wire_request){ .path = "/notifications", .type = rows[i].type, .body = rows[i].body }, "400", rows[i].said);
	says(&(struct wire_request){ .path = "/alerts", .type = JSON, .body = "{\"a\":{}}" }, "400", "{\"headline\": \"Hello\"}");
	says(&(struct wire_request){ .path = "/alerts", .type = JSON, .body = "{\"title\":\"x\"}" }, "400", "did you mean headline?");
	ck_assert_uint_eq(head(), 0);
}
END_TEST

START_TEST(a_wrong_content_type_is_named)
{
	start(_i, open_to_all);
	const char *object = "{\"title\":\"x\"}";
	says(&(struct wire_request){ .path = "/feed", .type = FORM, .body = "hi" }, "400", "title=");
	says(&(struct wire_request){ .path = "/feed", .type = FORM, .body = "hello world" }, "400", "text/plain");
	says(&(struct wire_request){ .path = "/feed", .type = FORM, .body = object }, "400", "Content-Type: application/json");
	says(&(struct wire_request){ .path = "/log/x", .type = FORM, .body = object }, "400", "Content-Type: application/json");
	says(&(struct wire_request){ .path = "/feed", .type = TEXT ";charset=UTF-8", .body = object }, "400", "Content-Type: application/json");
	says(&(struct wire_request){ .path = "/feed", .type = TEXT, .body = "title=x&body=y" }, "400", "Content-Type: " FORM);
	says(&(struct wire_request){ .path = "/feed", .type = JSON, .body = "title=x&body=y" }, "400", "Content-Type: " FORM);
	says(&(struct wire_request){ .path = "/feed", .body = object }, "415", "Content-Type: application/json");
	says(&(struct wire_request){ .path = "/feed", .body = "title=x" }, "415", "Content-Type: " FORM);
	says(&(struct wire_request){ .path = "/feed", .body = "x y" }, "415", "Content-Type: text/plain");
	says(&(struct wire_request){ .path = "/feed", .body = "", .method = "POST", .length = "0" }, "400", "empty");
	says(&(struct wire_request){ .path = "/feed", .type = JSON, .body = "", .method = "POST", .length = "0" }, "400", "JSON");
	says(&(struct wire_request){ .path = "/feed", .type = TEXT, .body = " \n" }, "400", "title (blank)");
	says(&(struct wire_request){ .path = "/feed", .type = JSON, .body = "[\"x\"]" }, "400", "is a list");
	says(&(struct wire_request){ .path = "/feed", .type = JSON, .body = "\"x\"" }, "400", "is a string");
	says(&(struct wire_request){ .path = "/feed", .type = JSON, .body = "null" }, "400", "is null");
	ck_assert_uint_eq(head(), 0);
	keeps(&(struct wire_request){ .path = "/log/x", .type = TEXT, .body = object }, "{\\\"title\\\"");
	keeps(&(struct wire_request){ .path = "/feed", .type = TEXT, .body = "a=b" }, "\"title\":\"a=b\"");
}
END_TEST

START_TEST(a_sentence_never_echoes_what_is_no_text)
{
	start(_i, open_to_all);
	const char *gzip = "\037\213\b\0\0\0\0\0\0\003\253\316";
	says(&(struct wire_request){ .path = "/feed", .type = JSON, .encoding = "gzip", .body = gzip, .body_bytes = 12 }, "415", "Content-Encoding");
	says(&(struct wire_request){ .path = "/feed", .type = FORM, .encoding = "br\033[31m", .body = "title=x" }, "415", "Content-Encoding");
	refused(&(struct wire_request){ .path = "/feed", .type = JSON, .body = gzip, .body_bytes = 12 }, "400");
	refused(&(struct wire_request){ .path = "/feed", .type = FORM, .body = gzip, .body_bytes = 12 }, "400");
	refused(&(struct wire_request){ .path = "/feed", .type = FORM, .body = "%1b%5b31m%c2%9b=x" }, "400");
	refused(&(struct wire_request){ .path = "/feed", .type = FORM, .body = "title=x&event=%ff%1b" }, "400");
	refused(&(struct wire_request){ .path = "/progress/a", .type = FORM, .body = "percent=%1b%5b31m%e2%80%ae" }, "400");
	refused(&(struct wire_request){ .path = "/feed", .type = JSON, .body = "{\"\xc2\x9b\":1}" }, "400");
	refused(&(struct wire_request){ .path = "/feed", .type = "\033[31m\xff", .body = "x" }, "415");
	refused(&(struct wire_request){ .path = "/feed\033[31m\xff", .type = TEXT, .body = "x" }, "400");
	refused(&(struct wire_request){ .path = "/\033\xff" }, "400");
	says(&(struct wire_request){ .path = "/feed", .type = TEXT, .body = "\xff\xfeh\0i\0", .body_bytes = 6 }, "400", "UTF-16");
	keeps(&(struct wire_request){ .path = "/feed", .type = FORM, .encoding = "identity", .body = "title=x" }, "\"x\"");
}
END_TEST

START_TEST(texts_are_cleaned_and_line_ends_are_kept)
{
	struct wire wire;
	start(_i, open_to_all);
	get(&wire, "/feed", NULL);
	keeps(&(struct wire_request){ .path = "/feed", .type = FORM, .body = "title=a%1b%5b31mb%c2%9b0m%0d%0ac&body=d%0d%0ae%0df%e2%80%a8%1b(B" }, "{\"title\":\"ab c\",\"body\":\"d\\ne\\nf\"}");
	ck_assert(wire_sees(&wire, "ab c"));
	keeps(&(struct wire_request){ .path = "/feed", .type = JSON, .body = "{\"title\":\"\\u001b]0;x\\u0007y\"}" }, "{\"title\":\"y\"}");
	keeps(&(struct wire_request){ .path = "/feed", .type = TEXT, .body = "x\r\n" }, "{\"title\":\"x\"}");
	keeps(&(struct wire_request){ .path = "/log/x", .type = TEXT, .body = "\033[1mx\033[0m\n" }, "{\"line\":\"x\"");
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(a_byte_order_mark_is_dropped)
{
	start(_i, open_to_all);
	keeps(&(struct wire_request){ .path = "/feed", .type = FORM, .body = "\xef\xbb\xbftitle=x" }, "{\"title\":\"x\"}");
	keeps(&(struct wire_request){ .path = "/feed", .type = FORM, .body = "title=%ef%bb%bfx" }, "{\"title\":\"x\"}");
	keeps(&(struct wire_request){ .path = "/feed", .type = JSON, .body = "\xef\xbb\xbf{\"title\":\"\xef\xbb\xbfx\"}" }, "{\"title\":\"x\"}");
	keeps(&(struct wire_request){ .path = "/feed", .type = TEXT, .body = "\xef\xbb\xbfx" }, "{\"title\":\"x\"}");
	keeps(&(struct wire_request){ .path = "/feed", .type = "multipart/form-data; boundary=X", .body = "\xef\xbb\xbf--X\r\nContent-Disposition: form-data; name=title\r\n\r\n\xef\xbb\xbfx\r\n--X--" }, "{\"title\":\"x\"}");
	struct wire wire;
	get(&wire, "/feed", NULL);
	stores(&(struct wire_request){ .path = "/feed", .type = FORM, .body = "html=%ef%bb%bf%3Cb%3Ez" });
	ck_assert(wire_sees(&wire, "data: <b>z\n"));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

START_TEST(other_charsets_are_converted_or_refused)
{
	start(_i, open_to_all);
	keeps(&(struct wire_request){ .path = "/feed", .type = TEXT "; charset=ISO-8859-1", .body = "caf\xe9" }, "caf\xc3\xa9");
	keeps(&(struct wire_request){ .path = "/feed", .type = FORM ";charset=\"windows-1252\"", .body = "title=%80" }, "\xe2\x82\xac");
	keeps(&(struct wire_request){ .path = "/feed", .type = FORM, .body = "_charset_=iso-8859-1&title=%e9" }, "{\"title\":\"\xc3\xa9\"}");
	keeps(&(struct wire_request){ .path = "/feed", .type = "multipart/form-data; boundary=X",
		.body = "--X\r\nContent-Disposition: form-data; name=title\r\nContent-Type: text/plain; charset=latin1\r\n\r\n\xe9\r\n--X--" }, "{\"title\":\"\xc3\xa9\"}");
	says(&(struct wire_request){ .path = "/feed", .type = TEXT ";charset=ebcdic", .body = "x" }, "415", "ebcdic");
	says(&(struct wire_request){ .path = "/feed", .type = FORM, .body = "title=%e9" }, "400", "UTF-8");
}
END_TEST

START_TEST(the_last_of_two_equal_fields_counts)
{
	start(_i, open_to_all);
	keeps(&(struct wire_request){ .path = "/feed", .type = FORM, .body = "title=a&title=b" }, "{\"title\":\"b\"}");
	says(&(struct wire_request){ .path = "/feed", .type = JSON, .body = "{\"title\":\"a\",\"title\":\"b\"}" }, "400", "duplicate");
}
END_TEST

static Suite *posting_suite(void)
{
	Suite *suite = suite_create("posting");
	TCase *tc = scenario_case("posting");
	scenario_case_add_both(tc, percents_in_any_form_are_taken);
	scenario_case_add_both(tc, webhooks_of_others_get_a_sentence_that_helps);
	scenario_case_add_both(tc, a_wrong_content_type_is_named);
	scenario_case_add_both(tc, a_sentence_never_echoes_what_is_no_text);
	scenario_case_add_both(tc, texts_are_cleaned_and_line_ends_are_kept);
	scenario_case_add_both(tc, a_byte_order_mark_is_dropped);
	scenario_case_add_both(tc, other_charsets_are_converted_or_refused);
	scenario_case_add_both(tc, the_last_of_two_equal_fields_counts);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(posting_suite)
