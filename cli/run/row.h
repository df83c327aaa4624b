/*
 * row - one line of a terminal: characters in columns, of unbounded width as far as a job is concerned.
 *
 * A cell is one character. It stands in one column, in two when it is wide, in up to eight when it is a tab, and in none
 * when it combines with the one before it. What is written over a part of a wide cell leaves blanks of the rest.
 * Columns count from 0; a row takes ROW_COLUMNS_MAX, drops what is written beyond, and then ends in "…".
 * Pure: no I/O.
 */
#ifndef RUNNEL_ROW_H
#define RUNNEL_ROW_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ROW_COLUMNS_MAX = 8192,
	ROW_BYTES_MAX = 8192, /* of its text, without the "…" of a longer one */
	ROW_TAB = 8
};

/* What the log has of a row. */
enum row_state { ROW_FRESH, ROW_SENT, ROW_ALTERED };

struct cell {
	uint32_t code;  /* a Unicode scalar value */
	uint16_t style; /* for colours; none are kept yet */
	uint8_t width;  /* columns */
};

struct row {
	struct cell *cells;
	unsigned len, room;             /* cells */
	unsigned columns;               /* the sum of their widths */
	unsigned at_cell, at_column;    /* a place that was looked up; nothing before it has changed since */
	bool plain;                     /* each cell has one column */
	bool cut;                       /* more was written than it takes */
	bool ended;                     /* a line feed was written here */
	bool touched;                   /* it was changed since somebody looked */
	enum row_state state;
	uint64_t sent;                  /* a hash of the text that the log has */
};

#define ROW_INIT { .plain = true }

/* Writes one character that takes `width` columns, over what is there; 0: it combines with what ends at the column. */
void row_put(struct row *row, unsigned column, uint32_t code, unsigned width, uint16_t style);

/* The same for n characters of printable ASCII. */
void row_put_ascii(struct row *row, unsigned column, const char *text, size_t n, uint16_t style);

/* Blanks the columns from `from` up to `to`. */
void row_erase(struct row *row, unsigned from, unsigned to);

/* ICH, DCH (ECMA-48 §8.3.64, §8.3.26): n blanks come in at the column, or n columns go. */
void row_insert(struct row *row, unsigned column, unsigned n);
void row_delete(struct row *row, unsigned column, unsigned n);

bool row_is_blank(const struct row *row);

/* Adds its text, UTF-8, without the spaces at its end, which wiping leaves. */
void row_text(const struct row *row, struct buf *out);

void row_clear(struct row *row);

#endif
