/* What of a grid goes out, and when. */
#include "run/grid.h"

enum {
	GAP_MS = 40,
	PATIENCE_MAX_MS = 3600 * 1000,
};

/* ---- sending ---- */

static uint64_t hash_of(const struct buf *text) /* FNV-1a */
{
	uint64_t hash = 0xcbf29ce484222325;
	for (size_t i = 0; i < text->len; i++)
		hash = (hash ^ (unsigned char)text->data[i]) * 0x100000001b3;
	return hash;
}

static void send_row(struct grid *grid, struct row *row)
{
	struct buf text = BUF_INIT;
	if (row->state == ROW_SENT)
		return;
	if (!grid->mute) {
		row_text(row, &text);
		uint64_t hash = hash_of(&text);
		if (row->state == ROW_FRESH || hash != row->sent)
			grid->visit(grid->arg, buf_string(&text), text.len);
		row->sent = hash;
		buf_clear(&text);
	}
	row->state = ROW_SENT;
}

void grid_send(struct grid *grid, unsigned to)
{
	for (unsigned i = 0; i < to; i++)
		send_row(grid, grid_row(grid, i));
}

/* ---- settling ---- */

static bool counts(const struct row *row)
{
	return row->ended || !row_is_blank(row);
}

unsigned grid_rows_shown(const struct grid *grid, unsigned n)
{
	while (n && !counts(grid_row(grid, n - 1)))
		n--;
	return n;
}

static unsigned rows_left(const struct grid *grid)
{
	return grid_rows_shown(grid, grid->row);
}

/* How many rows lie above all that the program is known to come back to. */
static unsigned rows_out_of_reach(const struct grid *grid)
{
	return grid->count - 1 > grid->reach ? grid->count - 1 - grid->reach : 0;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* When a row that the cursor has left goes out. */
static int64_t row_due(const struct grid *grid, unsigned i)
{
	enum row_state state = grid_row(grid, i)->state;
	int64_t gap_over = grid->waiting ? grid->left_ms + GAP_MS : 0;
	if (state == ROW_SENT)
		return INT64_MAX;
	if (i < rows_out_of_reach(grid))
		return gap_over;
	return later(gap_over, grid->raised_ms + (state == ROW_FRESH ? grid->hold_ms : grid->patience_ms));
}

void grid_settle(struct grid *grid)
{
	unsigned n = rows_left(grid);
	while (n && row_due(grid, n - 1) > grid->now_ms)
		n--;
	if (n == 0)
		return;
	if (grid_row(grid, n - 1)->state == ROW_ALTERED && n > rows_out_of_reach(grid) && grid->patience_ms < PATIENCE_MAX_MS)
		grid->patience_ms *= 2; /* a bar that moves once in a minute must not fill the log either */
	grid_send(grid, n);
	grid->waiting = false;
}

int64_t grid_due(const struct grid *grid)
{
	int64_t due = INT64_MAX;
	for (unsigned i = rows_left(grid); i-- > 0;)
		if (row_due(grid, i) < due)
			due = row_due(grid, i);
	return due;
}

void grid_end(struct grid *grid)
{
	unsigned n = grid->count;
	while (n > grid->row && row_is_blank(grid_row(grid, n - 1)))
		n--;
	grid_send(grid, n > grid->row ? n : rows_left(grid));
}
