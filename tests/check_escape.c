/* escape: what is text, what is a control, and where a sequence ends (ECMA-48, ECMA-35). */
#include "base/buf.h"
#include "base/escape.h"
#include "suite.h"
#include "base/utf8.h"

#include <string.h>

/* Writes what was seen: text and controls as they are, a sequence as <…>. */
static void describe(struct buf *out, const struct escape *escape, enum escape_event event, const char *text, size_t n)
{
	switch (event) {
	case ESCAPE_TEXT: case ESCAPE_CONTROL: buf_add(out, text, n); break;
	case ESCAPE_MORE: break;
	case ESCAPE_SEQUENCE: buf_print(out, "<%s%c>", escape->intermediates, escape->final); break;
	case ESCAPE_CSI: buf_print(out, "<[%s%s%c>", escape->parameters, escape->intermediates, escape->final); break;
	case ESCAPE_STRING: buf_text(out, "<string>"); break;
	case ESCAPE_DROPPED: buf_text(out, "<dropped>"); break;
	}
}

static void reads(const char *text, const char *seen)
{
	struct escape escape = ESCAPE_INIT;
	struct buf out = BUF_INIT;
	for (size_t n = strlen(text), bytes; n; text += bytes, n -= bytes) {
		uint32_t code;
		bytes = utf8_decode(text, n, &code);
		describe(&out, &escape, escape_feed(&escape, code), text, bytes);
	}
	ck_assert_str_eq(buf_string(&out), seen);
	buf_clear(&out);
}

START_TEST(escape_knows_every_kind_of_sequence)
{
	reads("\033(BOK", "<(B>OK");                       /* nF, as in tput sgr0 */
	reads("\033%Gx\033#8y\033 Fz", "<%G>x<#8>y< F>z");
	reads("\033$(Dx", "<$(D>x");
	reads("\0337a\0338b\033=c\033>d", "<7>a<8>b<=>c<>>d"); /* Fp */
	reads("\033Da\033Mb\033Hc\033\\d", "<D>a<M>b<H>c<\\>d"); /* Fe */
	reads("\033ca\033nb\033|c\033~d", "<c>a<n>b<|>c<~>d");  /* Fs */
	reads("\033[mA\033[1;31mB\033[38:2::1:2:3mC", "<[m>A<[1;31m>B<[38:2::1:2:3m>C");
	reads("\033[?25lA\033[>4;1mB\033[!pC\033[1 qD\033[200~E\033[@F", "<[?25l>A<[>4;1m>B<[!p>C<[1 q>D<[200~>E<[@>F");
}
END_TEST

START_TEST(escape_skips_control_strings_to_their_end)
{
	reads("\033]0;title\aA", "<string>A");
	reads("\033]0;title\033\\A", "<\\>A");
	reads("\033]8;;http://x\033\\A\033]8;;\033\\B", "<\\>A<\\>B");
	reads("\033Pq#0;2\033\\A\033_Gx\033\\B\033^x\033\\C\033Xx\033\\D", "<\\>A<\\>B<\\>C<\\>D");
	reads("\033]0;\xe8\xbf\x9b\xe5\xba\xa6\aA", "<string>A");
	reads("\033]0;cut\nERROR", "\nERROR");
	reads("\033]0;cut\033[1mA", "<[1m>A");
	reads("\033]0;a\rb\tc\aA", "<string>A");
}
END_TEST

START_TEST(escape_reads_c1_controls_as_characters)
{
	reads("\xc2\x9b" "1mA", "<[1m>A");
	reads("\xc2\x9d" "0;t\xc2\x9c" "A", "<string>A");
	reads("\xc2\x90q\xc2\x9c" "A\xc2\x98x\xc2\x9c" "B\xc2\x9ex\xc2\x9c" "C\xc2\x9fx\xc2\x9c" "D", "<string>A<string>B<string>C<string>D");
	reads("A\xc2\x85" "B\xc2\x84" "C", "A\xc2\x85" "B\xc2\x84" "C");
	reads("\033[1\xc2\x9b" "2KA", "<[2K>A");
	reads("\xc2\xa0\xc3\xa9", "\xc2\xa0\xc3\xa9");
}
END_TEST

START_TEST(escape_sequences_are_cut_by_others)
{
	reads("\033[1\033[2KA", "<[2K>A");
	reads("\033\033[2KA", "<[2K>A");
	reads("\033[1\030A", "<dropped>A");
	reads("\033]x\032A", "<dropped>A");
	reads("\033(\030A", "<dropped>A");
	reads("\033[3\xe8\xbf\x9b", "\xe8\xbf\x9b");
	reads("\033\xe8\xbf\x9b", "\xe8\xbf\x9b");
	reads("\033[3\bmA", "\b<[3m>A");       /* as a VT100 does */
	reads("\033[3\177mA\033\177(BB", "<[3m>A<(B>B");
	reads("\030\032A", "\030\032A");
	reads("A\033", "A");
	reads("A\033[", "A");
}
END_TEST

START_TEST(escape_drops_what_is_malformed_whole)
{
	char overlong[400] = "\033[";
	reads("\033[1 1mA", "<dropped>A");
	reads("\033[1?lA", "<dropped>A");
	reads("\033[1?l\xc2\x85" "A", "<dropped>\xc2\x85" "A");
	memset(overlong + 2, '1', 300);
	strcpy(overlong + 302, "mA");
	reads(overlong, "<dropped>A");
	reads("\033(((((((((BA", "<dropped>A");
}
END_TEST

static void numbers(const char *sequence, unsigned first, unsigned second, char private)
{
	struct escape escape = ESCAPE_INIT;
	for (const char *c = sequence; *c; c++)
		escape_feed(&escape, (unsigned char)*c);
	ck_assert_uint_eq(escape_number(&escape, 0, 7), first);
	ck_assert_uint_eq(escape_number(&escape, 1, 7), second);
	ck_assert_int_eq(escape_private(&escape), private);
}

START_TEST(escape_numbers_have_a_fallback_and_a_limit)
{
	numbers("\033[K", 7, 7, 0);
	numbers("\033[2;5H", 2, 5, 0);
	numbers("\033[;5H", 7, 5, 0);
	numbers("\033[0;H", 0, 7, 0);
	numbers("\033[?25;1l", 25, 1, '?');
	numbers("\033[4:3;9m", 4, 9, 0);
	numbers("\033[99999999999;65535C", 65535, 65535, 0);
}
END_TEST

START_TEST(utf8_decodes_and_waits_for_the_rest_of_a_character)
{
	static const struct { const char *text; size_t n, bytes; uint32_t code; } rows[] = {
		{ "a", 1, 1, 'a' }, { "\xc3\xa9", 2, 2, 0xe9 }, { "\xe2\x82\xac", 3, 3, 0x20ac }, { "\xf0\x9f\x98\x80", 4, 4, 0x1f600 },
		{ "\xe2\x82", 2, 0, 0xfffd }, { "\xf0", 1, 0, 0xfffd }, { "\xf0\x9f\x98", 3, 0, 0xfffd },
		{ "\xe2(", 2, 1, 0xfffd }, { "\xff", 1, 1, 0xfffd }, { "\xc0\xaf", 2, 1, 0xfffd }, { "\xed\xa0\x80", 3, 1, 0xfffd },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint32_t code;
		ck_assert_uint_eq(utf8_decode(rows[i].text, rows[i].n, &code), rows[i].bytes);
		ck_assert_uint_eq(code, rows[i].code);
	}
}
END_TEST

static Suite *escape_suite(void)
{
	Suite *suite = suite_create("escape");
	TCase *tc = tcase_create("escape");
	tcase_add_test(tc, escape_knows_every_kind_of_sequence);
	tcase_add_test(tc, escape_skips_control_strings_to_their_end);
	tcase_add_test(tc, escape_reads_c1_controls_as_characters);
	tcase_add_test(tc, escape_sequences_are_cut_by_others);
	tcase_add_test(tc, escape_drops_what_is_malformed_whole);
	tcase_add_test(tc, escape_numbers_have_a_fallback_and_a_limit);
	tcase_add_test(tc, utf8_decodes_and_waits_for_the_rest_of_a_character);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(escape_suite)
