/* What counts as "how far" in a line of a program's output, and what only looks like it. */
#include "../cli/percent.h"

#include "suite.h"

struct line {
	const char *text;
	double percent; /* < 0: it says nothing */
};

static void expect(const struct line *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double percent = -1;
		bool found = percent_find(lines[i].text, &percent);
		ck_assert_msg(found == (lines[i].percent >= 0), "\"%s\": %s", lines[i].text, found ? "found one" : "found none");
		ck_assert_msg(!found || (percent > lines[i].percent - 0.01 && percent < lines[i].percent + 0.01),
			      "\"%s\": %g, expected %g", lines[i].text, percent, lines[i].percent);
	}
}

#define EXPECT(...) expect((const struct line[]){ __VA_ARGS__ }, sizeof((const struct line[]){ __VA_ARGS__ }) / sizeof(struct line))

START_TEST(a_percentage_is_found)
{
	EXPECT({ "45%", 45 }, { "[ 45%] Building C object", 45 }, { "0%", 0 }, { "100%", 100 }, { "done: 99.5%", 99.5 },
	       { " 45.25% of 10 MB", 45.25 }, { "  1,234,567  45%  1.2MB/s    0:00:01", 45 }, { "progress=7%;", 7 },
	       { "(12%)", 12 }, { "100%|##########| 10/10", 100 }, { "receiving objects:  33% (1/3)", 33 });
}
END_TEST

START_TEST(steps_in_brackets_are_found)
{
	EXPECT({ "[3/10] CC a.c", 30 }, { "[ 3/ 10] x", 30 }, { "(1/4) installing", 25 }, { "[10/10]", 100 }, { "  [1/2] indented", 50 },
	       { "[0/5] begin", 0 });
}
END_TEST

START_TEST(steps_in_words_are_found)
{
	EXPECT({ "Test 3/10: ok", 30 }, { "3/10", 30 }, { "file 3 of 12", 25 }, { "step 1/2.", 50 }, { "ran 5/5, all well", 100 },
	       { "building 7 / 28", 25 });
}
END_TEST

START_TEST(steps_that_open_the_line_win_over_a_percentage)
{
	EXPECT({ "[1/4] coverage 90%", 25 }, { "coverage 90% in 1/4", 90 });
}
END_TEST

START_TEST(what_only_looks_like_it_is_left_alone)
{
	EXPECT({ "", -1 }, { "%", -1 }, { "a%20b", -1 }, { "50%20off", -1 }, { "101%", -1 }, { "1000000000000%", -1 }, { "-5%", -1 },
	       { "v1.2%", -1 }, { "100%%", -1 }, { "%d/%d", -1 }, { "2026/11/22", -1 }, { "11/22/2026", -1 }, { "/usr/lib/3/10/x", -1 },
	       { "src/3/10", -1 }, { "10.0.0.1/24", -1 }, { "http://host/1/2", -1 }, { "9/3", -1 }, { "0/0", -1 }, { "gcc-12/13", -1 },
	       { "1/2/3", -1 }, { "[3/10 x", 30 }, { "[x/10]", -1 }, { "3/", -1 }, { "/3", -1 }, { "3 of", -1 }, { "x86_64/64", -1 },
	       { "99999999999/999999999999", -1 }, { "1.5/2", -1 });
}
END_TEST

static Suite *percent_suite(void)
{
	Suite *suite = suite_create("percent");
	TCase *lines = tcase_create("lines");
	tcase_add_test(lines, a_percentage_is_found);
	tcase_add_test(lines, steps_in_brackets_are_found);
	tcase_add_test(lines, steps_in_words_are_found);
	tcase_add_test(lines, steps_that_open_the_line_win_over_a_percentage);
	tcase_add_test(lines, what_only_looks_like_it_is_left_alone);
	suite_add_tcase(suite, lines);
	return suite;
}

SUITE_MAIN(percent_suite)
