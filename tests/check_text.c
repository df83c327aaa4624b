/* The pure modules that read and write text: channel, cursor, event, form, multipart, utf8, values, buf. */
#include "channel.h"
#include "cursor.h"
#include "event.h"
#include "form.h"
#include "multipart.h"
#include "suite.h"
#include "utf8.h"
#include "values.h"

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

static bool multipart_gives(const char *type, const char *body, const char *fields)
{
	struct buf out = BUF_INIT;
	struct problem problem = PROBLEM_NONE;
	bool ok = multipart_read(type, body, strlen(body), join, &out, &problem);
	if (ok)
		ck_assert_str_eq(buf_string(&out), fields);
	else
		ck_assert_int_eq(problem.status, 400);
	buf_clear(&out);
	return ok;
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

START_TEST(multipart_that_is_cut_short_is_refused)
{
	const char *type = "multipart/form-data; boundary=XX";
	ck_assert(!multipart_gives(type, "", ""));
	ck_assert(!multipart_gives(type, "--XX", ""));
	ck_assert(!multipart_gives(type, "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1", ""));
	ck_assert(!multipart_gives(type, "--XX\r\nContent-Disposition: form-data\r\n\r\n1\r\n--XX--", ""));
	ck_assert(!multipart_gives(type, "--XX\r\n\r\n--XX--", ""));
	ck_assert(!multipart_gives("multipart/form-data", "--XX--", ""));
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

static void mends_to(const char *line, size_t n, const char *text)
{
	struct buf out = BUF_INIT;
	utf8_mend(&out, line, n);
	ck_assert_str_eq(buf_string(&out), text);
	buf_clear(&out);
}

START_TEST(utf8_mends_a_programs_output)
{
	mends_to("\033[1;31merror\033[0m: x", 19, "error: x");
	mends_to("a\xff" "b", 3, "a\xef\xbf\xbd" "b");
	mends_to("a\0b\tc\a", 6, "ab\tc");
	mends_to("\033]0;title\ax", 11, "x");
	mends_to("x\033", 2, "x");
	mends_to("x\033[", 3, "x");
}
END_TEST

static bool from_json(const char *json, struct problem *problem, const char *back)
{
	struct values values = VALUES_INIT;
	struct buf out = BUF_INIT;
	bool ok = values_from_json(&values, json, strlen(json), problem);
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
	tcase_add_test(tc, multipart_that_is_cut_short_is_refused);
	tcase_add_test(tc, utf8_knows_good_from_bad);
	tcase_add_test(tc, utf8_mends_a_programs_output);
	tcase_add_test(tc, values_come_from_flat_json);
	tcase_add_test(tc, values_keep_the_last_of_a_key);
	tcase_add_test(tc, a_problem_never_carries_a_control_character);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(text_suite)
