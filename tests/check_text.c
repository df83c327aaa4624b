/* The pure modules that read and write text: channel, cursor, event, form, multipart, header, charset, utf8, text, number, values, problem. */
#include "event/channel.h"
#include "event/cursor.h"
#include "event/event.h"
#include "http/charset.h"
#include "http/form.h"
#include "http/header.h"
#include "http/multipart.h"
#include "event/number.h"
#include "suite.h"
#include "base/text.h"
#include "base/utf8.h"
#include "event/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

START_TEST(channel_names_follow_the_rule)
{
	static const char *const good[] = { "feed", "progress/import", "a/b/c/d", "log/~me", "x/A-Z.a_z~0-9", "feed/...", "feed/.a" };
	static const char *const bad[] = { "", "/", "feed/", "/feed", "feed//x", "feed/.", "feed/..", "../feed", "feed x", "feed/\n", "feed?x", "feed/\xc3\xa9", "feed%2f" };
	struct problem problem = PROBLEM_NONE;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(channel_check(good[i], &problem), "%s: %s", good[i], problem.text);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		problem.status = 0;
		ck_assert_msg(!channel_check(bad[i], &problem), "%s", bad[i]);
		ck_assert_int_eq(problem.status, 400);
	}
}
END_TEST

START_TEST(channel_has_at_most_255_bytes)
{
	char name[257] = "feed/";
	struct problem problem = PROBLEM_NONE;
	memset(name + 5, 'x', 250);
	ck_assert(channel_check(name, &problem));
	name[255] = 'x';
	ck_assert(!channel_check(name, &problem));
}
END_TEST

START_TEST(channel_elements_are_unambiguous_and_safe)
{
	static const char *const names[] = { "a/b", "a_b", "a.b", "a~b", "a-b", "a__b", "a/b/c" };
	char seen[7][64];
	for (int i = 0; i < 7; i++) {
		struct buf id = BUF_INIT;
		channel_element(names[i], &id);
		ck_assert_uint_eq(strspn(id.data, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"), id.len);
		strcpy(seen[i], id.data);
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(seen[i], seen[k]);
		buf_clear(&id);
	}
}
END_TEST

START_TEST(cursor_reads_what_an_id_is)
{
	struct cursor cursor = CURSOR_NONE;
	ck_assert(cursor_parse("k3x9-1042", &cursor));
	ck_assert_str_eq(cursor.epoch, "k3x9");
	ck_assert_uint_eq(cursor.seq, 1042);
	ck_assert(cursor_parse("a-b-7", &cursor));
	ck_assert_str_eq(cursor.epoch, "a-b");
}
END_TEST

START_TEST(cursor_refuses_everything_else)
{
	static const char *const bad[] = { "", "-", "k3x9", "k3x9-", "-5", "k3x9-x", "k3x9-1x", "k3x9- 1", "k3x9--", "k\n-1", "k3x9-99999999999999999999",
		"k3x9-+1", "\"k\"-1", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct cursor cursor = CURSOR_NONE;
		ck_assert_msg(!cursor_parse(bad[i], &cursor), "%s", bad[i]);
		ck_assert(!cursor_given(&cursor));
	}
}
END_TEST

START_TEST(event_names_that_browsers_or_we_use_are_refused)
{
	static const char *const bad[] = { "", "open", "error", "click", "submit", "load", "reset", "close", "a b", "a\nb", "a:b" };
	static const char *const good[] = { "progress", "new-post", "message", "x.y_z-1" };
	struct problem problem = PROBLEM_NONE;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!event_name_check(bad[i], &problem), "%s", bad[i]);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(event_name_check(good[i], &problem), "%s", good[i]);
}
END_TEST

static bool join(void *arg, const char *name, const char *text, size_t bytes)
{
	struct buf *out = arg;
	buf_print(out, "[%s=", name);
	buf_add(out, text, bytes);
	buf_text(out, "]");
	return true;
}

static void form_is(const char *form, const char *fields)
{
	struct buf out = BUF_INIT;
	form_read(form, strlen(form), join, &out);
	ck_assert_str_eq(buf_string(&out), fields);
	buf_clear(&out);
}

START_TEST(form_fields_are_decoded)
{
	form_is("a=1&b=x+y", "[a=1][b=x y]");
	form_is("a=%3Cb%3e&c", "[a=<b>][c=]");
	form_is("&&a=1&", "[a=1]");
	form_is("a=%zz%4", "[a=%zz%4]");
	form_is("a=b=c", "[a=b=c]");
	form_is("=x", "[=x]");
	form_is("", "");
}
END_TEST

static bool multipart_gives_bytes(const char *type, const char *body, size_t n, const char *fields)
{
	struct multipart multipart;
	struct part part = PART_INIT;
	struct buf out = BUF_INIT;
	struct problem problem = PROBLEM_NONE;
	enum multipart_next next = MULTIPART_BAD;
	char *copy = malloc(n + 1); /* of exactly n bytes, for whoever runs this with a sanitizer */
	memcpy(copy, body, n);
	if (multipart_open(&multipart, type, copy, n, &problem))
		while ((next = multipart_next(&multipart, &part, &problem)) == MULTIPART_PART) {
			buf_print(&out, "[%s=", part.name.data);
			buf_add(&out, part.text, part.bytes);
			buf_text(&out, "]");
		}
	if (next == MULTIPART_END)
		ck_assert_str_eq(buf_string(&out), fields);
	else
		ck_assert_int_eq(problem.status, 400);
	multipart_clear(&multipart);
	part_clear(&part);
	buf_clear(&out);
	free(copy);
	return next == MULTIPART_END;
}

static bool multipart_gives(const char *type, const char *body, const char *fields)
{
	return multipart_gives_bytes(type, body, strlen(body), fields);
}

START_TEST(multipart_parts_are_read)
{
	const char *type = "multipart/form-data; boundary=XX";
	ck_assert(multipart_gives(type, "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XX--\r\n", "[a=1]"));
	ck_assert(multipart_gives(type, "--XX\r\ncontent-disposition: form-data; filename=\"f\"; name=b\r\nContent-Type: text/plain\r\n\r\nx\r\ny\r\n--XX\r\n"
		"Content-Disposition: form-data; name=\"c\"\r\n\r\n\r\n--XX--", "[b=x\r\ny][c=]"));
	ck_assert(multipart_gives("multipart/form-data; boundary=\"X X\"", "--X X\r\nContent-Disposition: form-data; name=\"q\\\"q\"\r\n\r\n1\r\n--X X--", "[q\"q=1]"));
	ck_assert(multipart_gives(type, "preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XX--", "[a=1]"));
}
END_TEST

#define PART(name) "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n"

START_TEST(multipart_boundaries_are_whole_lines)
{
	const char *type = "multipart/form-data; boundary=XX";
	ck_assert(multipart_gives(type, "--XX\r\n" PART("a") "1\r\n--XXY\r\n--XX--Y\r\n2\r\n--XX--\r\n", "[a=1\r\n--XXY\r\n--XX--Y\r\n2]"));
	ck_assert(multipart_gives(type, "--XX\r\n" PART("a") "x--XX\r\n y\r\n--XX--", "[a=x--XX\r\n y]"));
	ck_assert(multipart_gives(type, "--XX \t\r\n" PART("a") "1\r\n--XX--  \r\nepilogue\r\n--XX\r\n", "[a=1]"));
	ck_assert(multipart_gives(type, "--XX\nContent-Disposition: form-data; name=a\n\n1\n2\n--XX--\n", "[a=1\n2]"));
	ck_assert(multipart_gives("multipart/form-data; boundary=\"XX\" ; charset=utf-8", "--XX\r\n" PART("a") "1\r\n--XX--", "[a=1]"));
	ck_assert(multipart_gives("multipart/form-data; charset=utf-8;Boundary=\"XX \"", "--XX\r\n" PART("a") "1\r\n--XX--", "[a=1]"));
	ck_assert(multipart_gives(type, "--XX\r\nContent-Disposition: form-data; name=\"a\"; filename=\"C:\\x\\\"\r\n\r\n1\r\n--XX--", "[a=1]"));
	ck_assert(multipart_gives(type, "--XX--\r\n", ""));
	ck_assert(multipart_gives(type, "--XX\r\n" PART("a") "--XX--", "[a=]"));
	ck_assert(multipart_gives("multipart/form-data; x=\"; boundary=NO\"; boundary=XX", "--XX--", ""));
}
END_TEST

START_TEST(multipart_that_is_cut_short_is_refused)
{
	const char *type = "multipart/form-data; boundary=XX";
	ck_assert(!multipart_gives(type, "", ""));
	ck_assert(!multipart_gives(type, "--XX", ""));
	ck_assert(!multipart_gives(type, "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1", ""));
	ck_assert(!multipart_gives(type, "--XX\r\nContent-Disposition: form-data\r\n\r\n1\r\n--XX--", ""));
	ck_assert(!multipart_gives(type, "--XX\r\n\r\n--XX--", ""));
	ck_assert(!multipart_gives("multipart/form-data", "--XX--", ""));
	const char *whole = "--XX\r\n" PART("a") "1\r\n--XX--";
	for (size_t n = 0; n < strlen(whole); n++)
		ck_assert_msg(!multipart_gives_bytes(type, whole, n, ""), "%zu", n);
	ck_assert(!multipart_gives("multipart/form-data; boundary=", "--XX--", ""));
}
END_TEST

START_TEST(utf8_knows_good_from_bad)
{
	ck_assert(utf8_valid("aé€😀", strlen("aé€😀")));
	ck_assert(utf8_valid("", 0));
	ck_assert(!utf8_valid("a\0b", 3));
	ck_assert(!utf8_valid("\xc0\xaf", 2)); /* overlong */
	ck_assert(!utf8_valid("\xed\xa0\x80", 3)); /* a surrogate */
	ck_assert(!utf8_valid("\xf4\x90\x80\x80", 4)); /* beyond U+10FFFF */
	ck_assert(!utf8_valid("\xe2\x82", 2));
}
END_TEST

static void cleans_bytes(enum text_shape shape, const char *text, size_t n, const char *clean)
{
	struct buf out = BUF_INIT;
	text_clean(&out, text, n, shape);
	ck_assert_str_eq(buf_string(&out), clean);
	buf_clear(&out);
}

static void cleans(enum text_shape shape, const char *text, const char *clean)
{
	cleans_bytes(shape, text, strlen(text), clean);
}

START_TEST(text_loses_controls_and_whole_escape_sequences)
{
	cleans(TEXT_LINE, "\033[1;31merror\033[0m: x", "error: x");
	cleans(TEXT_LINE, "a\xff" "b", "a\xef\xbf\xbd" "b");
	cleans_bytes(TEXT_LINE, "a\0b\tc\a", 6, "ab\tc");
	cleans(TEXT_LINE, "\033]0;title\ax\033", "x");
	cleans(TEXT_LINE, "\033(BOK\033P1\033\\ \xc2\x9b" "31mred\xc2\x85\177", "OK red");
	cleans(TEXT_LINE, "a\xe2\x80\xa8" "b\xe2\x80\xa9" "c", "abc");
	cleans(TEXT_LINE, "a\xe2\x82", "a\xef\xbf\xbd\xef\xbf\xbd");
	cleans(TEXT_LINES, "\v\f\001", "");
}
END_TEST

START_TEST(text_keeps_line_ends_or_makes_one_line)
{
	cleans(TEXT_LINES, "a\r\nb\rc\n\n\r\nd\n", "a\nb\nc\n\n\nd\n");
	cleans(TEXT_LINE, "\na\r\nb\r\rc\n", "a b c");
	cleans(TEXT_LINE, "  a  ", "  a  ");
	cleans(TEXT_LINES, "\033]0;cut\nb", "\nb");
}
END_TEST

START_TEST(text_loses_the_mark_at_its_start)
{
	cleans(TEXT_LINE, "\xef\xbb\xbf" "a\xef\xbb\xbf" "b", "a\xef\xbb\xbf" "b");
	ck_assert_uint_eq(text_mark("\xef\xbb", 2), 0);
}
END_TEST

START_TEST(text_that_is_printed_keeps_its_direction)
{
	cleans(TEXT_TERMINAL, "a\xe2\x80\xae" "b\xe2\x81\xa6" "c\xe2\x80\x8f" "d\n\033[2Je", "abc\xe2\x80\x8f" "d e");
	cleans(TEXT_LINE, "a\xe2\x80\xae" "b", "a\xe2\x80\xae" "b");
}
END_TEST

START_TEST(text_of_blanks_is_blank)
{
	static const char *const blank[] = { "", " ", "\t\n\r ", "\xc2\xa0", "\xe2\x80\x8b\xe2\x81\xa0\xef\xbb\xbf", "\xe2\x80\xae\xe2\x81\xa9", "\xe3\x80\x80", "\xc2\xad", "\xe3\x85\xa4", "\xef\xb8\x8f", "\xe2\xa0\x80" };
	static const char *const seen[] = { "x", " .", "\xe2\x80\x8b" "0", "\xf0\x9f\x98\x80", "\xef\xbf\xbd" };
	for (size_t i = 0; i < sizeof blank / sizeof *blank; i++)
		ck_assert_msg(text_is_blank(blank[i]), "%zu", i);
	for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
		ck_assert_msg(!text_is_blank(seen[i]), "%zu", i);
}
END_TEST

START_TEST(numbers_are_read_as_languages_print_them)
{
	static const struct { const char *text; double number; } good[] = {
		{ "40", 40 }, { "0", 0 }, { "040", 40 }, { "+40", 40 }, { "-0", 0 }, { "-0.0", 0 }, { ".5", .5 }, { "5.", 5 }, { "100.0", 100 },
		{ "1e2", 100 }, { "1E+01", 10 }, { "4.0e1", 40 }, { "1e-7", 1e-7 }, { "1.0E-7", 1e-7 }, { "33.333333333333336", 100 / 3. },
		{ "3.33333333333333357018e+01", 100 / 3. }, { "45,3", 45.3 }, { " 40\n", 40 }, { "\xc2\xa0" "40\xe2\x80\xaf%", 40 }, { "45 %", 45 },
		{ "0000000000000000000000000000040", 40 }, { "0.00000000000000000000000000004e30", 40 }, { "5e-324", 5e-324 }, { "1e-99999", 0 },
		{ "400000000000000000000000e-22", 40 }, { "-3", -3 },
	};
	static const char *const bad[] = { "", " ", "x", "4x", "1_000", "1,000,000", "1.2.3", "0x1p3", "inf", "nan", "-", "+", ".", "e5", "1e", "1e+", "40 50",
		"--1", "4 0", "40%%", "%", "1e2.5", "\xd9\xa4" };
	double number;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		ck_assert_msg(number_read(good[i].text, &number), "%s", good[i].text);
		ck_assert_msg(fabs(number - good[i].number) <= 1e-12 * fabs(good[i].number), "%s: %.17g", good[i].text, number);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!number_read(bad[i], &number), "%s", bad[i]);
	ck_assert(number_read("1e999", &number) && isinf(number));
}
END_TEST

START_TEST(header_parameters_end_with_the_header)
{
	struct buf out = BUF_INIT;
	const char *value = "form-data; name=\"a\"; filename=\"b;name=c\"; Size = 5";
	ck_assert(header_parameter(value, strlen(value), "size", &out));
	ck_assert_str_eq(out.data, "5");
	buf_reset(&out);
	ck_assert(header_parameter(value, 18, "NAME", &out));
	ck_assert_str_eq(out.data, "a");
	ck_assert(!header_parameter(value, 14, "name", &out));
	ck_assert(!header_parameter("name=x", 6, "name", &out));
	ck_assert(!header_parameter("a; filename=x", 13, "name", &out));
	buf_clear(&out);
}
END_TEST

START_TEST(charsets_become_utf8_or_are_refused)
{
	struct buf out = BUF_INIT;
	struct problem problem = PROBLEM_NONE;
	ck_assert(charset_convert("ISO-8859-1", "caf\xe9 \x80", 6, &out, &problem));
	ck_assert_str_eq(out.data, "café €");
	buf_reset(&out);
	ck_assert(charset_convert("iso-8859-15", "\xa4", 1, &out, &problem));
	ck_assert_str_eq(out.data, "€");
	ck_assert(!charset_convert("x//TRANSLIT", "a", 1, &out, &problem));
	ck_assert_int_eq(problem.status, 415);
	ck_assert(!charset_convert("shift_jis", "\x81", 1, &out, &problem));
	ck_assert_int_eq(problem.status, 400);
	ck_assert(charset_is_utf8("UTF-8") && charset_is_utf8("") && !charset_is_utf8("latin1"));
	buf_clear(&out);
}
END_TEST

static bool from_json(const char *json, struct problem *problem, const char *back)
{
	struct values values = VALUES_INIT;
	struct buf out = BUF_INIT;
	bool ok = values_from_json(&values, json, strlen(json), "title", problem);
	values_to_json(&values, &out);
	if (ok)
		ck_assert_str_eq(out.data, back);
	values_clear(&values);
	buf_clear(&out);
	return ok;
}

START_TEST(values_come_from_flat_json)
{
	struct problem problem = PROBLEM_NONE;
	ck_assert(from_json("{\"a\":\"x\",\"n\":40,\"f\":0.5,\"t\":true,\"z\":null}", &problem, "{\"a\":\"x\",\"n\":\"40\",\"f\":\"0.5\",\"t\":\"true\"}"));
	ck_assert(from_json("{}", &problem, "{}"));
	ck_assert(!from_json("{\"a\":{}}", &problem, ""));
	ck_assert(!from_json("{\"a\":[1]}", &problem, ""));
	ck_assert(!from_json("[1]", &problem, ""));
	ck_assert(!from_json("\"x\"", &problem, ""));
	ck_assert(!from_json("{\"a\":1", &problem, ""));
	ck_assert(!from_json("", &problem, ""));
	ck_assert(!from_json("{\"a\":\"\\u0000\"}", &problem, ""));
	ck_assert_int_eq(problem.status, 400);
}
END_TEST

START_TEST(values_keep_the_last_of_a_key)
{
	struct values values = VALUES_INIT;
	struct problem problem = PROBLEM_NONE;
	ck_assert(values_set(&values, "a", "1", 1, &problem) && values_set(&values, "b", "2", 1, &problem) && values_set(&values, "a", "3", 1, &problem));
	ck_assert_uint_eq(values.count, 2);
	ck_assert_str_eq(values_get(&values, "a"), "3");
	char *taken = values_take(&values, "a");
	ck_assert_str_eq(taken, "3");
	ck_assert_ptr_null(values_get(&values, "a"));
	ck_assert_str_eq(values_get(&values, "b"), "2");
	free(taken);
	ck_assert(!values_set(&values, "no spaces", "x", 1, &problem));
	ck_assert(!values_set(&values, "", "x", 1, &problem));
	ck_assert(!values_set(&values, "k", "\xff", 1, &problem));
	values_clear(&values);
}
END_TEST

START_TEST(a_problem_never_carries_a_control_character)
{
	struct problem problem = PROBLEM_NONE;
	problem_set(&problem, 400, "a%sb", "\r\nX: y\033[0m");
	ck_assert_str_eq(problem.text, "a??X: y?[0mb");
	problem_set(&problem, 400, "%s", "\xc2\x9b" "1m \xff \xe2\x80\xae caf\xc3\xa9 \177");
	ck_assert_str_eq(problem.text, "?1m ? ? caf\xc3\xa9 ?");
	problem_set(&problem, 400, "%.2s", "a\xc3\xa9");
	ck_assert_str_eq(problem.text, "a");
}
END_TEST

static Suite *text_suite(void)
{
	Suite *suite = suite_create("text");
	TCase *tc = tcase_create("text");
	tcase_add_test(tc, channel_names_follow_the_rule);
	tcase_add_test(tc, channel_has_at_most_255_bytes);
	tcase_add_test(tc, channel_elements_are_unambiguous_and_safe);
	tcase_add_test(tc, cursor_reads_what_an_id_is);
	tcase_add_test(tc, cursor_refuses_everything_else);
	tcase_add_test(tc, event_names_that_browsers_or_we_use_are_refused);
	tcase_add_test(tc, form_fields_are_decoded);
	tcase_add_test(tc, multipart_parts_are_read);
	tcase_add_test(tc, multipart_boundaries_are_whole_lines);
	tcase_add_test(tc, multipart_that_is_cut_short_is_refused);
	tcase_add_test(tc, utf8_knows_good_from_bad);
	tcase_add_test(tc, text_loses_controls_and_whole_escape_sequences);
	tcase_add_test(tc, text_keeps_line_ends_or_makes_one_line);
	tcase_add_test(tc, text_loses_the_mark_at_its_start);
	tcase_add_test(tc, text_that_is_printed_keeps_its_direction);
	tcase_add_test(tc, text_of_blanks_is_blank);
	tcase_add_test(tc, numbers_are_read_as_languages_print_them);
	tcase_add_test(tc, header_parameters_end_with_the_header);
	tcase_add_test(tc, charsets_become_utf8_or_are_refused);
	tcase_add_test(tc, values_come_from_flat_json);
	tcase_add_test(tc, values_keep_the_last_of_a_key);
	tcase_add_test(tc, a_problem_never_carries_a_control_character);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(text_suite)
