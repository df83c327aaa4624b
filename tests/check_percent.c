/* What counts as "how far" in a line of a program's output, and what only looks like it. */
#include "../cli/run/percent.h"

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

START_TEST(percentages_are_read_as_languages_write_them)
{
	EXPECT({ "45 %", 45 }, { "45,3%", 45.3 }, { "45,3 %", 45.3 }, { "Fortschritt: 45,3 % abgeschlossen", 45.3 },
	       { "Progress: 45.3 %", 45.3 }, { "进度50%", 50 }, { "已完成50%，请稍候", 50 }, { "５０％完了", 50 }, { "進捗：５０．５％", 50.5 },
	       { "Progression\u00a0: 45\u00a0%", 45 }, { "45\u202f% effectués", 45 }, { "выполнено 45%", 45 }, { "Готово на 45,5 %.", 45.5 },
	       { "اكتمل ٥٠٪", 50 }, { "٪٥٠", 50 }, { "۴۵٪", 45 }, { "४५%", 45 }, { "%45 tamamlandı", 45 }, { "İlerleme: %7,5", 7.5 },
	       { "%100", 100 }, { "\u200f45%\u200f", 45 }, { "  45.3 %    12.3 MiB / 45.6 MiB = 0.269", 45.3 }, { "[ 45%]", 45 }, { "100%", 100 }, { "0%", 0 },
	       { "007%", 7 }, { "Progress:45%", 45 }, { "33.333333333333336%", 33.33 }, { "60,000,000 100%  287.38MB/s", 100 });
}
END_TEST

START_TEST(steps_are_read_as_languages_write_them)
{
	EXPECT({ "3 of 8", 37.5 }, { "Schritt 3 von 8", 37.5 }, { "étape 3 sur 8", 37.5 }, { "paso 3 de 8", 37.5 }, { "passo 3 di 8", 37.5 },
	       { "第3/8步", 37.5 }, { "（3／8）", 37.5 }, { "１０／１０", 100 }, { "шаг 3/8", 37.5 }, { "[12:30:01] 3/8", 37.5 });
}
END_TEST

START_TEST(sizes_are_steps_where_a_unit_says_so)
{
	EXPECT({ "12.3/45.6 MB", 26.97 }, { " ━━━╸━━━ 12.3/45.6 MB 1.2 MB/s eta 0:00:03", 26.97 }, { "Downloading 12.3MB/45.6MB", 26.97 },
	       { "500 kB / 1 MB", 50 }, { "512 KiB/1 MiB", 50 }, { "12.3/45.6", -1 }, { "1.2 MB/s", -1 }, { "3/8 MB", 37.5 }, { "5.0 GB/2.0 GB", -1 });
}
END_TEST

START_TEST(dates_times_fractions_and_arithmetic_are_left_alone)
{
	EXPECT({ "[11/25 02:42:09] compiling", -1 }, { "[11/25 02:42:09", -1 }, { "11/25 02:42:09 start", -1 }, { "02:42:09 11/25 start", -1 }, { "11/25, 2:42", -1 },
	       { "12/25/2026", -1 }, { "2026/11/25 02:42", -1 }, { "25/Nov/2026", -1 }, { "1/2 inch", -1 }, { "1/2\"", -1 }, { "1/2-inch pipe", -1 },
	       { "/usr/2/3", -1 }, { "5/0", -1 }, { "24/7", -1 }, { "http://x/a%20b%2F50", -1 }, { "printf %5d", -1 }, { "5 %d", -1 }, { "10 % 3 = 1", -1 },
	       { "10 % 3 == 1", -1 }, { "1,045%", -1 }, { "1,2,3%", -1 }, { "1.2.3%", -1 }, { "10-20%", -1 }, { "10–20%", -1 }, { "−5%", -1 },
	       { "12:45%", -1 }, { "250 %", -1 }, { "%200", -1 }, { "v3/4", -1 }, { "HTTP/1.1 200", -1 }, { "3/4/5", -1 }, { "100%%", -1 });
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
	tcase_add_test(lines, percentages_are_read_as_languages_write_them);
	tcase_add_test(lines, steps_are_read_as_languages_write_them);
	tcase_add_test(lines, sizes_are_steps_where_a_unit_says_so);
	tcase_add_test(lines, dates_times_fractions_and_arithmetic_are_left_alone);
	suite_add_tcase(suite, lines);
	return suite;
}

SUITE_MAIN(percent_suite)
