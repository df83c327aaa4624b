/* text_clean() and escape_feed(): what comes out is UTF-8 without controls, and cleaning it again changes nothing. */
#include "fuzz.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

const char *const fuzz_seeds[] = {
	"\033[1;31mred\033[0m", "\033]0;title\a\033P1\033\\x", "a\r\nb\rc\n", "\xef\xbb\xbfx\xe2\x80\xa8\xe2\x80\xae", "\xc2\x9b" "31m\xc2\x90x\xc2\x9c", "\033(BOK\030\032\xff", NULL,
};

static void check(const char *bytes, size_t n, enum text_shape shape)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;
	text_clean(&once, bytes, n, shape);
	const char *text = buf_string(&once);
	if (once.len && !utf8_valid(text, once.len))
		abort();
	for (size_t i = 0, step; i < once.len; i += step) {
		uint32_t code;
		step = utf8_decode(text + i, once.len - i, &code);
		bool control = code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x2028 || code == 0x2029;
		if (control && code != '\t' && !(code == '\n' && shape == TEXT_LINES))
			abort();
	}
	size_t mark = text_mark(text, once.len); /* a second mark behind the first is text, and would go */
	text_clean(&twice, text, once.len, shape);
	if (!mark && (twice.len != once.len || memcmp(buf_string(&twice), text, once.len) != 0))
		abort();
	text_is_blank(text);
	buf_clear(&once);
	buf_clear(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	for (int shape = TEXT_LINES; shape <= TEXT_TERMINAL; shape++)
		check((const char *)bytes, n, (enum text_shape)shape);
	char *line = malloc(n + 1);
	memcpy(line, bytes, n);
	line[n] = '\0';
	utf8_make_printable(line);
	if (!utf8_valid(line, strlen(line)) || strlen(line) > n)
		abort();
	free(line);
	return 0;
}
