/* What values must be, and what is said about those that are not: value_rule, draft, hint. */
#include "api/draft.h"
#include "event/value_rule.h"
#include "suite.h"
#include "event/values.h"

#include <stdlib.h>
#include <string.h>

static struct kinds kinds;

static void set_up(void)
{
	kinds_init(&kinds);
	kinds_add(&kinds, "alerts");
}

static void tear_down(void)
{
	kinds_clear(&kinds);
}

static const struct kind *kind_of(const char *name)
{
	return kinds_of(&kinds, name);
}

static bool applies(enum value_form form, const char *text, const char *stored)
{
	const struct value_rule rule = { "key", .form = form };
	struct problem problem = PROBLEM_NONE;
	struct buf out = BUF_INIT;
	bool ok = value_rule_apply(&rule, "key", text, &out, &problem);
	if (ok)
		ck_assert_str_eq(buf_string(&out), stored);
	else
		ck_assert_int_eq(problem.status, 400);
	buf_clear(&out);
	return ok;
}

START_TEST(percents_are_kept_to_two_decimals)
{
	static const char *const good[][2] = {
		{ "33.333333333333336", "33.33" }, { "66.666666666666671", "66.67" }, { "40", "40" }, { "1e2", "100" }, { "1e-7", "0" }, { "-0.0", "0" },
		{ "45,3", "45.3" }, { ".5", "0.5" }, { "100.00000000000001", "100" }, { "99.99999999999999", "100" }, { "99.999", "99.99" }, { "-1e-14", "0" },
		{ " 40 %\n", "40" }, { "", "" }, { " ", "" }, { "10", "10" }, { "0", "0" },
	};
	static const char *const bad[] = { "100.4", "100.001", "101", "-1", "-0.01", "1e3", "1e999", "inf", "NaN", "true", "0x10", "1_0", "ten", "4 0" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(applies(RULE_PERCENT, good[i][0], good[i][1]), "%s", good[i][0]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!applies(RULE_PERCENT, bad[i], ""), "%s", bad[i]);
}
END_TEST

START_TEST(percents_are_shown_whole)
{
	static const char *const rows[][2] = { { "33.33", "33" }, { "66.67", "67" }, { "0", "0" }, { "99.99", "99" }, { "99.5", "99" }, { "100", "100" }, { "0.4", "0" } };
	const struct value_rule rule = { "percent", .form = RULE_PERCENT };
	struct buf out = BUF_INIT;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		buf_reset(&out);
		value_rule_show(&rule, rows[i][0], &out);
		ck_assert_str_eq(out.data, rows[i][1]);
	}
	buf_clear(&out);
}
END_TEST

START_TEST(urls_are_relative_http_https_or_mailto)
{
	static const char *const good[] = { "/x", "x", "", "?x=a:b", "#a:b", "path/a:b", "./a:b", "//host/x", "http://h", "HTTPS://h/?a=b:c", "mailto:a@b.example", "https://h/\xc3\xa9",
		"/wiki/Talk%3AMain", "https://[::1]/", "/a%0d%0a" };
	static const char *const bad[] = { "javascript:alert(1)", "JaVaScRiPt:x", "java\tscript:x", "java\nscript:x", "\001javascript:x", " javascript:x", "javascript:x ", "/x\n", "/a b",
		"data:text/html,x", "vbscript:x", "file:///etc", "http:evil", "http:/evil", "http:///evil", "https:\\\\evil", "\\\\evil", "/\\evil", ":x", "mailto:", "http://", "http://@",
		"javascript%3aalert(1)", "%6aavascript:x", "\xef\xbd\x8a" "avascript:x", "ht\xe2\x80\x8btp://h", "\xe2\x80\xae/x", "/\xc2\x9b", "/\xe2\x80\xa8", "\xc2\xa0/x", "\"/x", "<x>",
		"\xef\xbb\xbf/x", "a:b", "httpx://h", "blob:http://h", "/x\177" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(applies(RULE_URL, good[i], good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!applies(RULE_URL, bad[i], ""), "%s", bad[i]);
}
END_TEST

/* Values as KEY=TEXT, a NULL at the end. The event's name, or NULL when it is refused, with the sentence in `problem`. */
static const char *draft_becomes(const char *kind, const char *const *values, struct values *kept, struct problem *problem)
{
	static char event[80];
	struct draft draft = DRAFT_INIT(kind);
	for (; *values; values++) {
		char *key = strndup(*values, strcspn(*values, "="));
		const char *text = *values + strlen(key) + 1;
		ck_assert(values_set(&draft.values, key, text, strlen(text), problem));
		free(key);
	}
	draft_sort(&draft);
	bool ok = draft_check(&draft, kind_of(kind), 65536, problem);
	if (ok)
		strcpy(event, draft.event);
	if (kept) {
		*kept = draft.values;
		draft.values = (struct values)VALUES_INIT;
	}
	draft_clear(&draft);
	return ok ? event : NULL;
}

#define VALUES(...) (const char *const[]){ __VA_ARGS__, NULL }

static void refused(const char *kind, const char *const *values, const char *said)
{
	struct problem problem = PROBLEM_NONE;
	ck_assert_msg(!draft_becomes(kind, values, NULL, &problem), "%s %s", kind, *values);
	ck_assert_int_eq(problem.status, 400);
	ck_assert_msg(strstr(problem.text, said) != NULL, "\"%s\" is not in: %s", said, problem.text);
}

static void taken(const char *kind, const char *const *values, const char *event)
{
	struct problem problem = PROBLEM_NONE;
	const char *name = draft_becomes(kind, values, NULL, &problem);
	ck_assert_msg(name != NULL, "%s %s: %s", kind, *values, problem.text);
	ck_assert_str_eq(name, event);
}

START_TEST(an_event_that_shows_nothing_is_refused)
{
	refused("feed", VALUES("title="), "title (blank)");
	refused("feed", VALUES("title= \t\n\xc2\xa0\xe2\x80\x8b\xe2\x80\xae"), "title (blank)");
	refused("feed", VALUES("title=\033[31m\033[0m"), "title");
	refused("feed", VALUES("body=x", "author=y"), "feed needs title");
	refused("feed", VALUES("html= "), "title");
	refused("feed", VALUES("event=special", "x=1"), "title");
	refused("notifications", VALUES("level=info"), "notifications needs title");
	refused("notifications", VALUES("url=/x"), "title");
	refused("progress", VALUES("percent="), "percent, message or state");
	refused("progress", VALUES("x=1"), "percent, message or state");
	refused("log", VALUES("source=stderr"), "log needs line");
	refused("alerts", VALUES("body=x"), "alerts needs title");
	taken("feed", VALUES("html=<b></b>"), "new-post");
	taken("log", VALUES("line="), "log");
	taken("log", VALUES("event=complete"), "complete");
	taken("progress", VALUES("event=complete"), "complete");
	taken("progress", VALUES("percent=0"), "progress");
	taken("progress", VALUES("message=x"), "progress");
	taken("progress", VALUES("state=queued"), "progress");
	taken("alerts", VALUES("title=x"), "alerts");
}
END_TEST

START_TEST(a_refusal_says_what_was_meant)
{
	refused("feed", VALUES("text=x"), "sent was text (did you mean title?)");
	refused("notifications", VALUES("message=x", "subject=y"), "did you mean title?");
	refused("feed", VALUES("tilte=x"), "did you mean title?");
	refused("feed", VALUES("Title=x"), "did you mean title?");
	refused("feed", VALUES("titel=x"), "did you mean title?");
	refused("progress", VALUES("percentage=4"), "did you mean percent?");
	refused("progress", VALUES("precent=4"), "did you mean percent?");
	refused("progress", VALUES("msg=x"), "did you mean message?");
	refused("log", VALUES("message=x"), "did you mean line?");
	refused("log", VALUES("text=x"), "did you mean line?");
	refused("feed", VALUES("body=x"), "did you mean title?");
	struct problem problem;
	ck_assert(!draft_becomes("feed", VALUES("zzz=x"), NULL, &problem) && !strstr(problem.text, "did you mean"));
}
END_TEST

START_TEST(values_are_stored_as_their_rule_says)
{
	struct values kept;
	struct problem problem = PROBLEM_NONE;
	ck_assert_ptr_nonnull(draft_becomes("feed", VALUES("title=\xef\xbb\xbf" "a\r\nb\n", "body=\xef\xbb\xbf" "c\r\nd\re\033[1mf", "author=\tg\nh", "x=i\r\nj", "url="), &kept, &problem));
	ck_assert_str_eq(values_get(&kept, "title"), "a b");
	ck_assert_str_eq(values_get(&kept, "body"), "c\nd\nef");
	ck_assert_str_eq(values_get(&kept, "author"), "\tg h");
	ck_assert_str_eq(values_get(&kept, "x"), "i\nj");
	ck_assert_ptr_null(values_get(&kept, "url"));
	values_clear(&kept);
	ck_assert_ptr_nonnull(draft_becomes("progress", VALUES("percent=1e1", "message=\033]0;t\ax"), &kept, &problem));
	ck_assert_str_eq(values_get(&kept, "percent"), "10");
	ck_assert_str_eq(values_get(&kept, "message"), "x");
	ck_assert_str_eq(values_get(&kept, "state"), "running");
	values_clear(&kept);
}
END_TEST

START_TEST(an_event_and_its_state_agree)
{
	taken("progress", VALUES("state=done"), "complete");
	taken("progress", VALUES("state=failed", "event=progress"), "failed");
	taken("progress", VALUES("event=failed"), "failed");
	refused("progress", VALUES("event=complete", "state=running"), "contradict");
	refused("progress", VALUES("state=finished"), "queued running done failed");
}
END_TEST

static Suite *draft_suite(void)
{
	Suite *suite = suite_create("draft");
	TCase *tc = tcase_create("draft");
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, percents_are_kept_to_two_decimals);
	tcase_add_test(tc, percents_are_shown_whole);
	tcase_add_test(tc, urls_are_relative_http_https_or_mailto);
	tcase_add_test(tc, an_event_that_shows_nothing_is_refused);
	tcase_add_test(tc, a_refusal_says_what_was_meant);
	tcase_add_test(tc, values_are_stored_as_their_rule_says);
	tcase_add_test(tc, an_event_and_its_state_agree);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(draft_suite)
