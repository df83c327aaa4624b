#include "event/cursor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool cursor_parse(const char *text, struct cursor *cursor)
{
	const char *dash = strrchr(text, '-');
	size_t epoch = dash ? (size_t)(dash - text) : 0;
	size_t digits = dash ? strspn(dash + 1, "0123456789") : 0;

	if (epoch == 0 || epoch > CURSOR_EPOCH_BYTES || strlen(text) > CURSOR_BYTES_MAX)
		return false;
	if (strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.-") < strlen(text))
		return false;
	if (digits == 0 || dash[1 + digits] != '\0')
		return false;
	errno = 0;
	uint64_t seq = strtoull(dash + 1, NULL, 10);
	if (errno || seq > INT64_MAX)
		return false;
	memcpy(cursor->epoch, text, epoch);
	cursor->epoch[epoch] = '\0';
	cursor->seq = seq;
	return true;
}
