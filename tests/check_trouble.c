/*
 * What happens when something is full, or is killed.
 */
#include "scenario.h"
#include "store/backends.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- trouble ---- */

START_TEST(a_full_worker_answers_200_retry_and_ends)
{
	struct wire first, second;
	start(WIRE_FASTCGI, "[limits]\nstreams = 1\n");
	get(&first, "/feed", NULL);
	wire_open(&second, &host, &(struct wire_request){ .path = "/feed" });
	ck_assert(wire_ends(&second));
	ck_assert_ptr_nonnull(strstr(second.raw.data, "Status: 200"));
	ck_assert_int_eq(wire_count(&second, "retry: "), 1);
	ck_assert_int_eq(wire_count(&second, "data:"), 0);
	wire_hang_up(&second);
	ck_assert(wire_hang_up(&first));
}
END_TEST

/* A store on a disk of its own in the host's folder; false, and said, where this may not be mounted. */
static bool on_small_disk(int transport, const char *size, char *mounted, size_t bytes)
{
	start(transport, NULL);
	snprintf(mounted, bytes, "%s/small", host.folder);
	mkdir(mounted, 0700);
	if (mount("none", mounted, "tmpfs", 0, size) == 0)
		return true;
	fprintf(stderr, "skipped: mounting a small disk needs root\n");
	return false;
}

/* Publishes until it is refused; how many were taken. */
static int fill_disk(int times, const char *channel)
{
	static char text[20000];
	int stored = 0, code = 200;
	memset(text, 'x', sizeof text - 1);
	for (int i = 0; i < times && code == 200; i++) {
		char *answer = wire_answer(&host, &(struct wire_request){ .path = channel, .type = "text/plain", .body = text });
		code = atoi(answer + 8);
		stored += code == 200;
		free(answer);
	}
	ck_assert_int_eq(code, 507);
	return stored;
}

/* Another program fills what is left, to the last block; then nothing of runnel's can grow. */
static void fill_rest(const char *folder)
{
	char path[300], zeros[4096] = { 0 };
	snprintf(path, sizeof path, "%s/others", folder);
	FILE *file = fopen(path, "w");
	while (fwrite(zeros, sizeof zeros, 1, file) == 1 && fflush(file) == 0)
		;
	fclose(file);
}

START_TEST(a_full_disk_is_emptied_by_removing)
{
	char mounted[200], *folder;
	struct store_options options = { 0 };
	struct store *store;
	uint64_t removed;
	if (!on_small_disk(_i, "size=3m", mounted, sizeof mounted))
		return;
	folder = host.folder;
	struct wire_host before = host;
	struct site before_site = site;
	site.store = NULL;
	wire_host_start_on(&host, (enum wire_transport)_i, "[access]\npublish = open\n[kind \"feed\"]\nkeep = 100000\n", mounted);
	int stored = fill_disk(200, "/feed");
	fill_rest(mounted);
	/* as the command does, and while nobody else has the store open where it is CGI */
	ck_assert_int_eq(backends_open(mounted, &options, &store), STORE_OK);
	ck_assert_int_eq(store_remove(store, "feed", &removed), STORE_OK);
	ck_assert_int_eq(removed, stored);
	store_close(store);
	ck_assert_int_gt(fill_disk(200, "/feed"), stored / 4); /* there is room again, with no restart */
	ck_assert_int_eq(backends_open(mounted, &options, &store), STORE_OK);
	ck_assert_int_eq(store_remove(store, "feed", &removed), STORE_OK);
	store_close(store);
	wire_host_stop(&host);
	umount(mounted);
	host = before;
	host.folder = folder;
	site = before_site;
}
END_TEST

START_TEST(a_full_disk_is_507_and_stores_nothing)
{
	char config[200], mounted[200];
	int code, stored = 0, refused = 0;
	start(_i, NULL);
	snprintf(mounted, sizeof mounted, "%s/small", host.folder);
	mkdir(mounted, 0700);
	if (mount("none", mounted, "tmpfs", 0, "size=400k") != 0) {
		fprintf(stderr, "a_full_disk_is_507: skipped, mounting a small disk needs root\n");
		return;
	}
	char *folder = host.folder;
	struct wire_host before = host;
	struct site before_site = site;
	site.store = NULL;
	snprintf(config, sizeof config, "[access]\npublish = open\n[kind \"feed\"]\nkeep = 100000\n");
	wire_host_start_on(&host, (enum wire_transport)_i, config, mounted);
	for (int i = 0; i < 40; i++) {
		static char text[20000];
		memset(text, 'x', sizeof text - 1);
		char *answer = wire_answer(&host, &(struct wire_request){ .path = "/feed", .type = "text/plain", .body = text });
		code = atoi(answer + 8);
		stored += code == 200;
		refused += code == 507;
		ck_assert_msg(code == 200 || code == 507, "%s", answer);
		free(answer);
	}
	ck_assert_int_gt(stored, 0);
	ck_assert_int_gt(refused, 0);
	char *metrics = wire_answer(&host, &(struct wire_request){ .path = "/metrics" }), line[64];
	sprintf(line, "\nrunnel_events_kept %d\n", stored);
	ck_assert_msg(strstr(metrics, line) != NULL, "%d stored: %s", stored, metrics);
	free(metrics);
	wire_host_stop(&host);
	umount2(mounted, MNT_DETACH);
	host = before;
	host.folder = folder;
	site = before_site;
}
END_TEST

START_TEST(more_than_128_cgi_streams_of_one_user_all_hear_an_event)
{
	static struct wire wires[140]; /* inotify would end at 128 */
	start(WIRE_CGI, NULL);
	for (int i = 0; i < 140; i++)
		wire_open(&wires[i], &host, &(struct wire_request){ .path = i % 2 ? "/feed" : "/notifications" });
	for (int i = 0; i < 140; i++)
		ck_assert(wire_sees(&wires[i], "\r\n\r\n:\n"));
	post("notifications", NULL, "to all");
	post("feed", NULL, "to all");
	for (int i = 0; i < 140; i++)
		ck_assert_msg(wire_sees(&wires[i], "to all"), "stream %d", i);
	for (int i = 0; i < 140; i++)
		ck_assert(wire_hang_up(&wires[i]));
}
END_TEST

/* ---- FastCGI alone ---- */

static pid_t worker_of(pid_t pool)
{
	char path[64];
	int pid = 0;
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pool, (int)pool);
	FILE *file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%d", &pid), 1);
	fclose(file);
	return pid;
}

START_TEST(a_killed_worker_is_replaced)
{
	struct wire wire;
	start(WIRE_FASTCGI, NULL);
	get(&wire, "/feed", NULL);
	kill(worker_of(host.pool), SIGKILL);
	wire_listen(&wire, 3000);
	close(wire.fd);
	uint64_t seq = post("feed", NULL, "meanwhile");
	get(&wire, "/feed", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

/* libfcgi by itself hangs up after two seconds, and the web server answers 502. */
START_TEST(a_web_server_that_was_paused_before_its_request_is_answered)
{
	start(WIRE_FASTCGI, "[access]\npublish = open\n");
	char *answer = wire_answer(&host, &(struct wire_request){ .path = "/feed", .type = "text/plain", .body = "x", .silent_ms = 2600 });
	ck_assert_msg(strstr(answer, "Status: 200") != NULL, "%s", answer);
	free(answer);
}
END_TEST

START_TEST(a_pool_that_is_told_to_end_sends_its_readers_away)
{
	struct wire wire;
	start(WIRE_FASTCGI, NULL);
	get(&wire, "/feed", NULL);
	kill(host.pool, SIGTERM);
	ck_assert(wire_ends(&wire));
	ck_assert_int_eq(wire_count(&wire, "retry: "), 1);
	wire_hang_up(&wire);
}
END_TEST

START_TEST(replaced_workers_serve_on)
{
	struct wire wire;
	start(WIRE_FASTCGI, NULL);
	get(&wire, "/feed", NULL);
	kill(host.pool, SIGHUP);
	ck_assert(wire_ends(&wire));
	wire_hang_up(&wire);
	uint64_t seq = post("feed", NULL, "meanwhile");
	get(&wire, "/feed", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	ck_assert(wire_hang_up(&wire));
}
END_TEST

static Suite *trouble_suite(void)
{
	Suite *suite = suite_create("trouble");
	TCase *tc = scenario_case("trouble");
	tcase_add_test(tc, a_full_worker_answers_200_retry_and_ends);
	scenario_case_add_both(tc, a_full_disk_is_507_and_stores_nothing);
	scenario_case_add_both(tc, a_full_disk_is_emptied_by_removing);
	tcase_add_test(tc, more_than_128_cgi_streams_of_one_user_all_hear_an_event);
	tcase_add_test(tc, a_killed_worker_is_replaced);
	tcase_add_test(tc, a_web_server_that_was_paused_before_its_request_is_answered);
	tcase_add_test(tc, a_pool_that_is_told_to_end_sends_its_readers_away);
	tcase_add_test(tc, replaced_workers_serve_on);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(trouble_suite)
