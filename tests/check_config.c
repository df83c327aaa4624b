/* The configuration, and who may do what. */
#include "site/auth.h"
#include "site/config.h"
#include "suite.h"

#include <string.h>

static struct config config;
static struct problem problem;

static bool reads(const char *text)
{
	config_clear(&config);
	memset(&problem, 'x', sizeof problem); /* as on a caller's stack */
	return config_read_text(&config, text, &problem);
}

START_TEST(without_a_file_nobody_publishes_over_http_and_all_read)
{
	ck_assert(reads(""));
	ck_assert_int_eq(rules_publish(&config.rules, "feed"), ACCESS_TOKEN);
	ck_assert_int_eq(rules_subscribe(&config.rules, "feed"), ACCESS_OPEN);
	ck_assert_int_eq(config.status, ACCESS_LOCAL);
	ck_assert_uint_eq(config.event_limit_bytes, 65536);
	ck_assert_uint_eq(config.heartbeat_s, 15);
}
END_TEST

START_TEST(what_a_callers_problem_held_before_decides_nothing)
{
	ck_assert(reads("[access]\npublish = open\n"));
	ck_assert(!reads("[access]\npublish = everybody\n"));
	ck_assert_int_eq(problem.status, 500);
	ck_assert_str_eq(problem.text, "the configuration, line 2: [access] publish = everybody is not a setting, or its value is not allowed.");
}
END_TEST

START_TEST(the_longest_match_wins)
{
	ck_assert(reads("[access]\npublish = user\n[access \"feed/*\"]\npublish = open\n[access \"feed/team/*\"]\npublish = token\nsubscribe = user\n"));
	ck_assert_int_eq(rules_publish(&config.rules, "log/x"), ACCESS_USER);
	ck_assert_int_eq(rules_publish(&config.rules, "feed/x"), ACCESS_OPEN);
	ck_assert_int_eq(rules_publish(&config.rules, "feed/team/x"), ACCESS_TOKEN);
	ck_assert_int_eq(rules_subscribe(&config.rules, "feed/team/x"), ACCESS_USER);
	ck_assert_int_eq(rules_subscribe(&config.rules, "feed/x"), ACCESS_OPEN);
}
END_TEST

START_TEST(a_mistake_names_its_line)
{
	ck_assert(!reads("[access]\npublish = everybody\n"));
	ck_assert_ptr_nonnull(strstr(problem.text, "line 2"));
	ck_assert_ptr_nonnull(strstr(problem.text, "publish"));
	ck_assert(!reads("[stream]\nheartbeat = 0\n"));
	ck_assert(!reads("[nonsense]\nx = 1\n"));
	ck_assert(!reads("no equals sign\n"));
	ck_assert(!reads("[access \"feed/a-name-that-is-far-longer-than-what-inih-can-hold-in-a-section/*\"]\npublish = open\n"));
}
END_TEST

START_TEST(a_site_adds_a_kind_without_code)
{
	ck_assert(reads("[kind \"orders\"]\nevent = order\ntext = number\nstart = 5\nkeep = 50\ndays = 1\nbehind = latest\nswap = innerHTML\n"));
	const struct kind *kind = kinds_of(&config.kinds, "orders/eu");
	ck_assert_ptr_nonnull(kind);
	ck_assert_str_eq(kind->event, "order");
	ck_assert_uint_eq(kind->start, 5);
	ck_assert(kind->latest);
	ck_assert(!reads("[kind \"metrics\"]\nkeep = 5\n"));
	ck_assert(!reads("[kind \"a/b\"]\nkeep = 5\n"));
}
END_TEST

START_TEST(retention_of_a_built_in_kind_can_be_set)
{
	ck_assert(reads("[kind \"log\"]\nkeep = 50\n"));
	ck_assert_uint_eq(kinds_of(&config.kinds, "log/x")->keep, 50);
	ck_assert_uint_eq(config.kinds.count, 4);
}
END_TEST

static struct request request_of(const char *user, const char *address, const char *origin)
{
	return (struct request){ .user = (char *)user, .remote_addr = (char *)address, .host = (char *)"site.example", .origin = (char *)origin };
}

START_TEST(a_refusal_says_how_to_open_the_door)
{
	struct request nobody = request_of(NULL, "10.0.0.1", NULL);
	ck_assert(reads(""));
	ck_assert(!auth_publish(&config, &nobody, "feed", &problem));
	ck_assert_int_eq(problem.status, 401);
	ck_assert_ptr_nonnull(strstr(problem.text, "[access] publish"));
	ck_assert(!auth_status(&config, &nobody, &problem));
	ck_assert_int_eq(problem.status, 403);
}
END_TEST

START_TEST(a_user_may_publish_but_not_from_another_site)
{
	struct request own = request_of("ann", "10.0.0.1", "http://site.example"), other = request_of("ann", "10.0.0.1", "https://evil.example");
	struct request nobody = request_of(NULL, "10.0.0.1", NULL), plain = request_of("ann", "10.0.0.1", NULL);
	ck_assert(reads("[access]\npublish = user\n"));
	ck_assert(auth_publish(&config, &own, "feed", &problem));
	ck_assert(auth_publish(&config, &plain, "feed", &problem));
	ck_assert(!auth_publish(&config, &other, "feed", &problem));
	ck_assert(!auth_publish(&config, &nobody, "feed", &problem));
}
END_TEST

START_TEST(a_personal_channel_is_read_by_its_owner_alone)
{
	struct request ann = request_of("ann", "127.0.0.1", NULL), bob = request_of("bob", "127.0.0.1", NULL), nobody = request_of(NULL, "127.0.0.1", NULL);
	ck_assert(reads(""));
	ck_assert(auth_subscribe(&config, &ann, "notifications/~ann", &problem));
	ck_assert(!auth_subscribe(&config, &bob, "notifications/~ann", &problem));
	ck_assert(!auth_subscribe(&config, &nobody, "notifications/~ann", &problem));
	ck_assert(auth_subscribe(&config, &nobody, "notifications", &problem));
}
END_TEST

static void teardown(void)
{
	config_clear(&config);
}

static Suite *config_suite(void)
{
	Suite *suite = suite_create("config");
	TCase *tc = tcase_create("config");
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, without_a_file_nobody_publishes_over_http_and_all_read);
	tcase_add_test(tc, what_a_callers_problem_held_before_decides_nothing);
	tcase_add_test(tc, the_longest_match_wins);
	tcase_add_test(tc, a_mistake_names_its_line);
	tcase_add_test(tc, a_site_adds_a_kind_without_code);
	tcase_add_test(tc, retention_of_a_built_in_kind_can_be_set);
	tcase_add_test(tc, a_refusal_says_how_to_open_the_door);
	tcase_add_test(tc, a_user_may_publish_but_not_from_another_site);
	tcase_add_test(tc, a_personal_channel_is_read_by_its_owner_alone);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(config_suite)
