#include "run/grid.h"

#include <stdlib.h>
#include <string.h>

enum {
	ROOM = 2 * GRID_ROWS_MAX,
	CELLS_MAX = 1 << 20,                 /* in all rows: what is more goes out earlier */
	HEIGHT_UNKNOWN = 400, WIDTH_UNKNOWN = 1200,
	HOLD_MS = 2000, HOLD_MAX_MS = 10000, /* a program that repaints is waited for, at least twice as long as between two frames */
	FRAME_MS = 100,                      /* changes that are closer together are one frame */
};

struct row *grid_row(const struct grid *grid, unsigned i)
{
	return &grid->rows[grid->first + i];
}

/* ---- the window ---- */

static void up_by_one(unsigned *n)
{
	if (*n)
		(*n)--;
}

static void drop_first(struct grid *grid)
{
	if (grid_rows_shown(grid, 1))
		grid_send(grid, 1);
	row_clear(grid_row(grid, 0));
	grid->first++;
	grid->count--;
	up_by_one(&grid->row);
	up_by_one(&grid->saved.row);
	up_by_one(&grid->top);
}

/* Memory is bounded even where every row is as long as it may be. Counted now and then, for it takes a while. */
static void trim(struct grid *grid)
{
	size_t cells = 0;
	if (++grid->pushes % 64 != 0)
		return;
	for (unsigned i = 0; i < grid->count; i++)
		cells += grid_row(grid, i)->room;
	while (cells > CELLS_MAX && grid->row > 0) {
		cells -= grid_row(grid, 0)->room;
		drop_first(grid);
	}
}

/* Makes room for a row at i, which is at most count; the cursor and the screen stay with their rows. */
static void open_row(struct grid *grid, unsigned i)
{
	if (grid->count == GRID_ROWS_MAX) {
		drop_first(grid);
		up_by_one(&i);
	}
	if (grid->first + grid->count == ROOM) {
		memmove(grid->rows, grid->rows + grid->first, grid->count * sizeof *grid->rows);
		grid->first = 0;
	}
	struct row *row = grid_row(grid, i);
	memmove(row + 1, row, (grid->count - i) * sizeof *row);
	*row = (struct row)ROW_INIT;
	grid->count++;
	if (grid->count - grid->top > grid->height)
		grid->top = grid->count - grid->height;
}

static void close_row(struct grid *grid, unsigned i)
{
	struct row *row = grid_row(grid, i);
	if (row->state == ROW_FRESH && row->ended && !row_is_blank(row))
		grid_send(grid, i + 1); /* a line that was scrolled out of a region was a line all the same */
	row_clear(row);
	grid->count--;
	memmove(row, row + 1, (grid->count - i) * sizeof *row);
}

static void push_row(struct grid *grid)
{
	open_row(grid, grid->count);
	trim(grid);
}

/* ---- changing ---- */

static void raise_to(struct grid *grid, unsigned i)
{
	int64_t gap = grid->now_ms - grid->raised_ms;
	if (i + 1 >= grid->count)
		return;
	if (grid->count - 1 - i > grid->reach)
		grid->reach = grid->count - 1 - i;
	if (grid->raised_ms && gap > FRAME_MS)
		grid->hold_ms = 2 * gap < HOLD_MS ? HOLD_MS : 2 * gap < HOLD_MAX_MS ? 2 * gap : HOLD_MAX_MS;
	grid->raised_ms = grid->now_ms;
}

struct row *grid_touch(struct grid *grid)
{
	raise_to(grid, grid->row);
	return grid_row(grid, grid->row);
}

static unsigned last_of_screen(const struct grid *grid)
{
	return grid->top + grid->height - 1;
}

static void note_left(struct grid *grid)
{
	if (grid->waiting)
		return;
	grid->waiting = true;
	grid->left_ms = grid->now_ms;
}

void grid_move(struct grid *grid, int64_t row, int64_t column)
{
	int64_t last = last_of_screen(grid);
	row = row < 0 ? 0 : row > last ? last : row;
	if (row > grid->row)
		note_left(grid);
	while (grid->count <= row) {
		unsigned before = grid->count;
		push_row(grid);
		row -= before + 1 - grid->count; /* the window has moved on */
	}
	grid->row = (unsigned)row;
	grid->column = column < 0 ? 0 : column < ROW_COLUMNS_MAX ? (unsigned)column : ROW_COLUMNS_MAX;
}

unsigned grid_of_screen(const struct grid *grid, unsigned i)
{
	return grid->top + (i < grid->height ? i : grid->height - 1);
}

static bool has_region(const struct grid *grid)
{
	return grid->margin_top > 0 || grid->margin_bottom + 1 < grid->height;
}

static unsigned region_top(const struct grid *grid)
{
	return has_region(grid) ? grid->top + grid->margin_top : grid->top;
}

static unsigned region_bottom(const struct grid *grid)
{
	return grid->top + grid->margin_bottom;
}

/* The region moves up by a row. What leaves it at the top of the screen stays above it, as in any terminal's history. */
static void scroll_up(struct grid *grid)
{
	unsigned bottom = region_bottom(grid);
	while (grid->count <= bottom)
		push_row(grid), bottom = region_bottom(grid);
	if (grid->margin_top > 0) {
		close_row(grid, region_top(grid));
		bottom--;
	} else {
		grid->top++;
	}
	open_row(grid, bottom + 1 < grid->count ? bottom + 1 : grid->count);
}

static void scroll_down(struct grid *grid, unsigned from)
{
	unsigned bottom = region_bottom(grid);
	if (from >= grid->count || from > bottom)
		return;
	raise_to(grid, from);
	if (grid->count > bottom)
		close_row(grid, bottom);
	open_row(grid, from);
}

void grid_line_feed(struct grid *grid, bool ends)
{
	if (ends) {
		grid_row(grid, grid->row)->ended = true;
		grid->column = 0;
	}
	note_left(grid);
	if (has_region(grid) && grid->row == region_bottom(grid)) {
		scroll_up(grid);
		grid->row = region_bottom(grid);
		return;
	}
	if (grid->row + 1 == grid->count)
		push_row(grid);
	grid->row++;
}

void grid_reverse_feed(struct grid *grid)
{
	if (grid->row == region_top(grid))
		scroll_down(grid, grid->row);
	else
		up_by_one(&grid->row);
}

/* Nothing is left to be moved: a million such sequences cost no more than a few. */
static bool is_blank_from(const struct grid *grid, unsigned i)
{
	while (i < grid->count && row_is_blank(grid_row(grid, i)))
		i++;
	return i == grid->count;
}

static unsigned at_most_a_screen(const struct grid *grid, unsigned n)
{
	return n < grid->height ? n : grid->height;
}

void grid_insert_rows(struct grid *grid, unsigned n)
{
	for (n = at_most_a_screen(grid, n); n && !is_blank_from(grid, grid->row); n--)
		scroll_down(grid, grid->row);
	grid->column = 0;
}

void grid_delete_rows(struct grid *grid, unsigned n)
{
	for (n = at_most_a_screen(grid, n); n && !is_blank_from(grid, grid->row); n--) {
		raise_to(grid, grid->row);
		row_clear(grid_row(grid, grid->row));
		if (grid->row + 1 == grid->count)
			break;
		unsigned bottom = region_bottom(grid) < grid->count - 1 ? region_bottom(grid) : grid->count - 1;
		if (bottom <= grid->row)
			break;
		close_row(grid, grid->row);
		open_row(grid, bottom);
	}
	grid->column = 0;
}

void grid_scroll(struct grid *grid, int n)
{
	for (int i = 0; i < n && i < (int)grid->height && !is_blank_from(grid, region_top(grid)); i++) {
		unsigned on_screen = grid->row - grid->top;
		scroll_up(grid);
		grid->row = grid->top + on_screen;
	}
	for (int i = 0; i > n && i > -(int)grid->height && !is_blank_from(grid, region_top(grid)); i--)
		scroll_down(grid, region_top(grid));
}

void grid_erase_rows(struct grid *grid, unsigned from, unsigned to)
{
	for (; from < to && from < grid->count; from++) {
		struct row *row = grid_row(grid, from);
		if (row->columns)
			raise_to(grid, from);
		row_erase(row, 0, ROW_COLUMNS_MAX);
		row->ended = false;
	}
}

void grid_set_margins(struct grid *grid, unsigned top, unsigned bottom)
{
	if (bottom >= grid->height)
		bottom = grid->height - 1;
	if (top >= bottom)
		return;
	grid->margin_top = top;
	grid->margin_bottom = bottom;
}

/* ---- wiping ---- */

/* Whether what was on the screen is over: a frame that is painted anew comes soon after the last one. */
static bool is_new_page(const struct grid *grid)
{
	int64_t last = grid->raised_ms > grid->wiped_ms ? grid->raised_ms : grid->wiped_ms;
	return last == 0 || grid->now_ms - last > HOLD_MAX_MS;
}

/* All rows go, once they were sent; the cursor stays where it is on the screen. */
static void begin_page(struct grid *grid)
{
	unsigned row = grid->row - (grid->row < grid->top ? grid->row : grid->top), column = grid->column;
	grid_send(grid, grid_rows_shown(grid, grid->count));
	for (unsigned i = 0; i < grid->count; i++)
		row_clear(grid_row(grid, i));
	grid->first = grid->count = grid->row = grid->top = grid->reach = 0;
	push_row(grid);
	grid_move(grid, row, column);
}

void grid_wipe(struct grid *grid)
{
	if (is_new_page(grid))
		begin_page(grid);
	else
		grid_erase_rows(grid, grid->top, grid->count);
	grid->wiped_ms = grid->now_ms;
}

/* ---- its life ---- */

void grid_reset(struct grid *grid)
{
	for (unsigned i = 0; i < grid->count; i++)
		row_clear(grid_row(grid, i));
	unsigned height = grid->height, width = grid->width;
	*grid = (struct grid){ .rows = grid->rows, .mute = grid->mute, .visit = grid->visit, .arg = grid->arg,
		.height = height, .width = width, .margin_bottom = height - 1, .hold_ms = HOLD_MS, .patience_ms = GRID_PATIENCE_MS, .now_ms = grid->now_ms };
	push_row(grid);
}

void grid_init(struct grid *grid, unsigned height, unsigned width, grid_visit *visit, void *arg)
{
	*grid = (struct grid){ .rows = must_alloc(ROOM * sizeof *grid->rows), .visit = visit, .arg = arg };
	grid->height = !height ? HEIGHT_UNKNOWN : height < GRID_ROWS_MAX ? height : GRID_ROWS_MAX;
	grid->width = width ? width : WIDTH_UNKNOWN;
	grid_reset(grid);
}

void grid_clear(struct grid *grid)
{
	for (unsigned i = 0; i < grid->count; i++)
		row_clear(grid_row(grid, i));
	free(grid->rows);
	*grid = (struct grid){ .rows = NULL };
}
