#include "run/row.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { CELLS_MAX = 2 * ROW_COLUMNS_MAX, CELLS_FIRST = 64 };

static const struct cell blank = { ' ', 0, 1 };

static void reserve(struct row *row, unsigned cells)
{
	unsigned room = row->room ? row->room : CELLS_FIRST;
	while (room < cells)
		room *= 2;
	if (room == row->room)
		return;
	struct cell *all = must_alloc(room * sizeof *all);
	if (row->len)
		memcpy(all, row->cells, row->len * sizeof *all);
	free(row->cells);
	row->cells = all;
	row->room = room;
}

static unsigned width_of(const struct row *row, unsigned from, unsigned to)
{
	unsigned columns = 0;
	while (from < to)
		columns += row->cells[from++].width;
	return columns;
}

/* Puts n blanks in the place of the cells from `at` up to `to`. */
static void replace(struct row *row, unsigned at, unsigned to, unsigned n)
{
	unsigned before = width_of(row, at, to);
	reserve(row, row->len - (to - at) + n);
	if (to < row->len && n != to - at)
		memmove(row->cells + at + n, row->cells + to, (row->len - to) * sizeof *row->cells);
	row->len = row->len - (to - at) + n;
	row->columns = row->columns - before + n;
	row->plain |= row->len == 0;
	for (unsigned i = 0; i < n; i++)
		row->cells[at + i] = blank;
}

/* The first cell at or after the column, which becomes the edge of a cell: fills up with blanks, breaks a wide one. */
static unsigned cell_at(struct row *row, unsigned column)
{
	unsigned at = row->at_cell, here = row->at_column;
	if (column > row->columns)
		replace(row, row->len, row->len, column - row->columns);
	if (row->plain)
		return column;
	if (column == row->columns)
		return row->len;
	if (here > column || at > row->len)
		at = here = 0;
	while (here < column && here + row->cells[at].width <= column)
		here += row->cells[at++].width;
	if (here < column) { /* inside a wide one */
		unsigned inside = column - here;
		replace(row, at, at + 1, row->cells[at].width);
		at += inside;
	}
	while (at < row->len && row->cells[at].width == 0 && column > 0)
		at++; /* what combines belongs to the one before */
	row->at_cell = at;
	row->at_column = column;
	return at;
}

static void changed(struct row *row)
{
	row->touched = true;
	if (row->state == ROW_SENT)
		row->state = ROW_ALTERED;
}

/* Adds a character of no width to the one that ends at the column; alone at the start of a row it is dropped. */
static void combine(struct row *row, unsigned column, uint32_t code, uint16_t style)
{
	if (column == 0 || column > row->columns || row->len >= CELLS_MAX)
		return;
	unsigned at = cell_at(row, column);
	row->plain = false;
	replace(row, at, at, 1);
	row->columns--;
	row->cells[at] = (struct cell){ code, style, 0 };
	row->at_cell = row->at_column = 0;
}

void row_put(struct row *row, unsigned column, uint32_t code, unsigned width, uint16_t style)
{
	if (column + width > ROW_COLUMNS_MAX) {
		row->cut = true;
		return;
	}
	changed(row);
	if (width == 0) {
		combine(row, column, code, style);
		return;
	}
	unsigned at = cell_at(row, column);
	if (width == 1 && row->plain) {
		if (at == row->len)
			replace(row, at, at, 1);
	} else {
		unsigned end = column + width < row->columns ? column + width : row->columns;
		unsigned to = end > column ? cell_at(row, end) : at;
		replace(row, at, to, 1);
		row->columns += width - 1;
		row->plain &= width == 1;
		row->at_cell = at; /* nothing before it has changed */
		row->at_column = column;
	}
	row->cells[at] = (struct cell){ code, style, (uint8_t)width };
}

void row_put_ascii(struct row *row, unsigned column, const char *text, size_t n, uint16_t style)
{
	size_t room = column < ROW_COLUMNS_MAX ? ROW_COLUMNS_MAX - column : 0;
	if (n > room) {
		row->cut = true;
		n = room;
	}
	if (!row->plain) {
		for (size_t i = 0; i < n; i++)
			row_put(row, column + (unsigned)i, (unsigned char)text[i], 1, style);
		return;
	}
	if (n)
		changed(row);
	unsigned at = cell_at(row, column), end = at + (unsigned)n;
	if (end > row->len) {
		reserve(row, end);
		row->len = row->columns = end;
	}
	for (size_t i = 0; i < n; i++)
		row->cells[at + i] = (struct cell){ (unsigned char)text[i], style, 1 };
}

void row_erase(struct row *row, unsigned from, unsigned to)
{
	if (from >= row->columns || from >= to)
		return;
	changed(row);
	unsigned at = cell_at(row, from);
	if (to >= row->columns) {
		replace(row, at, row->len, 0);
		row->cut = false;
	} else {
		replace(row, at, cell_at(row, to), to - from);
		row->at_cell = row->at_column = 0;
	}
}

void row_insert(struct row *row, unsigned column, unsigned n)
{
	if (column >= row->columns || n == 0)
		return;
	changed(row);
	if (n > ROW_COLUMNS_MAX - column)
		n = ROW_COLUMNS_MAX - column;
	unsigned at = cell_at(row, column);
	replace(row, at, at, n);
	if (row->columns > ROW_COLUMNS_MAX)
		row_erase(row, ROW_COLUMNS_MAX, row->columns);
	row->at_cell = row->at_column = 0;
}

void row_delete(struct row *row, unsigned column, unsigned n)
{
	if (column >= row->columns || n == 0)
		return;
	changed(row);
	unsigned end = n < row->columns - column ? column + n : row->columns;
	unsigned at = cell_at(row, column);
	replace(row, at, cell_at(row, end), 0);
	row->at_cell = row->at_column = 0;
}

/* ---- its text ---- */

bool row_is_blank(const struct row *row)
{
	unsigned len = row->len;
	while (len && (row->cells[len - 1].code == ' ' || row->cells[len - 1].code == '\t'))
		len--;
	return len == 0;
}

static size_t encode(char *out, uint32_t code)
{
	static const struct { uint32_t below; unsigned char bytes, mark; } rows[] = {
		{ 0x80, 1, 0 }, { 0x800, 2, 0xc0 }, { 0x10000, 3, 0xe0 }, { 0x110000, 4, 0xf0 },
	};
	size_t i = 0;
	while (code >= rows[i].below)
		i++;
	for (size_t k = rows[i].bytes; k-- > 1; code >>= 6)
		out[k] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(rows[i].mark | code);
	return rows[i].bytes;
}

void row_text(const struct row *row, struct buf *out)
{
	unsigned len = row->len;
	while (len && row->cells[len - 1].code == ' ')
		len--;
	char *text = buf_room(out, ROW_BYTES_MAX + 8);
	size_t n = 0, bytes = 0;
	bool cut = row->cut;
	for (unsigned i = 0; i < len && n <= ROW_BYTES_MAX; i++) {
		bytes = encode(text + n, row->cells[i].code);
		n += bytes;
	}
	if (n > ROW_BYTES_MAX) {
		n -= bytes;
		cut = true;
	}
	out->len += n;
	buf_text(out, cut ? "…" : ""); /* and the NUL */
}

void row_clear(struct row *row)
{
	free(row->cells);
	*row = (struct row)ROW_INIT;
}
