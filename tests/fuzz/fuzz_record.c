/* incoming_take(): whatever a peer sends, in whatever pieces, is a request or the end of its connection. */
#include "fuzz.h"
#include "incoming.h"

#include <stdlib.h>
#include <string.h>

/* Seeds are strings and records are full of NULs: each '~' stands for one, and '^' for the byte 1. */
const char *const fuzz_seeds[] = {
	"^^~^~\x08~~~^^~~~~~" "^\x04~^~\x07~~\x01\x04X1234" "^\x04~^~~~~" "^\x05~^~\x02~~ab" "^\x05~^~~~~",
	"^\x09~~~\x11~~\x0f~FCGI_MPXS_CONNS" "^\x0b~~~~~~",
	"^^~^~\x08~~~\x02~~~~~~" "^\x02~^~~~~",
	NULL
};

enum { BODY_MAX = 64 };

static void run(const char *bytes, size_t n, size_t piece, struct incoming *incoming)
{
	incoming_init(incoming, BODY_MAX);
	for (size_t at = 0; at < n && incoming->stage < INCOMING_WHOLE;) {
		size_t part = n - at < piece ? n - at : piece, taken = incoming_take(incoming, bytes + at, part);
		if (taken > part || (taken < part && incoming->stage < INCOMING_WHOLE) || incoming->body.len > BODY_MAX)
			abort();
		at += taken;
	}
}

static void must_be_equal(const struct buf *a, const struct buf *b)
{
	if (a->len != b->len || (a->len && memcmp(a->data, b->data, a->len) != 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t n)
{
	char *bytes = malloc(n + 1);
	struct incoming whole, pieces;
	for (size_t i = 0; i < n; i++)
		bytes[i] = input[i] == '~' ? '\0' : input[i] == '^' ? '\1' : (char)input[i];
	run(bytes, n, n + 1, &whole);
	for (size_t piece = 1; piece < 12; piece += 5) {
		run(bytes, n, piece, &pieces);
		if (whole.stage != pieces.stage || whole.full != pieces.full)
			abort();
		must_be_equal(&whole.params, &pieces.params);
		must_be_equal(&whole.body, &pieces.body);
		must_be_equal(&whole.replies, &pieces.replies);
		incoming_clear(&pieces);
	}
	incoming_clear(&whole);
	free(bytes);
	return 0;
}
