/*
 * When the next round may be taken, while readers read, are slow, or are stuck.
 */
#include "stream/throttle.h"

#include "suite.h"

#include <sys/socket.h>
#include <unistd.h>

enum { READERS = 80, MS = 1000000 };

static int ours[READERS], theirs[READERS];

static void connect_all(void)
{
	for (int i = 0; i < READERS; i++) {
		int ends[2];
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		ours[i] = ends[0];
		theirs[i] = ends[1];
	}
}

static void frames(struct throttle *throttle, uint64_t now_ns)
{
	throttle_begin(throttle, now_ns);
	for (unsigned i = 0; i < READERS; i++) {
		throttle_writes(throttle, ours[i], READERS - 1 - i);
		ck_assert_int_eq(write(ours[i], "x", 1), 1);
	}
}

static void read_all_but(int stuck)
{
	char bytes[64];
	for (int i = 0; i < READERS; i++)
		if (i != stuck)
			ck_assert_int_gt(read(theirs[i], bytes, sizeof bytes), 0);
}

START_TEST(a_turn_waits_until_the_server_has_read_the_last_one)
{
	struct throttle throttle = THROTTLE_INIT;
	connect_all();
	frames(&throttle, MS);
	ck_assert_uint_gt(throttle_wait_ms(&throttle, 2 * MS), 0);
	read_all_but(-1);
	throttle_wait_ms(&throttle, 3 * MS);
	ck_assert_uint_eq(throttle_wait_ms(&throttle, 6 * MS), 0);
}
END_TEST

START_TEST(one_reader_that_does_not_read_delays_nobody)
{
	struct throttle throttle = THROTTLE_INIT;
	connect_all();
	for (uint64_t i = 1; i <= 5; i++) {
		frames(&throttle, i * 100 * MS);
		read_all_but(READERS - 1); /* the last that is written to */
		ck_assert_uint_eq(throttle_wait_ms(&throttle, i * 100 * MS + MS), 0);
	}
}
END_TEST

/* Nobody reads: the first round waits its full time for that, the later ones a tenth of it. */
START_TEST(many_readers_that_do_not_read_delay_the_next_turns_little)
{
	struct throttle throttle = THROTTLE_INIT;
	connect_all();
	frames(&throttle, 1000 * MS);
	ck_assert_uint_gt(throttle_wait_ms(&throttle, 1030 * (uint64_t)MS), 0);
	throttle_wait_ms(&throttle, 1041 * (uint64_t)MS);
	ck_assert_uint_eq(throttle_wait_ms(&throttle, 1090 * (uint64_t)MS), 0);
	frames(&throttle, 2000 * (uint64_t)MS);
	ck_assert_uint_gt(throttle_wait_ms(&throttle, 2001 * (uint64_t)MS), 0);
	ck_assert_uint_eq(throttle_wait_ms(&throttle, 2011 * (uint64_t)MS), 0);
}
END_TEST

static Suite *throttle_suite(void)
{
	Suite *suite = suite_create("pace");
	TCase *tc = tcase_create("pace");
	tcase_add_test(tc, a_turn_waits_until_the_server_has_read_the_last_one);
	tcase_add_test(tc, one_reader_that_does_not_read_delays_nobody);
	tcase_add_test(tc, many_readers_that_do_not_read_delay_the_next_turns_little);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(throttle_suite)
