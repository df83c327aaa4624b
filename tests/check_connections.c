/*
 * Connections of the web server's that are slow, silent, odd or kept: no thread waits for any of them.
 *
 * The pool has one worker with eight threads; there are always more peers than that.
 */
#include "scenario.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PEERS = 40 };

#define OPEN "[access]\npublish = open\n"
#define SHORT_TIME OPEN "[limits]\nrequest = 2\n"

static const struct wire_request health = { .path = "/healthz" };
static const struct wire_request kept_health = { .path = "/healthz", .keep = true };
static const struct wire_request kept_post = { .path = "/feed", .type = "text/plain", .body = "Hello", .keep = true };

static void is_healthy(void)
{
	char *answer = wire_answer(&host, &health);
	ck_assert_msg(strstr(answer, "Status: 200") && strstr(answer, "ok\n"), "%s", answer);
	free(answer);
}

/* Connects and sends the first bytes of a request; all of them where there are fewer. */
static int begin(const struct wire_request *request, size_t bytes)
{
	struct buf records = BUF_INIT;
	int fd = wire_connect(&host);
	ck_assert_int_ge(fd, 0);
	wire_records(&records, request);
	bytes = bytes < records.len ? bytes : records.len;
	ck_assert_int_eq(send(fd, records.data, bytes, MSG_NOSIGNAL), (ssize_t)bytes);
	buf_clear(&records);
	return fd;
}

static bool is_closed_within(int fd, int ms)
{
	char bytes[4096];
	ssize_t n = 1;
	while (n > 0 && readable_within(fd, ms))
		n = recv(fd, bytes, sizeof bytes, 0);
	return n <= 0;
}

/* Of a POST: nothing, half a record's head, half its parameters, half its body. */
START_TEST(peers_that_do_not_send_on_hold_no_thread_and_are_ended)
{
	static const size_t sent[] = { 0, 5, 60, 1800 };
	static char body[4000];
	int fds[PEERS];
	memset(body, 'x', sizeof body - 1);
	start(WIRE_FASTCGI, SHORT_TIME);
	for (int i = 0; i < PEERS; i++)
		fds[i] = begin(&(struct wire_request){ .path = "/feed", .type = "text/plain", .body = body }, sent[i % 4]);
	is_healthy();
	for (int i = 0; i < PEERS; i++) {
		ck_assert_msg(is_closed_within(fds[i], 15000), "peer %d", i);
		close(fds[i]);
	}
	is_healthy();
}
END_TEST

START_TEST(a_body_that_comes_too_late_is_told_408)
{
	static char body[4000];
	struct wire wire;
	memset(body, 'x', sizeof body - 1);
	start(WIRE_FASTCGI, SHORT_TIME);
	wire_on(&wire, &host, begin(&(struct wire_request){ .path = "/feed", .type = "text/plain", .body = body }, 1800));
	ck_assert(wire_ends(&wire));
	ck_assert_msg(strstr(wire.raw.data, "Status: 408") != NULL, "%s", wire.raw.data);
	close(wire.fd);
}
END_TEST

START_TEST(a_byte_now_and_then_does_not_prolong_the_time)
{
	struct buf records = BUF_INIT;
	bool closed = false;
	start(WIRE_FASTCGI, SHORT_TIME);
	int fd = wire_connect(&host);
	wire_records(&records, &kept_post);
	for (size_t i = 0; i < records.len && !closed; i++) {
		closed = send(fd, records.data + i, 1, MSG_NOSIGNAL) != 1 || (readable_within(fd, 150) && is_closed_within(fd, 0));
		ck_assert_msg(closed || i < 150, "still open");
	}
	ck_assert(closed);
	close(fd);
	buf_clear(&records);
}
END_TEST

START_TEST(a_request_byte_by_byte_is_answered)
{
	struct buf records = BUF_INIT;
	struct wire wire;
	start(WIRE_FASTCGI, OPEN);
	wire_on(&wire, &host, wire_connect(&host));
	wire_records(&records, &kept_post);
	for (size_t i = 0; i < records.len; i++) {
		ck_assert_int_eq(send(wire.fd, records.data + i, 1, MSG_NOSIGNAL), 1);
		usleep(500);
	}
	ck_assert(wire_ends(&wire));
	ck_assert_msg(strstr(wire.raw.data, "Status: 200") != NULL, "%s", wire.raw.data);
	close(wire.fd);
	buf_clear(&records);
}
END_TEST

/* Events of 30 KB, so that the component is larger than what any socket holds. */
START_TEST(peers_that_do_not_read_hold_no_thread_and_are_ended)
{
	static char text[30000];
	int fds[PEERS];
	memset(text, 'x', sizeof text - 1);
	start(WIRE_FASTCGI, SHORT_TIME);
	for (int i = 0; i < 25; i++)
		post("feed", NULL, text);
	for (int i = 0; i < PEERS; i++)
		fds[i] = begin(&(struct wire_request){ .path = "/components/feed" }, SIZE_MAX);
	is_healthy();
	sleep(4);
	for (int i = 0; i < PEERS; i++) {
		ck_assert_msg(is_closed_within(fds[i], 15000), "peer %d", i);
		close(fds[i]);
	}
	char *answer = wire_answer(&host, &(struct wire_request){ .path = "/components/feed" });
	ck_assert_uint_gt(strlen(answer), 500000);
	free(answer);
}
END_TEST

/* Too large: told by its length, or by what came. The peer goes on sending, and reads its answer afterwards. */
START_TEST(a_refused_body_is_answered_at_once_and_read_to_its_end)
{
	static const struct { const char *path, *length, *status; } refused[] = {
		{ "/feed", "900000", "413" }, { "/feed", "-1", "413" }, { "/nothing/here", "900000", "404" }, { "/feed/~bob", "900000", "403" },
	};
	static char chunk[8 + 32768 + 8];
	memcpy(chunk, "\1\5\0\1\x80\0\0\0", 8);
	memcpy(chunk + 8 + 32768, "\1\5\0\1\0\0\0\0", 8);
	start(WIRE_FASTCGI, OPEN);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct buf records = BUF_INIT;
		struct wire wire;
		wire_records(&records, &(struct wire_request){ .path = refused[i].path, .method = "POST", .type = "text/plain", .length = refused[i].length, .keep = true });
		wire_on(&wire, &host, wire_connect(&host));
		ck_assert_int_gt(send(wire.fd, records.data, records.len - 8, MSG_NOSIGNAL), 0);
		for (int part = 0; part < 28; part++)
			ck_assert_int_eq(send(wire.fd, chunk, 8 + 32768, MSG_NOSIGNAL), 8 + 32768);
		ck_assert(wire_ends(&wire));
		ck_assert_msg(strncmp(wire.raw.data + 8, refused[i].status, 3) == 0, "%s: %s", refused[i].path, wire.raw.data);
		ck_assert_int_eq(send(wire.fd, chunk + 8 + 32768, 8, MSG_NOSIGNAL), 8);
		wire_again(&wire, &kept_health); /* the connection is good for the next */
		ck_assert(wire_ends(&wire) && strstr(wire.raw.data, "Status: 200"));
		close(wire.fd);
		buf_clear(&records);
	}
}
END_TEST

START_TEST(a_body_without_a_length_ends_where_it_ends)
{
	static const char *const lengths[] = { "", "-1" };
	start(_i, OPEN);
	for (int i = 0; i < 2; i++) {
		char *answer = wire_answer(&host, &(struct wire_request){ .path = "/feed", .type = "text/plain", .body = "chunked", .length = lengths[i] });
		ck_assert_msg(strstr(answer, "Status: 200") != NULL, "%s", answer);
		free(answer);
	}
	char *answer = wire_answer(&host, &(struct wire_request){ .path = "/feed", .type = "text/plain", .method = "POST", .length = "" });
	ck_assert_msg(strstr(answer, "Status: 411") != NULL, "%s", answer);
	free(answer);
}
END_TEST

START_TEST(a_kept_connection_serves_a_hundred_requests_of_every_kind)
{
	static const struct wire_request bad = { .path = "/feed", .type = "text/odd", .body = "x", .keep = true };
	static const struct wire_request head = { .path = "/feed", .method = "HEAD", .keep = true };
	static char text[150000];
	struct wire wire;
	memset(text, 'x', sizeof text - 1);
	const struct wire_request large = { .path = "/feed", .type = "text/plain", .body = text, .keep = true };
	const struct { const struct wire_request *request; const char *status; } round[] = {
		{ &kept_post, "200" }, { &kept_health, "200" }, { &bad, "415" }, { &head, "200" }, { &large, "413" },
	};
	start(WIRE_FASTCGI, OPEN);
	wire_on(&wire, &host, wire_connect(&host));
	for (int i = 0; i < 100; i++) {
		struct wire_request request = *round[i % 5].request;
		request.id = (unsigned)i * 2 + 1; /* as HAProxy counts */
		wire_again(&wire, &request);
		ck_assert_msg(wire_ends(&wire), "request %d is not answered", i);
		ck_assert_msg(strncmp(wire.raw.data + 8, round[i % 5].status, 3) == 0, "%d: %s", i, wire.raw.data);
	}
	ck_assert(!is_closed_within(wire.fd, 200));
	close(wire.fd);
}
END_TEST

START_TEST(a_stream_on_a_kept_connection_has_the_id_of_its_request)
{
	struct wire wire;
	start(WIRE_FASTCGI, OPEN);
	wire_on(&wire, &host, wire_connect(&host));
	wire_again(&wire, &kept_health);
	ck_assert(wire_ends(&wire));
	wire_again(&wire, &(struct wire_request){ .path = "/feed", .keep = true, .id = 259 });
	ck_assert(wire_sees(&wire, "\r\n\r\n:\n"));
	uint64_t seq = post("feed", NULL, "Hello");
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

/* A web server sends its next request as soon as it has the end of the answer. */
START_TEST(a_kept_connection_serves_on_after_a_stream_has_ended)
{
	const struct wire_request finished = { .path = "/progress/done", .keep = true };
	struct wire wire;
	start(WIRE_FASTCGI, OPEN);
	post("progress/done", "complete", "Done");
	wire_on(&wire, &host, wire_connect(&host));
	for (int i = 0; i < 30; i++) {
		wire_again(&wire, &finished);
		ck_assert(wire_ends(&wire));
		ck_assert_int_eq(wire_count(&wire, "event: close\n"), 1);
		wire_again(&wire, &kept_post);
		ck_assert(wire_ends(&wire) && strstr(wire.raw.data, "Status: 200"));
	}
	ck_assert_uint_eq(wire_open_streams(&host), 0);
	close(wire.fd);
}
END_TEST

START_TEST(a_stream_that_is_sent_away_leaves_its_kept_connection_to_the_next_worker)
{
	struct wire wires[PEERS];
	start(WIRE_FASTCGI, OPEN);
	for (int i = 0; i < PEERS; i++) {
		wire_on(&wires[i], &host, wire_connect(&host));
		wire_again(&wires[i], &(struct wire_request){ .path = "/feed", .keep = true });
		ck_assert(wire_sees(&wires[i], "\r\n\r\n:\n"));
	}
	kill(host.pool, SIGHUP);
	for (int i = 0; i < PEERS; i++) {
		ck_assert(wire_ends(&wires[i]));
		wire_again(&wires[i], &kept_post);
		ck_assert(wire_ends(&wires[i]) && strstr(wires[i].raw.data, "Status: 200"));
		close(wires[i].fd);
	}
}
END_TEST

START_TEST(an_idle_kept_connection_outlives_the_time_of_a_request)
{
	struct wire wire;
	start(WIRE_FASTCGI, SHORT_TIME);
	wire_on(&wire, &host, wire_connect(&host));
	wire_again(&wire, &kept_health);
	ck_assert(wire_ends(&wire));
	ck_assert(!is_closed_within(wire.fd, 4000));
	wire_again(&wire, &kept_post);
	ck_assert(wire_ends(&wire) && strstr(wire.raw.data, "Status: 200"));
	close(wire.fd);
}
END_TEST

START_TEST(a_connection_that_is_not_kept_is_closed_after_its_answer)
{
	struct wire wire;
	start(WIRE_FASTCGI, OPEN);
	wire_open(&wire, &host, &health);
	ck_assert(wire_ends(&wire));
	ck_assert(is_closed_within(wire.fd, 15000));
	close(wire.fd);
}
END_TEST

/* The end of the pool: what has begun is answered, what is idle is closed, and it does not take its five seconds. */
START_TEST(a_drain_answers_what_has_begun_and_closes_what_is_idle)
{
	struct buf records = BUF_INIT;
	struct wire idle, begun;
	start(WIRE_FASTCGI, OPEN);
	wire_on(&idle, &host, wire_connect(&host));
	wire_again(&idle, &kept_health);
	ck_assert(wire_ends(&idle));
	wire_records(&records, &kept_post);
	wire_on(&begun, &host, begin(&kept_post, records.len - 20));
	is_healthy(); /* so that it was read */
	kill(host.pool, SIGTERM);
	ck_assert(is_closed_within(idle.fd, 15000));
	ck_assert_int_eq(send(begun.fd, records.data + records.len - 20, 20, MSG_NOSIGNAL), 20);
	ck_assert(wire_ends(&begun));
	ck_assert_msg(strstr(begun.raw.data, "Status: 200") != NULL, "%s", begun.raw.data);
	ck_assert(is_closed_within(begun.fd, 15000));
	close(idle.fd);
	close(begun.fd);
	buf_clear(&records);
}
END_TEST

/* To close it would lose a request that is on its way. */
START_TEST(a_reload_gives_kept_connections_to_the_next_worker)
{
	struct wire wires[PEERS];
	start(WIRE_FASTCGI, OPEN);
	for (int i = 0; i < PEERS; i++)
		wire_on(&wires[i], &host, wire_connect(&host));
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < PEERS; i++) {
			wire_again(&wires[i], i % 2 ? &kept_health : &kept_post);
			ck_assert(wire_ends(&wires[i]) && strstr(wires[i].raw.data, "Status: 200"));
		}
		kill(host.pool, SIGHUP);
		usleep(round * 600000); /* at once, amid the reload, and after it */
	}
	for (int i = 0; i < PEERS; i++)
		close(wires[i].fd);
}
END_TEST

START_TEST(garbage_ends_its_connection_and_nothing_else)
{
	static const char *const garbage[] = { "GET / HTTP/1.1\r\n\r\n", "\1\1\0\1\0\1\0\0", "\xff\xff\xff\xff\xff\xff\xff\xff" };
	struct wire kept;
	start(WIRE_FASTCGI, SHORT_TIME);
	wire_on(&kept, &host, wire_connect(&host));
	wire_again(&kept, &kept_health);
	ck_assert(wire_ends(&kept));
	for (int i = 0; i < 3; i++) {
		int fd = wire_connect(&host);
		ck_assert_int_eq(send(fd, garbage[i], 8, MSG_NOSIGNAL), 8);
		ck_assert_msg(is_closed_within(fd, 15000), "%d", i);
		close(fd);
	}
	wire_again(&kept, &kept_health);
	ck_assert(wire_ends(&kept) && strstr(kept.raw.data, "Status: 200"));
	close(kept.fd);
}
END_TEST

static Suite *connections_suite(void)
{
	Suite *suite = suite_create("connections");
	TCase *tc = scenario_case("connections");
	tcase_add_test(tc, peers_that_do_not_send_on_hold_no_thread_and_are_ended);
	tcase_add_test(tc, a_body_that_comes_too_late_is_told_408);
	tcase_add_test(tc, a_byte_now_and_then_does_not_prolong_the_time);
	tcase_add_test(tc, a_request_byte_by_byte_is_answered);
	tcase_add_test(tc, peers_that_do_not_read_hold_no_thread_and_are_ended);
	tcase_add_test(tc, a_refused_body_is_answered_at_once_and_read_to_its_end);
	scenario_case_add_both(tc, a_body_without_a_length_ends_where_it_ends);
	tcase_add_test(tc, a_kept_connection_serves_a_hundred_requests_of_every_kind);
	tcase_add_test(tc, a_stream_on_a_kept_connection_has_the_id_of_its_request);
	tcase_add_test(tc, an_idle_kept_connection_outlives_the_time_of_a_request);
	tcase_add_test(tc, a_connection_that_is_not_kept_is_closed_after_its_answer);
	tcase_add_test(tc, a_drain_answers_what_has_begun_and_closes_what_is_idle);
	tcase_add_test(tc, a_kept_connection_serves_on_after_a_stream_has_ended);
	tcase_add_test(tc, a_stream_that_is_sent_away_leaves_its_kept_connection_to_the_next_worker);
	tcase_add_test(tc, a_reload_gives_kept_connections_to_the_next_worker);
	tcase_add_test(tc, garbage_ends_its_connection_and_nothing_else);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(connections_suite)
