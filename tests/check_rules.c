/* Access rules, and the text of a configuration that inih would misread. */
#include "site/config.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

static struct config config;
static struct problem problem;

static bool reads(const char *text)
{
	config_clear(&config);
	problem = (struct problem)PROBLEM_NONE;
	return config_read_text(&config, text, &problem);
}

static void refuses(const char *text, const char *named)
{
	ck_assert_msg(!reads(text), "taken: %s", text);
	ck_assert_int_eq(problem.status, 500);
	ck_assert_msg(strstr(problem.text, named) != NULL, "\"%s\" is not in: %s", named, problem.text);
}

/* The rule is open, all else is for users. */
static bool covers(const char *pattern, const char *channel)
{
	char text[200];
	snprintf(text, sizeof text, "[access]\npublish = user\n[access \"%s\"]\npublish = open\n", pattern);
	ck_assert_msg(reads(text), "%s: %s", pattern, problem.text);
	return rules_publish(&config.rules, channel) == ACCESS_OPEN;
}

START_TEST(a_star_counts_nothing_in_length)
{
	ck_assert(reads("[access \"feed/a*\"]\npublish = open\n[access \"feed/ab\"]\npublish = user\n"));
	ck_assert_int_eq(rules_publish(&config.rules, "feed/ab"), ACCESS_USER);
	ck_assert_int_eq(rules_publish(&config.rules, "feed/ac"), ACCESS_OPEN);
	ck_assert(reads("[access \"feed/ab\"]\npublish = user\n[access \"feed/ab*\"]\npublish = open\n"));
	ck_assert_int_eq(rules_publish(&config.rules, "feed/ab"), ACCESS_USER); /* as long, and exact */
	ck_assert_int_eq(rules_publish(&config.rules, "feed/abc"), ACCESS_OPEN);
	ck_assert(reads("[access \"*\"]\npublish = open\n[access]\npublish = user\n"));
	ck_assert_int_eq(rules_publish(&config.rules, "feed"), ACCESS_OPEN);
}
END_TEST

START_TEST(a_pattern_covers_what_it_says)
{
	static const struct { const char *pattern, *channel; bool covered; } rows[] = {
		{ "feed/team/*", "feed/team/a", true }, { "feed/team/*", "feed/team/a/b", true }, { "feed/team/*", "feed/team", false },
		{ "feed/team/*", "feed/teams", false }, { "feed/team*", "feed/team", true }, { "feed", "feed", true }, { "feed", "feed/a", false },
		{ "fe*", "feed/a", true }, { "feed*", "feed", true }, { "notifications/~*", "notifications/~ann", true },
		{ "notifications/~ann@example.org", "notifications/~ann~40example.org", true },
		{ "notifications/~ann~40example.org", "notifications/~ann~40example.org", true },
		{ "notifications/~me*", "notifications/~mel", true }, { "*", "log/x", true },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ck_assert_msg(covers(rows[i].pattern, rows[i].channel) == rows[i].covered, "%s, %s", rows[i].pattern, rows[i].channel);
}
END_TEST

START_TEST(a_rule_that_can_match_no_channel_is_refused_by_name)
{
	static const char *const patterns[] = {
		"/feed/team/*", "Feed/*", "fed/*", "feed/* ", " feed/*", "feed/*/x", "feed/**", "", "feed//x", "feed//*", "feed/", "feed/../x", "feed/.",
		"stream", "components/*", "history/feed", "metrics", "notifications/~me", "notifications/~me/*", "notifications/~", "feed/a b", "feed/\xc3\xa9",
		"http://x/feed", "feed/x?y", "zz*", "/", "/*",
	};
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		char text[200], named[100];
		snprintf(text, sizeof text, "[access \"%s\"]\npublish = open\n", patterns[i]);
		snprintf(named, sizeof named, "[access \"%s\"]", patterns[i]);
		refuses(text, named);
	}
}
END_TEST

START_TEST(a_kind_may_be_defined_below_a_rule_that_names_it)
{
	ck_assert_msg(reads("[access \"score/*\"]\npublish = open\n[kind \"score\"]\nkeep = 5\n"), "%s", problem.text);
	ck_assert_int_eq(rules_publish(&config.rules, "score/a"), ACCESS_OPEN);
}
END_TEST

START_TEST(a_rule_for_channels_has_publish_and_subscribe_alone)
{
	refuses("[access \"feed/*\"]\nstatus = open\n", "status");
	refuses("[access \"feed/*\"]\nhtml = allow\n", "html");
	refuses("[access \"feed/*\"]\npublish = local\n", "publish");
	refuses("[access]\nsubscribe = local\n", "subscribe");
}
END_TEST

START_TEST(two_sections_of_one_pattern_are_one_rule_that_may_not_contradict_itself)
{
	ck_assert(reads("[access \"feed/a\"]\npublish = user\n[access \"feed/a\"]\nsubscribe = user\npublish = user\n"));
	ck_assert_int_eq(rules_publish(&config.rules, "feed/a"), ACCESS_USER);
	ck_assert_int_eq(rules_subscribe(&config.rules, "feed/a"), ACCESS_USER);
	refuses("[access \"feed/a\"]\npublish = user\n[access \"feed/a\"]\npublish = open\n", "twice");
	refuses("[access \"log/~a@b\"]\npublish = user\n[access \"log/~a~40b\"]\npublish = open\n", "twice");
	refuses("[access]\npublish = user\npublish = open\n", "twice");
}
END_TEST

START_TEST(a_line_too_long_is_refused_by_its_number)
{
	char text[600];
	/* of inih alone the 200th byte would begin a line, and that a setting */
	snprintf(text, sizeof text, "[store]\ndirectory = /%0*d\npublish = open\n", 250, 0);
	refuses(text, "line 2 is too long");
	snprintf(text, sizeof text, "[access]\n; %0*d publish = open\n", 196, 0);
	ck_assert_msg(reads(text), "%s", problem.text); /* a comment of any length is one */
	ck_assert_int_eq(rules_publish(&config.rules, "feed"), ACCESS_TOKEN);
	refuses("[access \"feed/a-name-that-is-far-longer-than-what-inih-can-hold-in-a-section/*\"]\n", "line 1");
}
END_TEST

START_TEST(blanks_around_a_line_mean_nothing)
{
	ck_assert_msg(reads("\xef\xbb\xbf[access]\r\n  publish = open ; anybody\r\n\tsubscribe = user\r\n   [limits]\n  event = 5\n"), "%s", problem.text);
	ck_assert_int_eq(rules_publish(&config.rules, "feed"), ACCESS_OPEN);
	ck_assert_int_eq(rules_subscribe(&config.rules, "feed"), ACCESS_USER);
	ck_assert_uint_eq(config.event_limit_bytes, 5);
}
END_TEST

START_TEST(what_follows_a_section_is_not_passed_over)
{
	refuses("[access \"feed/*\"] publish = open\n", "line 1");
	refuses("[access\npublish = open\n", "line 1");
	ck_assert(reads("[access] ; who may\npublish = open\n"));
}
END_TEST

START_TEST(the_first_mistake_is_the_one_that_is_told)
{
	refuses("[access]\npublish = everybody\n[access \"Nokind\"]\npublish = x\n", "line 2");
}
END_TEST

START_TEST(a_slash_at_the_end_of_a_base_changes_nothing)
{
	ck_assert_msg(reads("[site]\nbase = /live/sse/\n"), "%s", problem.text);
	ck_assert_str_eq(config.base, "/live/sse");
}
END_TEST

START_TEST(a_base_is_a_path)
{
	static const char *const good[] = { "/", "/sse", "/a/b-c.d_e~f" }, *const bad[] = { "", "sse", "//", "/sse//", "//sse", "/a//b", "/a/../b", "/.", "/a b", "/a%20b", "/a?b", "http://x/sse", "/\\x" };
	char text[100];
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		snprintf(text, sizeof text, "[site]\nbase = %s\n", good[i]);
		ck_assert_msg(reads(text), "%s: %s", good[i], problem.text);
		ck_assert_str_eq(config.base, good[i]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "[site]\nbase = %s\n", bad[i]);
		refuses(text, "is the path where runnel is mounted");
	}
}
END_TEST

static void teardown(void)
{
	config_clear(&config);
}

static Suite *rules_suite(void)
{
	Suite *suite = suite_create("rules");
	TCase *tc = tcase_create("rules");
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, a_star_counts_nothing_in_length);
	tcase_add_test(tc, a_pattern_covers_what_it_says);
	tcase_add_test(tc, a_rule_that_can_match_no_channel_is_refused_by_name);
	tcase_add_test(tc, a_kind_may_be_defined_below_a_rule_that_names_it);
	tcase_add_test(tc, a_rule_for_channels_has_publish_and_subscribe_alone);
	tcase_add_test(tc, two_sections_of_one_pattern_are_one_rule_that_may_not_contradict_itself);
	tcase_add_test(tc, a_line_too_long_is_refused_by_its_number);
	tcase_add_test(tc, blanks_around_a_line_mean_nothing);
	tcase_add_test(tc, what_follows_a_section_is_not_passed_over);
	tcase_add_test(tc, the_first_mistake_is_the_one_that_is_told);
	tcase_add_test(tc, a_slash_at_the_end_of_a_base_changes_nothing);
	tcase_add_test(tc, a_base_is_a_path);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(rules_suite)
