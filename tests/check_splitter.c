/* Lines of a program's output, whatever ends them and however the bytes arrive. */
#include "../cli/splitter.h"

#include "suite.h"

#include <string.h>

static struct buf seen;

static void on_line(void *arg, const char *line, size_t n)
{
	(void)arg;
	buf_add(&seen, line, n);
	buf_text(&seen, "|");
}

/* The lines of the text joined by "|", fed step bytes at a time. */
static const char *split(const char *text, size_t n, size_t step)
{
	struct splitter splitter = SPLITTER_INIT;
	buf_reset(&seen);
	for (size_t at = 0; at < n; at += step)
		splitter_add(&splitter, text + at, n - at < step ? n - at : step, on_line, NULL);
	splitter_end(&splitter, on_line, NULL);
	return buf_string(&seen);
}

static void expect(const char *text, const char *lines)
{
	for (size_t step = 1; step <= strlen(text); step++)
		ck_assert_str_eq(split(text, strlen(text), step), lines);
}

START_TEST(newline_carriage_return_and_both_end_a_line)
{
	expect("a\nb\n", "a|b|");
	expect("a\rb\r", "a|b|");
	expect("a\r\nb\r\n", "a|b|");
	expect("a\r\r\nb", "a|b|");
}
END_TEST

START_TEST(a_last_line_without_an_end_counts)
{
	expect("a\nb", "a|b|");
	expect("b", "b|");
	ck_assert_str_eq(split("", 0, 1), "");
}
END_TEST

START_TEST(empty_lines_stay_and_bare_carriage_returns_do_not)
{
	expect("\n\na\n", "||a|");
	expect("\r\n\r\n", "||");
	expect("\r\r10%\r\r20%\n", "10%|20%|");
}
END_TEST

START_TEST(a_long_line_is_cut_at_a_whole_character)
{
	static char text[2 * LINE_BYTES_MAX];
	memset(text, 'x', sizeof text);
	memcpy(text + LINE_BYTES_MAX - 1, "\xc3\xa4", 2);
	memcpy(text + sizeof text - 3, "\ny\n", 3);
	const char *lines = split(text, sizeof text, 1000);
	ck_assert_int_eq(strspn(lines, "x"), LINE_BYTES_MAX - 1);
	ck_assert_str_eq(lines + LINE_BYTES_MAX - 1, "…|y|");
}
END_TEST

static Suite *splitter_suite(void)
{
	Suite *suite = suite_create("splitter");
	TCase *lines = tcase_create("lines");
	tcase_add_test(lines, newline_carriage_return_and_both_end_a_line);
	tcase_add_test(lines, a_last_line_without_an_end_counts);
	tcase_add_test(lines, empty_lines_stay_and_bare_carriage_returns_do_not);
	tcase_add_test(lines, a_long_line_is_cut_at_a_whole_character);
	suite_add_tcase(suite, lines);
	return suite;
}

SUITE_MAIN(splitter_suite)
