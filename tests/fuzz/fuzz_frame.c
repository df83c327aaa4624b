/* frame_event(): whatever a fragment holds, a reader sees one block, and the fragment's lines in it. */
#include "event/frame.h"
#include "fuzz.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

const char *const fuzz_seeds[] = { "<p>x</p>", "a\nb\r\nc\rd", "\n\n", "id: 1\n\nevent: close\ndata: x\n\n", "\033[1mred\033[0m\xff", NULL };

/* Every line must be a field that we wrote, and the only empty one must be the last. */
static void check(const struct buf *block)
{
	if (memchr(block->data, '\r', block->len) || block->len < 2 || memcmp(block->data + block->len - 2, "\n\n", 2) != 0)
		abort();
	for (const char *line = block->data; *line; line = strchr(line, '\n') + 1)
		if (*line != '\n' ? strncmp(line, "id: ", 4) != 0 && strncmp(line, "event: ", 7) != 0 && strncmp(line, "data: ", 6) != 0
				  : line[1] != '\0')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct buf mended = BUF_INIT, block = BUF_INIT;
	struct kinds kinds;
	kinds_init(&kinds);
	text_clean(&mended, (const char *)bytes, n, TEXT_LINES);
	if (!utf8_valid(buf_string(&mended), mended.len))
		abort();
	if (memchr(bytes, 0, n) == NULL) {
		struct event event = { .seq = 1, .channel = "log/x", .name = "log", .values = "{}", .values_bytes = 2,
				       .fragment = (const char *)bytes, .fragment_bytes = n };
		for (int format = 0; format < FRAME_FORMATS; format++) {
			buf_reset(&block);
			frame_event(&block, (enum frame_format)format, kinds_of(&kinds, "log"), "e", 1, &event);
			check(&block);
		}
	}
	buf_clear(&mended);
	buf_clear(&block);
	kinds_clear(&kinds);
	return 0;
}
