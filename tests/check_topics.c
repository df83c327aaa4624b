/*
 * The table of channels that have readers, against names that were chosen to harm it.
 */
#include "stream/subscription.h"

#include "suite.h"

#include <stdio.h>
#include <string.h>

enum { NAMES = 1000, LONGEST = 24 };

/* FNV-1a, which anybody can compute: names whose hash ends in ten zeros would all share a bucket of 1,024. */
static bool collides(const char *name)
{
	uint32_t hash = 2166136261u;
	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return ((hash ^ hash >> 15) & 1023) == 0;
}

static void join_names_that_collide(struct topics *topics, struct stream *stream)
{
	static const struct kind kind = { .name = "log" };
	char name[40];
	for (unsigned i = 0, found = 0; found < NAMES; i++) {
		snprintf(name, sizeof name, "log/%u", i);
		if (collides(name)) {
			topics_join(topics, name, &kind, stream);
			found++;
		}
	}
}

static size_t longest_bucket(const struct topics *topics)
{
	size_t longest = 0;
	for (size_t i = 0; i < topics->size; i++) {
		size_t n = 0;
		for (const struct topic *topic = topics->buckets[i]; topic; topic = topic->next)
			n++;
		longest = n > longest ? n : longest;
	}
	return longest;
}

START_TEST(names_chosen_to_collide_are_spread_over_the_table)
{
	struct topics topics;
	struct stream stream = { 0 };
	topics_init(&topics);
	join_names_that_collide(&topics, &stream);
	ck_assert_uint_eq(topics.count, NAMES);
	ck_assert_uint_lt(longest_bucket(&topics), LONGEST);
	topics_leave(&topics, &stream);
	ck_assert_uint_eq(topics.count, 0);
	topics_clear(&topics);
}
END_TEST

/* Each process has a key of its own: names that collide in one are no use against another. */
START_TEST(every_table_has_a_key_of_its_own)
{
	struct topics one, other;
	topics_init(&one);
	topics_init(&other);
	ck_assert_int_ne(memcmp(one.key, other.key, sizeof one.key), 0);
	topics_clear(&one);
	topics_clear(&other);
}
END_TEST

static Suite *topics_suite(void)
{
	Suite *suite = suite_create("topics");
	TCase *tc = tcase_create("topics");
	tcase_add_test(tc, names_chosen_to_collide_are_spread_over_the_table);
	tcase_add_test(tc, every_table_has_a_key_of_its_own);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(topics_suite)
