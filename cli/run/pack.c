#include "run/pack.h"

#include <stdint.h>
#include <string.h>

/* Before each line stands its length, doubled, plus one for an error. */
typedef uint32_t pack_head;

void pack_add(struct pack *pack, bool error, const char *text, size_t n)
{
	pack_head head = (pack_head)n << 1 | error;
	char *room = buf_room(&pack->bytes, sizeof head + n);
	memcpy(room, &head, sizeof head);
	if (n)
		memcpy(room + sizeof head, text, n);
	pack->bytes.len += sizeof head + n;
	pack->lines++;
}

bool pack_next(const struct pack *pack, size_t *at, struct packed_line *line)
{
	pack_head head;
	if (*at == pack->bytes.len)
		return false;
	memcpy(&head, pack->bytes.data + *at, sizeof head);
	*line = (struct packed_line){ head & 1, pack->bytes.data + *at + sizeof head, head >> 1 };
	*at += sizeof head + line->n;
	return true;
}

void pack_clear(struct pack *pack)
{
	buf_clear(&pack->bytes);
	pack->lines = 0;
}
