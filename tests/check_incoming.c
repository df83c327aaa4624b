/* A request that arrives in FastCGI records, in any pieces, and what is none. */
#include "incoming.h"
#include "suite.h"

#include <string.h>

static struct incoming incoming;
static struct buf sent;

static void begin_with(size_t body_max)
{
	incoming_init(&incoming, body_max);
	buf_reset(&sent);
}

static void record(unsigned type, unsigned id, const void *content, size_t n, unsigned padding)
{
	const char head[8] = { 1, (char)type, (char)(id >> 8), (char)id, (char)(n >> 8), (char)n, (char)padding, 0 };
	buf_add(&sent, head, 8);
	buf_add(&sent, content, n);
	buf_add(&sent, "\7\7\7\7\7\7\7\7", padding);
}

static void begin_request(unsigned id, unsigned role, bool keep)
{
	record(1, id, (const char[8]){ 0, (char)role, keep }, 8, 0);
}

static void request(unsigned id, bool keep)
{
	begin_request(id, 1, keep);
	record(4, id, "\1\4X1", 4, 3); /* a pair in two records, with padding */
	record(4, id, "234", 3, 0);
	record(4, id, "", 0, 0);
	record(5, id, "ab", 2, 6);
	record(5, id, "c", 1, 0);
	record(5, id, "", 0, 0);
}

static void take_all(size_t piece)
{
	for (size_t at = 0; at < sent.len && incoming.stage < INCOMING_WHOLE; at += piece)
		incoming_take(&incoming, sent.data + at, sent.len - at < piece ? sent.len - at : piece);
}

static void is_the_request(void)
{
	ck_assert_int_eq(incoming.stage, INCOMING_WHOLE);
	ck_assert_uint_eq(incoming.params.len, 7);
	ck_assert_str_eq(incoming.body.data, "abc");
}

START_TEST(a_request_is_the_same_in_pieces_of_any_size)
{
	for (size_t piece = 1; piece < 120; piece++) {
		begin_with(100);
		request(1, true);
		take_all(piece);
		is_the_request();
		ck_assert(incoming.keep);
		incoming_clear(&incoming);
	}
}
END_TEST

START_TEST(bytes_behind_a_request_are_left_for_the_next)
{
	begin_with(100);
	request(1, true);
	size_t one = sent.len;
	request(3, true);
	ck_assert_uint_eq(incoming_take(&incoming, sent.data, sent.len), one);
	is_the_request();
	incoming_reset(&incoming);
	ck_assert_uint_eq(incoming_take(&incoming, sent.data + one, sent.len - one), sent.len - one);
	is_the_request();
	ck_assert_uint_eq(incoming.id, 3);
	incoming_clear(&incoming);
}
END_TEST

START_TEST(a_body_beyond_the_limit_is_dropped_and_known)
{
	begin_with(2);
	request(1, false);
	take_all(5);
	ck_assert_int_eq(incoming.stage, INCOMING_WHOLE);
	ck_assert(incoming.full);
	ck_assert_str_eq(incoming.body.data, "ab");
	incoming_clear(&incoming);
}
END_TEST

START_TEST(what_is_asked_about_the_connection_is_answered)
{
	begin_with(100);
	record(9, 0, "\x0f\0FCGI_MPXS_CONNS", 17, 0);
	record(77, 0, "?", 1, 0);
	request(1, false);
	take_all(1);
	is_the_request();
	ck_assert_uint_eq(incoming.replies.len, 8 + 18 + 16);
	ck_assert_int_eq(incoming.replies.data[1], RECORD_GET_VALUES_RESULT);
	ck_assert_int_eq(incoming.replies.data[8 + 17], '0');
	ck_assert_int_eq(incoming.replies.data[8 + 18 + 1], RECORD_UNKNOWN_TYPE);
	ck_assert_int_eq(incoming.replies.data[8 + 18 + 8], 77);
	incoming_clear(&incoming);
}
END_TEST

START_TEST(an_aborted_request_ends_and_the_next_is_served)
{
	begin_with(100);
	begin_request(1, 1, true);
	record(2, 1, "", 0, 0);
	record(5, 1, "late", 4, 0); /* of a request that is over: passed over */
	request(3, false);
	take_all(1);
	is_the_request();
	ck_assert_int_eq(incoming.replies.data[1], RECORD_END_REQUEST);
	incoming_clear(&incoming);
}
END_TEST

/* As Apache does with a body that it was refused. */
START_TEST(a_next_request_begins_within_a_body_that_was_answered)
{
	begin_with(100);
	begin_request(1, 1, true);
	record(4, 1, "", 0, 0);
	record(5, 1, "abc", 3, 0);
	take_all(1000);
	ck_assert_int_eq(incoming.stage, INCOMING_BODY);
	incoming_reset(&incoming);
	ck_assert(!incoming_is_idle(&incoming));
	buf_reset(&sent);
	record(5, 1, "late", 4, 0);
	request(1, true);
	take_all(1);
	is_the_request();
	ck_assert_uint_eq(incoming.count, 2);
	incoming_clear(&incoming);
}
END_TEST

START_TEST(another_role_is_turned_away)
{
	begin_with(100);
	begin_request(1, 2, true);
	request(1, false);
	take_all(3);
	is_the_request();
	ck_assert_int_eq(incoming.replies.data[1], RECORD_END_REQUEST);
	ck_assert_int_eq(incoming.replies.data[8 + 4], RECORD_UNKNOWN_ROLE);
	incoming_clear(&incoming);
}
END_TEST

/* Each would have libfcgi allocate, wait or end the process. */
START_TEST(what_is_no_request_ends_the_connection)
{
	for (int i = 0; i < 8; i++) {
		begin_with(100);
		if (i != 5)
			begin_request(1, 1, false);
		switch (i) {
		case 0: record(4, 1, "\xff\xff\xff\xff\x7f\xff\xff\xff", 8, 0); record(4, 1, "", 0, 0); break; /* huge lengths */
		case 1: record(4, 1, "\1\5X1234", 7, 0); record(4, 1, "", 0, 0); break;                       /* one byte too long */
		case 2: record(4, 1, "\1", 1, 0); record(4, 1, "", 0, 0); break;                              /* half a pair */
		case 3: record(5, 1, "x", 1, 0); break;                                                       /* a body before its head has ended */
		case 4: begin_request(2, 1, false); break;                                                    /* two at the same time */
		case 5: buf_text(&sent, "GET / HTTP/1.1\r\n\r\n"); break;
		case 6: { static const char names[2000]; record(9, 0, names, sizeof names, 0); } break;               /* more than anybody asks */
		case 7: for (int n = 0; n < 6; n++) { static const char big[60000]; record(4, 1, big, sizeof big, 0); } break;
		}
		take_all(1000);
		ck_assert_msg(incoming.stage == INCOMING_OVER, "case %d", i);
		incoming_clear(&incoming);
	}
}
END_TEST

static Suite *incoming_suite(void)
{
	Suite *suite = suite_create("incoming");
	TCase *tc = tcase_create("incoming");
	tcase_add_test(tc, a_request_is_the_same_in_pieces_of_any_size);
	tcase_add_test(tc, bytes_behind_a_request_are_left_for_the_next);
	tcase_add_test(tc, a_body_beyond_the_limit_is_dropped_and_known);
	tcase_add_test(tc, what_is_asked_about_the_connection_is_answered);
	tcase_add_test(tc, an_aborted_request_ends_and_the_next_is_served);
	tcase_add_test(tc, a_next_request_begins_within_a_body_that_was_answered);
	tcase_add_test(tc, another_role_is_turned_away);
	tcase_add_test(tc, what_is_no_request_ends_the_connection);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(incoming_suite)
