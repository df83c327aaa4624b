#include "run/backlog.h"

#include <stdlib.h>

enum { BYTES_MAX = 32 << 20, LINES_MAX = 100000 };

struct backlog_piece {
	struct backlog_piece *next;
	struct pack pack;
	size_t at, taken; /* how far it was taken: bytes, lines */
};

bool backlog_is_full(const struct backlog *backlog)
{
	return backlog->lines >= LINES_MAX || backlog->bytes >= BYTES_MAX;
}

void backlog_put(struct backlog *backlog, struct pack *pack)
{
	if (pack->lines == 0)
		return;
	struct backlog_piece *piece = must_alloc(sizeof *piece);
	piece->pack = *pack;
	*pack = (struct pack)PACK_INIT;
	if (backlog->last)
		backlog->last->next = piece;
	else
		backlog->first = piece;
	backlog->last = piece;
	backlog->lines += piece->pack.lines;
	backlog->bytes += piece->pack.bytes.len;
}

/* Frees the oldest piece; what was not taken of it is gone. */
static void free_first(struct backlog *backlog)
{
	struct backlog_piece *piece = backlog->first;
	backlog->first = piece->next;
	if (!backlog->first)
		backlog->last = NULL;
	backlog->lines -= piece->pack.lines - piece->taken;
	backlog->bytes -= piece->pack.bytes.len - piece->at;
	pack_clear(&piece->pack);
	free(piece);
}

void backlog_take(struct backlog *backlog, size_t lines, struct pack *out, unsigned long *skipped)
{
	struct packed_line line;
	*skipped = backlog->skipped;
	backlog->skipped = 0;
	while (backlog->first && out->lines < lines) {
		struct backlog_piece *piece = backlog->first;
		size_t before = piece->at;
		if (!pack_next(&piece->pack, &piece->at, &line)) {
			free_first(backlog);
			continue;
		}
		pack_add(out, line.error, line.text, line.n);
		piece->taken++;
		backlog->lines--;
		backlog->bytes -= piece->at - before;
	}
	if (backlog->first && backlog->first->at == backlog->first->pack.bytes.len)
		free_first(backlog);
}

void backlog_drop(struct backlog *backlog)
{
	backlog->skipped += backlog->first->pack.lines - backlog->first->taken;
	free_first(backlog);
}

void backlog_clear(struct backlog *backlog)
{
	while (backlog->first)
		free_first(backlog);
}
