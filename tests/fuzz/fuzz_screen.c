/* screen: whatever a job writes, lines come out that are whole UTF-8 without controls, and none is longer than a row may be. */
#include "../../cli/run/screen.h"
#include "../../cli/run/percent.h"

#include "fuzz.h"
#include "base/utf8.h"

#include <stdlib.h>

const char *const fuzz_seeds[] = {
	"one\n\033[A\033[2Ktwo\r\n\033[3;5Hx\033[Jy\033[1;4r\n\n\033M\033[L\033[M\033[2S\033[3T",
	"\033[?1049hfull\033[?1049l\0337a\0338\033[4h\xe8\xbf\x9b\b\033[P\033[@\033[X\033[65535b\t\033[Z",
	"e\xcc\x81 45 % 3/8\r\033[K\033]0;t\a\033P\033\\\xc2\x9b" "1m\033c", NULL,
};

static void on_line(void *arg, const char *line, size_t n)
{
	double percent = 0;
	(void)arg;
	if (n > ROW_BYTES_MAX + 3 || !utf8_valid(line, n))
		abort();
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20 && line[i] != '\t')
			abort();
	if (percent_find(line, &percent) && !(percent >= 0 && percent <= 100))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct screen screen;
	int64_t now = 1;
	size_t step = n ? 1 + bytes[0] % 16 : 1;
	screen_init(&screen, n % 3 ? 0 : 1 + (unsigned)n % 30, 80, on_line, NULL);
	for (size_t at = 0; at < n; at += step, now += bytes[at - step]) {
		screen_write(&screen, (const char *)bytes + at, n - at < step ? n - at : step, now);
		screen_settle(&screen, now);
	}
	screen_end(&screen);
	return 0;
}
