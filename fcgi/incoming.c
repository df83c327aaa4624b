#include "incoming.h"

#include <string.h>

enum {
	RECORD_VERSION = 1,
	PARAMS_BYTES_MAX = 256 * 1024, /* all headers of a request: no web server takes as much */
	SMALL_BYTES_MAX = 1024,        /* BEGIN_REQUEST has 8, GET_VALUES some names */
	ROLE_RESPONDER = 1,
	FLAG_KEEP_CONN = 1,
};

void incoming_init(struct incoming *incoming, size_t body_max)
{
	*incoming = (struct incoming){ .body_max = body_max };
}

static void forget_request(struct incoming *incoming)
{
	buf_clear(&incoming->params);
	buf_clear(&incoming->body);
	incoming->full = incoming->dropping = false;
}

/* ---- name-value pairs ---- */

/* The length at *at (§3.4), which moves behind it; false when the bytes end within. */
static bool read_length(const unsigned char *bytes, size_t n, size_t *at, size_t *length)
{
	if (*at >= n)
		return false;
	*length = bytes[(*at)++];
	if (*length < 0x80)
		return true;
	if (n - *at < 3)
		return false;
	*length = (*length & 0x7f) << 24 | (size_t)bytes[*at] << 16 | (size_t)bytes[*at + 1] << 8 | bytes[*at + 2];
	*at += 3;
	return true;
}

/* Whether the pairs fill the bytes exactly: libfcgi would allocate whatever a length says. */
static bool pairs_fit(const struct buf *pairs)
{
	const unsigned char *bytes = (const unsigned char *)pairs->data;
	size_t at = 0, name, value;
	while (at < pairs->len) {
		if (!read_length(bytes, pairs->len, &at, &name) || !read_length(bytes, pairs->len, &at, &value) || name + value > pairs->len - at)
			return false;
		at += name + value;
	}
	return true;
}

/* ---- whole records ---- */

static void get_values(struct incoming *incoming)
{
	static const char name[] = "FCGI_MPXS_CONNS", pair[] = "\x0f\x01" "FCGI_MPXS_CONNS" "0";
	const struct buf *asked = &incoming->small;
	size_t n = asked->len && memmem(asked->data, asked->len, name, strlen(name)) ? strlen(pair) : 0;
	record_add_head(&incoming->replies, RECORD_GET_VALUES_RESULT, 0, n);
	buf_add(&incoming->replies, pair, n);
}

static void unknown_type(struct incoming *incoming)
{
	const char content[8] = { (char)incoming->record.type };
	record_add_head(&incoming->replies, RECORD_UNKNOWN_TYPE, 0, sizeof content);
	buf_add(&incoming->replies, content, sizeof content);
}

/* The request ends before it was answered; what else comes of it is passed over. */
static void round_away(struct incoming *incoming, unsigned id, bool keep, enum record_end how)
{
	record_add_end(&incoming->replies, id, how);
	forget_request(incoming);
	incoming->stage = keep ? INCOMING_NONE : INCOMING_OVER;
}

static void begin(struct incoming *incoming)
{
	const unsigned char *content = (const unsigned char *)incoming->small.data;
	bool keep;
	if (incoming->stage != INCOMING_NONE || incoming->small.len < 8) { /* a second request at the same time, too */
		incoming->stage = INCOMING_OVER;
		return;
	}
	keep = content[2] & FLAG_KEEP_CONN;
	if (content[0] != 0 || content[1] != ROLE_RESPONDER) {
		round_away(incoming, incoming->record.id, keep, RECORD_UNKNOWN_ROLE);
		return;
	}
	incoming->id = incoming->record.id;
	incoming->count++;
	incoming->unended_id = 0;
	incoming->keep = keep;
	incoming->stage = INCOMING_PARAMS;
}

/* Whether the record belongs to the request that is arriving. */
static bool is_current(const struct incoming *incoming)
{
	return (incoming->stage == INCOMING_PARAMS || incoming->stage == INCOMING_BODY) && incoming->record.id == incoming->id;
}

static void finish_small(struct incoming *incoming)
{
	if (incoming->record.id == 0 && incoming->record.type == RECORD_GET_VALUES)
		get_values(incoming);
	else if (incoming->record.id == 0)
		unknown_type(incoming);
	else if (incoming->record.type == RECORD_BEGIN_REQUEST)
		begin(incoming);
	else if (is_current(incoming)) /* ABORT_REQUEST */
		round_away(incoming, incoming->id, incoming->keep, RECORD_REQUEST_COMPLETE);
	buf_reset(&incoming->small);
}

/* ---- contents in pieces ---- */

static void add_params(struct incoming *incoming, const char *bytes, size_t n)
{
	if (incoming->stage != INCOMING_PARAMS || incoming->params.len + n > PARAMS_BYTES_MAX)
		incoming->stage = INCOMING_OVER;
	else
		buf_add(&incoming->params, bytes, n);
}

static void add_body(struct incoming *incoming, const char *bytes, size_t n)
{
	size_t room = incoming->body_max - incoming->body.len;
	if (incoming->dropping)
		return;
	if (n > room) {
		incoming->full = true;
		n = room;
	}
	buf_add(&incoming->body, bytes, n);
}

static bool is_small(const struct record_head *record)
{
	return record->id == 0 || record->type == RECORD_BEGIN_REQUEST || record->type == RECORD_ABORT_REQUEST;
}

static void add_content(struct incoming *incoming, const char *bytes, size_t n)
{
	if (is_small(&incoming->record))
		buf_add(&incoming->small, bytes, n);
	else if (is_current(incoming) && incoming->record.type == RECORD_PARAMS)
		add_params(incoming, bytes, n);
	else if (is_current(incoming) && incoming->record.type == RECORD_STDIN)
		add_body(incoming, bytes, n);
}

/* An empty record of a kind of stream is that stream's end. */
static void finish_stream(struct incoming *incoming)
{
	if (incoming->record.type == RECORD_STDIN && incoming->record.id == incoming->unended_id && !incoming->record.content)
		incoming->unended_id = 0;
	if (!is_current(incoming) || incoming->record.content)
		return;
	if (incoming->record.type == RECORD_PARAMS && incoming->stage == INCOMING_PARAMS)
		incoming->stage = pairs_fit(&incoming->params) ? INCOMING_BODY : INCOMING_OVER;
	else if (incoming->record.type == RECORD_STDIN)
		incoming->stage = INCOMING_WHOLE;
}

/* ---- records ---- */

static void start_record(struct incoming *incoming)
{
	struct record_head *record = &incoming->record;
	*record = record_head_read(incoming->head);
	incoming->content = record->content;
	incoming->padding = record->padding;
	if (record->version != RECORD_VERSION || (is_small(record) && record->content > SMALL_BYTES_MAX))
		incoming->stage = INCOMING_OVER;
	if (record->type == RECORD_STDIN && record->id == incoming->id && incoming->stage == INCOMING_PARAMS)
		incoming->stage = INCOMING_OVER; /* a body before the parameters have ended */
	if (record->type == RECORD_PARAMS && record->id == incoming->id && incoming->stage == INCOMING_BODY)
		incoming->stage = INCOMING_OVER;
}

static void finish_record(struct incoming *incoming)
{
	incoming->head_bytes = 0;
	if (is_small(&incoming->record))
		finish_small(incoming);
	else
		finish_stream(incoming);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Takes the next part of a record: of its head, its content or its padding. */
static size_t take_part(struct incoming *incoming, const char *bytes, size_t n)
{
	size_t part;
	if (incoming->head_bytes < RECORD_HEAD_BYTES) {
		part = least(n, RECORD_HEAD_BYTES - incoming->head_bytes);
		memcpy(incoming->head + incoming->head_bytes, bytes, part);
		incoming->head_bytes += part;
		if (incoming->head_bytes == RECORD_HEAD_BYTES)
			start_record(incoming);
		return part;
	}
	if (incoming->content) {
		part = least(n, incoming->content);
		add_content(incoming, bytes, part);
		incoming->content -= part;
		return part;
	}
	part = least(n, incoming->padding);
	incoming->padding -= part;
	return part;
}

size_t incoming_take(struct incoming *incoming, const char *bytes, size_t n)
{
	size_t taken = 0;
	while (taken < n && incoming->stage < INCOMING_WHOLE) {
		taken += take_part(incoming, bytes + taken, n - taken);
		if (incoming->stage != INCOMING_OVER && incoming->head_bytes == RECORD_HEAD_BYTES && !incoming->content && !incoming->padding)
			finish_record(incoming);
	}
	return taken;
}

void incoming_drop_body(struct incoming *incoming)
{
	incoming->dropping = true;
	buf_clear(&incoming->body);
}

bool incoming_is_idle(const struct incoming *incoming)
{
	return incoming->stage == INCOMING_NONE && incoming->head_bytes == 0 && !incoming->unended_id;
}

void incoming_reset(struct incoming *incoming)
{
	incoming->unended_id = incoming->stage == INCOMING_BODY ? incoming->id : 0;
	forget_request(incoming);
	incoming->keep = false;
	incoming->stage = INCOMING_NONE;
}

void incoming_clear(struct incoming *incoming)
{
	forget_request(incoming);
	buf_clear(&incoming->replies);
	buf_clear(&incoming->small);
}
