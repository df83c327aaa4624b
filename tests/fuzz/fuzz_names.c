/* channel_check(), channel_read() and cursor_parse(): what they let through is safe in a header, a URL and an id line. */
#include "event/channel.h"
#include "event/cursor.h"
#include "event/event.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

const char *const fuzz_seeds[] = { "progress/import", "feed", "notifications/~me", "log/~a@b/c", "log/~a~40~6D~65", "k3x9-1042", "a-b-7", "a//b", "new-post", NULL };

#define WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct problem problem = PROBLEM_NONE;
	struct cursor cursor = CURSOR_NONE;
	char *text = malloc(n + 1);
	memcpy(text, bytes, n);
	text[n] = '\0';
	if (channel_check(text, &problem) && (strspn(text, WORD "/") != strlen(text) || strlen(text) > 255 || strstr(text, "//")))
		abort();
	char *channel = channel_read(text, &problem), *again = channel ? channel_read(channel, &problem) : NULL;
	if (channel && (!channel_check(channel, &problem) || !again || strcmp(channel, again) != 0))
		abort();
	free(channel);
	free(again);
	char *own = *text ? channel_of_login("log/~me", text, &problem) : NULL;
	if (own && (!channel_check(own, &problem) || !channel_is_of(own, text) || channel_is_mine(own)))
		abort();
	free(own);
	if (event_name_check(text, &problem) && strspn(text, WORD) != strlen(text))
		abort();
	if (cursor_parse(text, &cursor) && (!cursor_given(&cursor) || strlen(cursor.epoch) > CURSOR_EPOCH_BYTES))
		abort();
	free(text);
	return 0;
}
