#include "run/screen.h"

#include "base/utf8.h"
#include "run/width.h"

#include <string.h>

enum { BS = 0x08, HT = 0x09, LF = 0x0a, VT = 0x0b, FF = 0x0c, CR = 0x0d, C1_IND = 0x84, C1_NEL = 0x85, C1_RI = 0x8d };

/* ---- text ---- */

static void put(struct screen *screen, uint32_t code)
{
	struct grid *grid = screen->grid;
	if (code == 0x2028 || code == 0x2029) /* a line of a log is one line */
		return;
	unsigned width = character_width(code);
	struct row *row = grid_touch(grid);
	if (screen->insert)
		row_insert(row, grid->column, width);
	row_put(row, grid->column, code, width, screen->style);
	grid_move(grid, grid->row, (int64_t)grid->column + width);
	screen->last = code;
}

static size_t put_ascii(struct screen *screen, const char *bytes, size_t n)
{
	struct grid *grid = screen->grid;
	size_t run = 0;
	if (screen->insert || escape_is_open(&screen->escape))
		return 0;
	while (run < n && bytes[run] >= 0x20 && bytes[run] < 0x7f)
		run++;
	if (run == 0)
		return 0;
	row_put_ascii(grid_touch(grid), grid->column, bytes, run, screen->style);
	grid_move(grid, grid->row, (int64_t)grid->column + (int64_t)run);
	screen->last = (unsigned char)bytes[run - 1];
	return run;
}

/* A tab over nothing is kept as what it is; over text it only moves the cursor. */
static void tab(struct grid *grid)
{
	unsigned to = (grid->column / ROW_TAB + 1) * ROW_TAB;
	if (grid->column >= grid_row(grid, grid->row)->columns)
		row_put(grid_touch(grid), grid->column, HT, to - grid->column, 0);
	grid_move(grid, grid->row, to);
}

static void control(struct screen *screen, uint32_t code)
{
	struct grid *grid = screen->grid;
	switch (code) {
	case BS: grid_move(grid, grid->row, (int64_t)grid->column - 1); break;
	case HT: tab(grid); break;
	case CR: grid->column = 0; break;
	case LF: case C1_NEL: grid_line_feed(grid, true); break;
	case VT: case FF: case C1_IND: grid_line_feed(grid, false); break;
	case C1_RI: grid_reverse_feed(grid); break;
	default: break;
	}
}

/* ---- sequences ---- */

static void save(struct grid *grid)
{
	grid->saved = (struct cursor_place){ grid->row, grid->column };
}

static void restore(struct grid *grid)
{
	grid_move(grid, grid->saved.row, grid->saved.column);
}

static void reset(struct screen *screen)
{
	struct grid *grid = screen->grid;
	grid_wipe(grid);
	grid_move(grid, grid->top, 0);
	grid->margin_top = 0;
	grid->margin_bottom = grid->height - 1;
	screen->insert = false;
}

static void sequence(struct screen *screen)
{
	struct grid *grid = screen->grid;
	if (*screen->escape.intermediates)
		return;
	switch (screen->escape.final) {
	case '7': save(grid); break;
	case '8': restore(grid); break;
	case 'D': grid_line_feed(grid, false); break;
	case 'E': grid_line_feed(grid, true); break;
	case 'M': grid_reverse_feed(grid); break;
	case 'c': reset(screen); break;
	default: break;
	}
}

static void erase_in_line(struct grid *grid, unsigned how)
{
	if (how > 2)
		return;
	row_erase(grid_touch(grid), how == 0 ? grid->column : 0, how == 1 ? grid->column + 1 : ROW_COLUMNS_MAX);
}

static void erase_in_screen(struct grid *grid, unsigned how, bool homed)
{
	switch (how) {
	case 0:
		if (homed && grid->row == grid->top && grid->column == 0) { /* clear(1) of some terminals */
			grid_wipe(grid);
			break;
		}
		erase_in_line(grid, 0);
		grid_erase_rows(grid, grid->row + 1, grid->count);
		break;
	case 1:
		grid_erase_rows(grid, grid->top, grid->row);
		erase_in_line(grid, 1);
		break;
	case 2:
		grid_wipe(grid);
		break;
	default: /* 3: a terminal's history is no affair of the log's */
		break;
	}
}

/* The alternate screen begins empty each time; the main one is as it was. */
static void show(struct screen *screen, bool other)
{
	struct grid *from = screen->grid, *to = other ? &screen->other : &screen->main;
	if (from == to)
		return;
	to->now_ms = from->now_ms;
	screen->grid = to;
	if (other) {
		grid_reset(to);
		save(&screen->main);
	} else {
		grid_reset(from);
		restore(to);
	}
}

static void set_mode(struct screen *screen, bool on)
{
	const struct escape *escape = &screen->escape;
	bool private = escape_private(escape) == '?';
	for (unsigned i = 0, mode; (mode = escape_number(escape, i, 0)) != 0; i++) {
		if (private && (mode == 1049 || mode == 1047 || mode == 47))
			show(screen, on);
		else if (private && mode == 1048)
			(on ? save : restore)(screen->grid);
		else if (!private && mode == 4)
			screen->insert = on;
	}
}

/* Never more than fills the terminal's line. What is inserted comes in at once. */
static void repeat(struct screen *screen, unsigned n)
{
	struct grid *grid = screen->grid;
	bool insert = screen->insert;
	if (!screen->last)
		return;
	if (n > grid->width)
		n = grid->width;
	if (insert)
		row_insert(grid_touch(grid), grid->column, n * character_width(screen->last));
	screen->insert = false;
	while (n-- && grid->column < ROW_COLUMNS_MAX)
		put(screen, screen->last);
	screen->insert = insert;
}

/* To a column that a sequence names: no further than the terminal is wide, or than the cursor is. */
static void to_column(struct grid *grid, int64_t column)
{
	int64_t last = grid->width - 1;
	if (last < grid->column)
		last = grid->column;
	grid_move(grid, grid->row, column < last ? column : last);
}

static void to_row(struct grid *grid, int64_t row, int64_t column)
{
	int64_t top = grid->top > grid->row ? 0 : grid->top;
	grid_move(grid, row < top ? top : row, column);
}

/* A control sequence without a private marker or an intermediate. n is the first parameter, at least 1 where it counts something. */
static void control_sequence(struct screen *screen)
{
	struct grid *grid = screen->grid;
	const struct escape *escape = &screen->escape;
	unsigned first = escape_number(escape, 0, 0), n = first ? first : 1, second = escape_number(escape, 1, 1);
	int64_t row = grid->row, column = grid->column;

	switch (escape->final) {
	case 'A': case 'k': to_row(grid, row - n, column); break;                /* CUU, VPB */
	case 'B': case 'e': to_row(grid, row + n, column); break;                /* CUD, VPR */
	case 'C': case 'a': to_column(grid, column + n); break;                  /* CUF, HPR */
	case 'D': case 'j': grid_move(grid, row, column - n); break;             /* CUB, HPB */
	case 'E': to_row(grid, row + n, 0); break;                               /* CNL */
	case 'F': to_row(grid, row - n, 0); break;                               /* CPL */
	case 'G': case '`': to_column(grid, (int64_t)n - 1); break;              /* CHA, HPA */
	case 'd': grid_move(grid, grid_of_screen(grid, n - 1), column); break;   /* VPA */
	case 'H': case 'f':                                                      /* CUP, HVP */
		grid_move(grid, grid_of_screen(grid, n - 1), 0);
		to_column(grid, (int64_t)second - 1);
		break;
	case 'I': to_column(grid, (column / ROW_TAB + n) * ROW_TAB); break;      /* CHT */
	case 'Z': to_column(grid, ((column + ROW_TAB - 1) / ROW_TAB - n) * ROW_TAB); break; /* CBT */
	case 'J': erase_in_screen(grid, first, screen->homed); break;            /* ED */
	case 'K': erase_in_line(grid, first); break;                             /* EL */
	case 'X': row_erase(grid_touch(grid), grid->column, grid->column + n); break; /* ECH */
	case '@': row_insert(grid_touch(grid), grid->column, n); break;          /* ICH */
	case 'P': row_delete(grid_touch(grid), grid->column, n); break;          /* DCH */
	case 'L': grid_insert_rows(grid, n); break;                              /* IL */
	case 'M': grid_delete_rows(grid, n); break;                              /* DL */
	case 'S': grid_scroll(grid, (int)n); break;                              /* SU */
	case 'T': if (!strchr(escape->parameters, ';')) grid_scroll(grid, -(int)n); break; /* SD */
	case 'b': repeat(screen, n); break;                                      /* REP */
	case 's': save(grid); break;
	case 'u': restore(grid); break;
	case 'r':                                                                /* DECSTBM */
		grid_set_margins(grid, n - 1, escape_number(escape, 1, 0) ? second - 1 : grid->height - 1);
		grid_move(grid, grid_of_screen(grid, 0), 0);
		break;
	case 'h': case 'l': set_mode(screen, escape->final == 'h'); break;       /* SM, RM */
	default: break;
	}
}

static void csi(struct screen *screen)
{
	const struct escape *escape = &screen->escape;
	char private = escape_private(escape);
	if (*escape->intermediates)
		return;
	if (!private || (private == '?' && strchr("hlJK", escape->final)))
		control_sequence(screen);
	screen->homed = !private && strchr("Hf", escape->final);
}

static void character(struct screen *screen, uint32_t code)
{
	switch (escape_feed(&screen->escape, code)) {
	case ESCAPE_TEXT: put(screen, code); break;
	case ESCAPE_CONTROL: control(screen, code); break;
	case ESCAPE_SEQUENCE: sequence(screen); break;
	case ESCAPE_CSI: csi(screen); break;
	case ESCAPE_MORE: case ESCAPE_STRING: case ESCAPE_DROPPED: break;
	}
}

/* ---- bytes ---- */

/* Completes the character that the last write began; the bytes that it took. */
static size_t complete_pending(struct screen *screen, const char *bytes, size_t n)
{
	unsigned before = screen->pending_bytes;
	uint32_t code;
	size_t more = n < SCREEN_PENDING_MAX - before ? n : SCREEN_PENDING_MAX - before;
	memcpy(screen->pending + before, bytes, more);
	size_t taken = utf8_decode(screen->pending, before + more, &code);
	if (taken == 0) { /* still not whole; four bytes always are */
		screen->pending_bytes = before + (unsigned)more;
		return more;
	}
	character(screen, code);
	if (taken < before) { /* a bad byte: what follows it begins anew */
		memmove(screen->pending, screen->pending + taken, before - taken);
		screen->pending_bytes = before - (unsigned)taken;
		return 0;
	}
	screen->pending_bytes = 0;
	return taken - before;
}

static size_t write_some(struct screen *screen, const char *bytes, size_t n)
{
	uint32_t code;
	if (screen->pending_bytes)
		return complete_pending(screen, bytes, n);
	size_t taken = put_ascii(screen, bytes, n);
	if (taken)
		return taken;
	taken = utf8_decode(bytes, n, &code);
	if (taken) {
		character(screen, code);
		return taken;
	}
	memcpy(screen->pending, bytes, n); /* fewer than four */
	screen->pending_bytes = (unsigned)n;
	return n;
}

void screen_write(struct screen *screen, const char *bytes, size_t n, int64_t now_ms)
{
	screen->main.now_ms = screen->other.now_ms = now_ms;
	while (n) {
		size_t taken = write_some(screen, bytes, n);
		bytes += taken;
		n -= taken;
	}
	grid_settle(&screen->main);
}

/* ---- what comes out ---- */

void screen_settle(struct screen *screen, int64_t now_ms)
{
	screen->main.now_ms = now_ms;
	grid_settle(&screen->main);
}

int64_t screen_due(const struct screen *screen)
{
	return grid_due(&screen->main);
}

bool screen_look(struct screen *screen, bool (*visit)(void *arg, const char *line, size_t n), void *arg)
{
	struct buf text = BUF_INIT;
	bool found = false;
	for (unsigned i = screen->main.count; i-- > 0;) {
		struct row *row = grid_row(&screen->main, i);
		if (row->touched && !found) {
			buf_reset(&text);
			row_text(row, &text);
			found = visit(arg, buf_string(&text), text.len);
		}
		row->touched = false;
	}
	buf_clear(&text);
	return found;
}

void screen_unfinished(const struct screen *screen, struct buf *out)
{
	const struct row *row = grid_row(&screen->main, screen->main.row);
	if (screen->grid == &screen->main && !row->ended)
		row_text(row, out);
}

/* ---- its life ---- */

void screen_init(struct screen *screen, unsigned height, unsigned width, grid_visit *visit, void *arg)
{
	*screen = (struct screen){ .escape = ESCAPE_INIT };
	grid_init(&screen->main, height, width, visit, arg);
	grid_init(&screen->other, height, width, visit, arg);
	screen->other.mute = true;
	screen->grid = &screen->main;
}

void screen_end(struct screen *screen)
{
	if (screen->pending_bytes && !escape_is_open(&screen->escape))
		put(screen, 0xfffd);
	grid_end(&screen->main);
	if (screen->grid == &screen->other) {
		screen->other.mute = false;
		grid_end(&screen->other);
	}
	grid_clear(&screen->main);
	grid_clear(&screen->other);
}
