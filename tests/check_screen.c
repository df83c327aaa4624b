/* What a job's output comes to on a terminal of unlimited height, however the bytes arrive. */
#include "../cli/run/screen.h"

#include "suite.h"

#include <stdio.h>
#include <string.h>

static struct buf seen;

static void on_line(void *arg, const char *line, size_t n)
{
	(void)arg;
	buf_add(&seen, line, n);
	buf_text(&seen, "|");
}

/* The lines of the text joined by "|", fed step bytes at a time, gap_ms apart. */
static const char *show(const char *text, size_t n, size_t step, int64_t gap_ms)
{
	struct screen screen;
	int64_t now = 1000;
	buf_reset(&seen);
	screen_init(&screen, 0, 0, on_line, NULL);
	for (size_t at = 0; at < n; at += step, now += gap_ms)
		screen_write(&screen, text + at, n - at < step ? n - at : step, now);
	screen_end(&screen);
	return buf_string(&seen);
}

static void expect(const char *text, const char *lines)
{
	for (size_t step = 1; step <= strlen(text); step++)
		ck_assert_str_eq(show(text, strlen(text), step, 0), lines);
}

START_TEST(lines_end_with_a_line_feed)
{
	expect("a\nb\n", "a|b|");
	expect("a\r\nb\r\n", "a|b|");
	expect("a\r\r\nb", "a|b|");
	expect("a\nb", "a|b|");
	expect("\n\na\n", "||a|");
	expect("\r\n\r\n", "||");
	expect("a\n\n", "a||");
	expect("a  \n", "a|");
	expect("a\t\n", "a\t|");
	ck_assert_str_eq(show("", 0, 1, 0), "");
}
END_TEST

START_TEST(what_is_written_over_is_gone)
{
	expect("\r\r10%\r\r20%\n", "20%|");
	expect("  0%\b\b\b\b    \b\b\b\bERROR: disk full\n", "ERROR: disk full|");
	expect("frame 1\033[1G\033[Kframe 2\033[1G\033[KERROR: disk full\n", "ERROR: disk full|");
	expect("abc\rX\n", "Xbc|");
	expect("Z\033[E\033[F\bz\n", "z|");
	expect("abc\b\b\b\b\b\b\bX\n", "Xbc|");
	expect("one\ntwo\033[A\rONE\n\ndone\n", "ONE|two|done|");
	expect("abcdef\033[3D\033[2Xg\n", "abcg f|");
	expect("abcdef\033[3G\033[2P\033[1@-\n", "ab-ef|");
	expect("abcdef\033[4G\033[1K\n", "    ef|");
	expect("a\033[5bb\n", "aaaaaab|");
	expect("abc\0337\033[10Cx\0338d\n", "abcd         x|");
	expect("abc\033[4h\rX\033[4lY\n", "XYbc|");
	expect("a\033Db\033Ec\n", "a| b|c|");
}
END_TEST

START_TEST(rows_are_repainted_inserted_and_deleted)
{
	expect("a\nb\nc\n\033[3A\033[JX\n", "X|");
	expect("a\nb\nc\n\033[2A\033[LX\n\n\n", "a|X|b|c|");
	expect("a\nb\nc\n\033[2A\033[MX\n", "a|X|");
	expect("a\nb\n\033[2FA\033[2EC\n", "A|b|C|");
	expect("a\nb\033Mx\n\n", "ax|b|");
	expect("1\n2\n3\n\033[2;1Htwo\033[4;1H4\n", "1|two|3|4|");
	expect("1\n2\n\033[5dx\n", "1|2|||x|");
}
END_TEST

START_TEST(a_wipe_keeps_what_was_there_before_and_the_last_frame)
{
	expect("one\ntwo\n\033[H\033[2Jfirst\n\033[H\033[2Jsecond\n\033[H\033[2Jthird\n", "one|two|third|");
	expect("one\n\033[H\033[Jtwo\n", "one|two|");
	expect("one\n\033c\033[3Jtwo\n", "one|two|");
}
END_TEST

START_TEST(the_alternate_screen_is_not_kept)
{
	expect("before\n\033[?1049h\033[2J\033[Heditor\033[?1049lafter\n", "before|after|");
	expect("before\n\033[?1049hERROR: it ended here\n", "before|ERROR: it ended here|");
}
END_TEST

START_TEST(a_scroll_region_loses_nothing)
{
	/* a status in the last row, as apt has it */
	struct screen screen;
	static const char text[] = "\0337\033[1;3r\0338one\ntwo\nthree\0337\033[4;1H[ 10%]\0338\nfour\nfive\0337\033[4;1H[ 90%]\0338\n";
	buf_reset(&seen);
	screen_init(&screen, 4, 80, on_line, NULL);
	screen_write(&screen, text, sizeof text - 1, 1000);
	screen_end(&screen);
	ck_assert_str_eq(buf_string(&seen), "one|two|three|four|five||[ 90%]|");
}
END_TEST

START_TEST(wide_and_combining_characters_take_their_columns)
{
	expect("\xe8\xbf\x9b\xe5\xba\xa6" "50%\r\xe8\xbf\x9bX\n", "\xe8\xbf\x9bX 50%|");
	expect("\xe8\xbf\x9b\rX\n", "X|");
	expect("\xe8\xbf\x9b\b\bX\n", "X|");
	expect("\xe8\xbf\x9b" "b\b\bX\n", " Xb|");
	expect("e\xcc\x81x\b\bE\n", "Ex|");
	expect("e\xcc\x81x\bX\n", "e\xcc\x81X|");
	expect("\tc\n", "\tc|");
	expect("a\tb\rxyz\n", "xyz     b|");
	expect("bad\xff\xe8\xbf\n", "bad\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|");
}
END_TEST

START_TEST(escape_sequences_leave_nothing_behind)
{
	expect("\033(B\033[mOK\n", "OK|");
	expect("\033]0;title\aA\033]8;;http://x\033\\B\033Pq\033\\C\033[>4;1mD\033[38:2::1:2:3mE\033%G\033#5\033 F\n", "ABCDE|");
	expect("\xc2\x9b" "31mred\xc2\x9d" "0;x\xc2\x9c!\n", "red!|");
	expect("\033[1\033[31mA\033[3\030B\033]cut\nERROR\n", "AB|ERROR|");
}
END_TEST

START_TEST(a_line_goes_out_at_once_and_a_repaint_does_not)
{
	static const char frame[] = "\033[2A\033[Kone\n\033[Ktwo\n";
	struct screen screen;
	int64_t now = 1000;
	buf_reset(&seen);
	screen_init(&screen, 0, 0, on_line, NULL);
	screen_write(&screen, "line\n", 5, now);
	screen_settle(&screen, now += 50);
	ck_assert_str_eq(buf_string(&seen), "line|");
	screen_write(&screen, "1\n2\n", 4, now);
	screen_settle(&screen, now += 50);
	for (int i = 0; i < 1000; i++) {
		screen_write(&screen, frame, sizeof frame - 1, now += 100);
		screen_settle(&screen, now += 50);
	}
	ck_assert_str_eq(buf_string(&seen), "line|1|2|");
	ck_assert_int_gt(screen_due(&screen), now);
	screen_write(&screen, "after\n", 6, now);
	screen_settle(&screen, now += 3000);
	ck_assert_str_eq(buf_string(&seen), "line|1|2|one|two|after|");
	screen_end(&screen);
	ck_assert_str_eq(buf_string(&seen), "line|1|2|one|two|after|");
}
END_TEST

START_TEST(a_slow_repaint_costs_a_few_frames)
{
	char frame[64];
	struct screen screen;
	int64_t now = 1000;
	size_t lines = 0;
	buf_reset(&seen);
	screen_init(&screen, 0, 0, on_line, NULL);
	screen_write(&screen, "a\nb\n", 4, now);
	for (int i = 0; i < 500; i++) {
		for (int64_t until = now + 60000; now < until; now += 1000)
			screen_settle(&screen, now);
		snprintf(frame, sizeof frame, "\033[2A\033[K%d\n\033[K%d\n", i, i);
		screen_write(&screen, frame, strlen(frame), now);
	}
	screen_end(&screen);
	for (const char *c = buf_string(&seen); *c; c++)
		lines += *c == '|';
	ck_assert_int_lt((int)lines, 30);
}
END_TEST

START_TEST(memory_and_time_are_bounded)
{
	static const char *const heavy[] = { "\033[999999999C", "\033[999999999Bx", "\033[999999999Ax", "\033[65535b", "\033[65535@", "\033[65535L", "\033[65535M",
		"\033[65535S", "\033[65535T", "\033[2J\033[H", "\033[?1049hx", "\xe8\xbf\x9b\b", "\n", "\033M", "\033[2;9r", "e\xcc\x81" };
	struct screen screen;
	static char line[1 << 16];
	screen_init(&screen, 0, 0, on_line, NULL);
	memset(line, 'x', sizeof line);
	for (int i = 0; i < 2000; i++)
		screen_write(&screen, line, sizeof line, 1000);
	for (int i = 0; i < 3000; i++) {
		const char *text = heavy[(i * 7 + i / 16) % (sizeof heavy / sizeof *heavy)];
		buf_reset(&seen);
		screen_write(&screen, text, strlen(text), 1000 + i);
	}
	screen_end(&screen);
}
END_TEST

START_TEST(a_long_line_is_cut_at_a_whole_character)
{
	static char text[2 * ROW_BYTES_MAX];
	memset(text, 'x', sizeof text);
	memcpy(text + ROW_BYTES_MAX - 1, "\xc3\xa4", 2);
	memcpy(text + sizeof text - 3, "\ny\n", 3);
	const char *lines = show(text, sizeof text, 1000, 0);
	ck_assert_int_eq(strspn(lines, "x"), ROW_BYTES_MAX - 1);
	ck_assert_str_eq(lines + ROW_BYTES_MAX - 1, "…|y|");
}
END_TEST

static Suite *screen_suite(void)
{
	Suite *suite = suite_create("screen");
	TCase *lines = tcase_create("lines");
	tcase_set_timeout(lines, 60);
	tcase_add_test(lines, lines_end_with_a_line_feed);
	tcase_add_test(lines, what_is_written_over_is_gone);
	tcase_add_test(lines, rows_are_repainted_inserted_and_deleted);
	tcase_add_test(lines, a_wipe_keeps_what_was_there_before_and_the_last_frame);
	tcase_add_test(lines, the_alternate_screen_is_not_kept);
	tcase_add_test(lines, a_scroll_region_loses_nothing);
	tcase_add_test(lines, wide_and_combining_characters_take_their_columns);
	tcase_add_test(lines, escape_sequences_leave_nothing_behind);
	tcase_add_test(lines, a_line_goes_out_at_once_and_a_repaint_does_not);
	tcase_add_test(lines, a_slow_repaint_costs_a_few_frames);
	tcase_add_test(lines, memory_and_time_are_bounded);
	tcase_add_test(lines, a_long_line_is_cut_at_a_whole_character);
	suite_add_tcase(suite, lines);
	return suite;
}

SUITE_MAIN(screen_suite)
