#include "stream/merge.h"

#include "stream/hole.h"

#include <stdlib.h>
#include <string.h>

enum {
	PART_BYTES = 64 * 1024,      /* of one channel … */
	PART_BYTES_MORE = 2 * 1024,  /* … and of each further one, so that a part holds several events of each */
	PAGE_BYTES_MAX = 64 * 1024,
	PAGE_EVENTS_MAX = 256,
};

/* One frame in the text of all pages. */
struct merge_piece {
	uint64_t seq, ordinal;
	size_t start, len;
	bool ends;    /* the run */
	bool made_up; /* no event of the store: its seq may be another's, whose reader must not be cut off before it */
};

/* A source that is being read: its place moves, and is kept in the end. */
struct merge_branch {
	struct source *source;
	uint64_t from, ordinal;
	uint64_t key;      /* what is to come of it has no lower seq; beyond `upto`: nothing is to come */
	size_t at, end;    /* the page: its pieces that were not sent yet */
	size_t page_bytes; /* of the next one: whoever is read on is read in larger ones */
	bool more;         /* the store may hold more behind the page */
};

void merge_begin(struct merge *merge, const struct merge_request *request, struct source *sources, size_t n)
{
	*merge = (struct merge){ .request = request, .n = n, .last = request->after };
	merge->part_bytes = PART_BYTES + (n - 1) * PART_BYTES_MORE;
	merge->branches = must_alloc(n * sizeof *merge->branches);
	for (size_t i = 0; i < n; i++)
		merge->branches[i] = (struct merge_branch){
			.source = &sources[i], .from = sources[i].from, .ordinal = sources[i].ordinal, .page_bytes = merge->part_bytes / n,
		};
}

void merge_clear(struct merge *merge)
{
	buf_clear(&merge->text);
	free(merge->pieces);
	free(merge->branches);
}

/* ---- pages ---- */

/* Reading one. */
struct page {
	struct merge *merge;
	struct merge_branch *branch;
	size_t bytes_max; /* it ends where the text is longer */
	struct store_place first;
	size_t events;
	bool stopped;
};

static void add_piece(struct merge *merge, const struct merge_piece *piece)
{
	if (merge->count == merge->capacity) {
		size_t capacity = merge->capacity ? merge->capacity * 2 : 32;
		struct merge_piece *pieces = must_alloc(capacity * sizeof *pieces);
		if (merge->count)
			memcpy(pieces, merge->pieces, merge->count * sizeof *pieces);
		free(merge->pieces);
		merge->pieces = pieces;
		merge->capacity = capacity;
	}
	merge->pieces[merge->count++] = *piece;
}

static void add_frame(struct merge *merge, const struct kind *kind, const struct event *event, bool made_up)
{
	const struct merge_request *request = merge->request;
	size_t start = merge->text.len;
	uint64_t cursor = event->seq < request->floor ? request->floor : event->seq;
	frame_event(&merge->text, request->format, kind, store_epoch(request->site->store), cursor, event);
	add_piece(merge, &(struct merge_piece){
		event->seq, event->ordinal, start, merge->text.len - start, !made_up && kind_ended_by(kind, event->name), made_up });
}

static bool add_event(void *arg, const struct event *event)
{
	struct page *page = arg;
	if (page->events++ == 0)
		page->first = (struct store_place){ event->seq, event->ordinal };
	add_frame(page->merge, page->branch->source->kind, event, false);
	page->stopped = page->merge->text.len >= page->bytes_max;
	return !page->stopped;
}

static void move_on(const struct merge *merge, struct merge_branch *branch)
{
	if (branch->at < branch->end)
		branch->key = merge->pieces[branch->at].seq;
	else
		branch->key = branch->more ? branch->from : merge->request->upto + 1;
}

/* "skipped N lines" before the pieces of its page. It goes after what was sent already, whenever the hole was found. */
static void put_skipped(struct merge *merge, struct merge_branch *branch, const struct hole *hole)
{
	struct made_up made_up;
	hole_skipped(merge->request->site->render, branch->source, branch->ordinal, hole, &made_up);
	if (made_up.event.seq < merge->last)
		made_up.event.seq = merge->last;
	add_frame(merge, branch->source->kind, &made_up.event, true);
	made_up_clear(&made_up);
	struct merge_piece piece = merge->pieces[merge->count - 1];
	memmove(merge->pieces + branch->at + 1, merge->pieces + branch->at, (merge->count - 1 - branch->at) * sizeof piece);
	merge->pieces[branch->at] = piece;
	branch->end = merge->count;
}

/* What is missing before the first event of those that come now, or at all where none does. */
static enum store_status look_for_hole(struct merge *merge, struct merge_branch *branch, const struct store_place *first, bool *lost)
{
	const struct merge_request *request = merge->request;
	struct hole hole = HOLE_NONE;
	enum store_status status = STORE_OK;
	if (!request->starts)
		status = hole_find(request->site->store, branch->source, branch->from - 1, branch->ordinal, request->upto, first, &hole);
	if (hole.there && request->behind && branch->source->kind->skips)
		put_skipped(merge, branch, &hole);
	else if (hole.there)
		*lost = true;
	return status;
}

static bool only_latest(const struct merge *merge, const struct merge_branch *branch)
{
	return merge->request->behind && branch->source->kind->latest; /* nothing older is missed */
}

static enum store_status read_page(struct merge *merge, struct merge_branch *branch, bool *lost)
{
	const struct merge_request *request = merge->request;
	struct store *store = request->site->store;
	struct page page = { .merge = merge, .branch = branch, .bytes_max = merge->text.len + branch->page_bytes };
	enum store_status status;

	branch->at = branch->end = merge->count;
	if (only_latest(merge, branch)) {
		status = store_read_last(store, branch->source->channel, branch->from - 1, request->upto, 1, add_event, &page);
		branch->more = false;
	} else {
		status = store_read(store, branch->source->channel, branch->from - 1, request->upto, PAGE_EVENTS_MAX, add_event, &page);
		branch->more = page.stopped || page.events == PAGE_EVENTS_MAX;
		branch->page_bytes = branch->page_bytes * 2 < PAGE_BYTES_MAX ? branch->page_bytes * 2 : PAGE_BYTES_MAX;
		branch->end = merge->count;
		if (status == STORE_OK)
			status = look_for_hole(merge, branch, &page.first, lost);
	}
	branch->end = merge->count;
	if (page.events)
		branch->from = merge->pieces[branch->end - 1].seq + 1;
	move_on(merge, branch);
	return status;
}

/* ---- where they begin ---- */

enum store_status merge_resume(struct merge *merge, size_t source, bool *lost)
{
	const struct merge_request *request = merge->request;
	struct merge_branch *branch = &merge->branches[source];
	struct store_place next;
	*lost = false;
	branch->more = true;
	branch->key = branch->from;
	if (branch->from > request->after + 1)
		return STORE_OK; /* a part before saw that nothing is due until there */
	branch->key = branch->from = request->after + 1;
	if (only_latest(merge, branch))
		return STORE_OK;
	if (merge->n == 1)
		return read_page(merge, branch, lost);
	enum store_status status = store_next(request->site->store, branch->source->channel, request->after, request->upto, &next);
	branch->at = branch->end = merge->count;
	if (status == STORE_OK)
		status = look_for_hole(merge, branch, &next, lost);
	branch->more = next.seq > 0;
	branch->from = branch->more ? next.seq : request->upto + 1;
	move_on(merge, branch);
	return status;
}

enum store_status merge_start(struct merge *merge, size_t source)
{
	const struct merge_request *request = merge->request;
	struct merge_branch *branch = &merge->branches[source];
	const struct kind *kind = branch->source->kind;
	struct store_place first = { 0, 0 };
	enum store_status status = STORE_OK;
	if (kind->start)
		status = store_start(request->site->store, branch->source->channel, request->upto, kind->start, kind->ends, &first);
	branch->more = first.seq > 0;
	branch->from = branch->key = branch->more ? first.seq : request->upto + 1;
	branch->ordinal = branch->more ? first.ordinal - 1 : branch->source->latest;
	return status;
}

bool merge_minds(const struct merge *merge, const struct source *source)
{
	return !(merge->n > 1 && source->kind->latest);
}

/* ---- in order ---- */

static bool is_read(const struct merge_branch *branch)
{
	return branch->at < branch->end;
}

/* Of equals: one that must be read before anything else can be sent, then an event, then what is made up. */
static int rank(const struct merge *merge, const struct merge_branch *branch)
{
	return !is_read(branch) ? 0 : merge->pieces[branch->at].made_up ? 2 : 1;
}

static struct merge_branch *first_branch(const struct merge *merge)
{
	struct merge_branch *first = merge->branches;
	for (struct merge_branch *branch = first + 1; branch < merge->branches + merge->n; branch++)
		if (branch->key < first->key || (branch->key == first->key && rank(merge, branch) < rank(merge, first)))
			first = branch;
	return first;
}

uint64_t merge_first(const struct merge *merge)
{
	return first_branch(merge)->key;
}

static void send_piece(struct merge *merge, struct merge_branch *branch, struct buf *out)
{
	const struct merge_piece *piece = &merge->pieces[branch->at++];
	buf_add(out, merge->text.data + piece->start, piece->len);
	branch->ordinal = piece->ordinal;
	merge->last = piece->seq;
	merge->ended = piece->ends;
	merge->events++;
	move_on(merge, branch);
}

enum store_status merge_part(struct merge *merge, struct buf *out, bool *lost)
{
	size_t bytes_max = out->len + merge->part_bytes;
	for (;;) {
		struct merge_branch *branch = first_branch(merge);
		bool missing = false;
		if (branch->key > merge->request->upto) {
			merge->last = merge->request->upto;
			return STORE_OK;
		}
		if (out->len >= bytes_max && branch->key > merge->last)
			return STORE_OK;
		if (is_read(branch)) {
			send_piece(merge, branch, out);
			continue;
		}
		enum store_status status = read_page(merge, branch, &missing);
		branch->source->resumes = branch->source->resumes && !missing;
		*lost = missing && merge_minds(merge, branch->source);
		if (status != STORE_OK || *lost)
			return status;
	}
}

void merge_keep_places(const struct merge *merge)
{
	for (const struct merge_branch *branch = merge->branches; branch < merge->branches + merge->n; branch++) {
		branch->source->from = branch->key;
		branch->source->ordinal = branch->ordinal;
	}
}
