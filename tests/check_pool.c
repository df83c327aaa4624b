/*
 * The pool when its workers and its master are stopped, killed, and started without what they need.
 */
#include "scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000, CHILDREN_MAX = 64 };

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the processes of a pool ---- */

static int children_of(pid_t pool, pid_t *pids)
{
	char path[64];
	int n = 0;
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pool, (int)pool);
	FILE *file = fopen(path, "r");
	while (file && n < CHILDREN_MAX && fscanf(file, "%d", &pids[n]) == 1)
		n++;
	if (file)
		fclose(file);
	return n;
}

static bool has_child(pid_t pool, pid_t pid)
{
	pid_t pids[CHILDREN_MAX];
	for (int n = children_of(pool, pids); n-- > 0;)
		if (pids[n] == pid)
			return true;
	return false;
}

static bool goes(pid_t pool, pid_t pid)
{
	for (int64_t end = now_ms() + PATIENCE_MS; now_ms() < end; usleep(10000))
		if (!has_child(pool, pid))
			return true;
	return false;
}

/* Waits until the pool has so many workers and none of these. */
static bool replaces(pid_t pool, const pid_t *old, int n_old, int wanted)
{
	pid_t pids[CHILDREN_MAX];
	for (int64_t end = now_ms() + 2 * PATIENCE_MS; now_ms() < end; usleep(20000)) {
		int n = children_of(pool, pids);
		bool any_old = false;
		for (int i = 0; i < n; i++)
			for (int j = 0; j < n_old; j++)
				any_old = any_old || pids[i] == old[j];
		if (n == wanted && !any_old)
			return true;
	}
	return false;
}

/* The exit code of the pool; -1: it does not end. */
static int end_of_pool(void)
{
	int status;
	for (int64_t end = now_ms() + PATIENCE_MS; now_ms() < end; usleep(10000))
		if (waitpid(host.pool, &status, WNOHANG) == host.pool) {
			host.pool = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		}
	return -1;
}

static void ends_well(void)
{
	char path[256];
	pid_t pids[CHILDREN_MAX];
	int n = children_of(host.pool, pids);
	kill(host.pool, SIGTERM);
	ck_assert_int_eq(end_of_pool(), 0);
	for (int i = 0; i < n; i++)
		ck_assert_msg(kill(pids[i], 0) < 0 && errno == ESRCH, "worker %d is left", (int)pids[i]);
	snprintf(path, sizeof path, "%s/socket", host.folder);
	ck_assert_msg(access(path, F_OK) < 0, "the socket is left");
}

/* ---- hosts ---- */

static void write_config(const char *text)
{
	char path[256];
	snprintf(path, sizeof path, "%s/runnel.conf", host.folder);
	FILE *file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
}

static void start_workers(const char *config, unsigned workers)
{
	struct problem problem = PROBLEM_NONE;
	wire_host_start_workers(&host, config, workers);
	ck_assert_msg(site_open(&site, &problem), "%s", problem.text);
}

static char away[256]; /* where a store is that was moved away, or is not yet */

static void choose_store(void)
{
	snprintf(away, sizeof away, "/tmp/runnel-pool-%d", (int)getpid());
}

/* A pool whose store is not there yet. */
static void start_without_store(unsigned workers)
{
	choose_store();
	wire_host_start_workers_on(&host, "[access]\npublish = open\n", away, workers);
}

/* The same over either entry point. */
static void start_either_without_store(int transport)
{
	choose_store();
	wire_host_start_on(&host, (enum wire_transport)transport, "[access]\npublish = open\n", away);
}

static void stop_without_store(void)
{
	char command[300];
	wire_host_stop(&host);
	snprintf(command, sizeof command, "rm -rf %s", away);
	ck_assert_int_eq(system(command), 0);
}

static int status_of(const char *answer)
{
	return atoi(answer + strlen("Status: "));
}

static int publish_status(const char *text)
{
	char *answer = wire_answer(&host, &(struct wire_request){ .path = "/feed", .type = "text/plain", .body = text });
	int status = status_of(answer);
	free(answer);
	return status;
}

/* ---- a store that is not there ---- */

START_TEST(without_a_store_a_request_is_503_and_says_why)
{
	start_either_without_store(_i);
	char *answer = wire_answer(&host, &(struct wire_request){ .path = "/feed", .type = "text/plain", .body = "x" });
	ck_assert_msg(status_of(answer) == 503 && strstr(answer, "runnel init"), "%s", answer);
	ck_assert_msg(!strstr(answer, away), "a stranger is told a path: %s", answer);
	free(answer);
	answer = wire_answer(&host, &(struct wire_request){ .path = "/healthz" });
	ck_assert_int_eq(status_of(answer), 503);
	free(answer);
	answer = wire_answer(&host, &(struct wire_request){ .path = "/assets/runnel.css" });
	ck_assert_int_eq(status_of(answer), 200);
	free(answer);
	stop_without_store();
}
END_TEST

START_TEST(without_a_store_a_stream_is_200_retry_and_ends)
{
	struct wire wire;
	start_either_without_store(_i);
	wire_open(&wire, &host, &(struct wire_request){ .path = "/feed" });
	ck_assert(wire_ends(&wire));
	ck_assert_ptr_nonnull(strstr(wire.raw.data, "Status: 200"));
	ck_assert_ptr_nonnull(strstr(wire.raw.data, "text/event-stream"));
	ck_assert_int_eq(wire_count(&wire, "retry: "), 1);
	ck_assert_int_eq(wire_count(&wire, "data:"), 0);
	close(wire.fd);
	stop_without_store();
}
END_TEST

/* Until then the built-in templates were shown, and nobody knew why. */
START_TEST(without_its_templates_a_request_is_503_and_says_why)
{
	wire_host_start(&host, (enum wire_transport)_i, "[templates]\ndirectory = /nowhere/at/all\n");
	char *answer = wire_answer(&host, &(struct wire_request){ .path = "/components/feed" });
	ck_assert_msg(status_of(answer) == 503 && strstr(answer, "templates"), "%s", answer);
	ck_assert_msg(!strstr(answer, "/nowhere"), "a stranger is told a path: %s", answer);
	free(answer);
	wire_host_stop(&host);
}
END_TEST

/* Neither a kill nor a reload amid that may cost the pool a worker. */
START_TEST(workers_that_die_while_the_store_is_away_come_back_with_it)
{
	char elsewhere[300];
	pid_t pids[CHILDREN_MAX];
	int status = 0;
	choose_store();
	snprintf(elsewhere, sizeof elsewhere, "%s.moved", away);
	ck_assert_int_eq(mkdir(away, 0700), 0);
	wire_host_start_workers_on(&host, "[access]\npublish = open\n", away, 3);
	ck_assert_int_eq(publish_status("x"), 200);
	int n = children_of(host.pool, pids);
	ck_assert_int_eq(rename(away, elsewhere), 0);
	kill(pids[0], SIGKILL);
	kill(host.pool, SIGHUP);
	usleep(1500000);
	ck_assert(has_child(host.pool, pids[1]) && has_child(host.pool, pids[2]));
	ck_assert_int_eq(rename(elsewhere, away), 0);
	for (int64_t end = now_ms() + PATIENCE_MS; status != 200 && now_ms() < end; usleep(50000))
		status = publish_status("x");
	ck_assert_int_eq(status, 200);
	ck_assert(replaces(host.pool, pids, 1, 3));
	kill(host.pool, SIGHUP);
	ck_assert(replaces(host.pool, pids, n, 3));
	stop_without_store();
}
END_TEST

START_TEST(a_pool_serves_as_soon_as_its_store_is_there)
{
	int status = 0;
	start_without_store(2);
	ck_assert_int_eq(publish_status("x"), 503);
	ck_assert_int_eq(mkdir(away, 0700), 0);
	for (int64_t end = now_ms() + PATIENCE_MS; status != 200 && now_ms() < end; usleep(50000))
		status = publish_status("x");
	ck_assert_int_eq(status, 200);
	stop_without_store();
}
END_TEST

START_TEST(a_pool_without_a_store_ends_when_it_is_told_to)
{
	start_without_store(4);
	ck_assert_int_eq(publish_status("x"), 503);
	usleep(700000); /* amid its tries */
	ends_well();
	stop_without_store();
}
END_TEST

/* ---- SIGHUP ---- */

START_TEST(a_reload_replaces_every_worker)
{
	pid_t old[CHILDREN_MAX];
	start_workers(NULL, 3);
	int n = children_of(host.pool, old);
	ck_assert_int_eq(n, 3);
	kill(host.pool, SIGHUP);
	ck_assert(replaces(host.pool, old, n, 3));
	ends_well();
}
END_TEST

static void keeps_its_workers(const char *config)
{
	pid_t old[CHILDREN_MAX];
	start_workers("[access]\npublish = open\n", 2);
	ck_assert_int_eq(publish_status("x"), 200);
	int n = children_of(host.pool, old);
	write_config(config);
	kill(host.pool, SIGHUP);
	for (int64_t end = now_ms() + 2500; now_ms() < end; usleep(20000)) {
		ck_assert_int_eq(publish_status("x"), 200);
		ck_assert(has_child(host.pool, old[0]) && has_child(host.pool, old[1]));
	}
	write_config("[access]\npublish = open\n");
	kill(host.pool, SIGHUP);
	ck_assert(replaces(host.pool, old, n, 2));
	ck_assert_int_eq(publish_status("x"), 200);
	ends_well();
}

START_TEST(a_configuration_that_does_not_parse_keeps_the_old_workers)
{
	keeps_its_workers("[access]\npublish = nobody-knows\n");
}
END_TEST

START_TEST(a_configuration_that_cannot_work_keeps_the_old_workers)
{
	keeps_its_workers("[access]\npublish = open\n[templates]\ndirectory = /nowhere/at/all\n");
}
END_TEST

START_TEST(reloads_that_follow_each_other_come_to_an_end)
{
	pid_t old[CHILDREN_MAX];
	start_workers("[access]\npublish = open\n", 2);
	int n = children_of(host.pool, old);
	for (int i = 0; i < 20; i++) {
		kill(host.pool, SIGHUP);
		usleep(i % 3 * 15000);
		ck_assert_int_eq(publish_status("x"), 200);
	}
	ck_assert(replaces(host.pool, old, n, 2));
	ends_well();
}
END_TEST

/* A slow upload holds a worker for as long as it drains; another one serves meanwhile. */
START_TEST(a_reload_beside_an_unfinished_upload_serves_on)
{
	struct wire upload;
	pid_t old[CHILDREN_MAX];
	start_workers("[access]\npublish = open\n", 1);
	ck_assert_int_eq(children_of(host.pool, old), 1);
	wire_open_unfinished(&upload, &host, &(struct wire_request){ .path = "/feed", .type = "text/plain", .body = "never ends", .length = "100" });
	usleep(200000);
	int64_t begin = now_ms();
	kill(host.pool, SIGHUP);
	while (has_child(host.pool, old[0]) && now_ms() - begin < PATIENCE_MS) {
		int64_t asked = now_ms();
		ck_assert_int_eq(publish_status("x"), 200);
		ck_assert_int_lt(now_ms() - asked, 4000);
		usleep(50000);
	}
	close(upload.fd);
	ends_well();
}
END_TEST

/* ---- workers that die or stop ---- */

START_TEST(workers_that_are_killed_again_and_again_are_replaced)
{
	start_workers("[access]\npublish = open\n", 3);
	for (int i = 0; i < 20; i++) {
		pid_t pids[CHILDREN_MAX];
		int n = children_of(host.pool, pids);
		if (n)
			kill(pids[i * 7 % n], SIGKILL);
		usleep(50000);
	}
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(publish_status("x"), 200);
	ck_assert(replaces(host.pool, NULL, 0, 3));
	ends_well();
}
END_TEST

/* A reader as a browser is: comes back with its cursor when its stream ends. */
struct reader {
	struct wire wire;
	char last[64];
	int seen, wanted;
};

static void connect_reader(struct reader *reader)
{
	wire_open(&reader->wire, &host, &(struct wire_request){ .path = "/notifications", .last_event_id = reader->last[0] ? reader->last : NULL });
}

static void take_events(struct reader *reader)
{
	char *at, *end;
	while ((at = strstr(reader->wire.raw.data, "id: ")) && (end = strstr(at, "\n\n"))) {
		size_t n = strcspn(at + 4, "\n");
		memcpy(reader->last, at + 4, n);
		reader->last[n] = '\0';
		char *event = strstr(at, "numbered ");
		if (event && event < end) {
			ck_assert_int_eq(atoi(event + strlen("numbered ")), reader->seen);
			reader->seen++;
		}
		size_t gone = (size_t)(end + 2 - reader->wire.raw.data);
		memmove(reader->wire.raw.data, end + 2, reader->wire.raw.len - gone + 1);
		reader->wire.raw.len -= gone;
	}
}

static void read_on(struct reader *reader)
{
	bool open = wire_reads(&reader->wire, 0);
	take_events(reader);
	if (open)
		return;
	close(reader->wire.fd);
	buf_clear(&reader->wire.raw);
	buf_clear(&reader->wire.record);
	connect_reader(reader);
}

/* Publishes and reads while something is done to a worker at event 20; nobody may miss an event. */
static void nobody_misses_an_event(void (*harm)(pid_t worker), unsigned readers, int events)
{
	static struct reader all[200];
	pid_t pids[CHILDREN_MAX];
	start_workers(NULL, 4);
	post("notifications", NULL, "first");
	for (unsigned i = 0; i < readers; i++) {
		all[i] = (struct reader){ .last = "" };
		strcpy(all[i].last, id(1));
		connect_reader(&all[i]);
	}
	for (int event = 0; event < events; event++) {
		char text[32];
		snprintf(text, sizeof text, "numbered %d", event);
		post("notifications", NULL, text);
		if (event == 20 && children_of(host.pool, pids) > 1)
			harm(pids[1]);
		for (unsigned i = 0; i < readers; i++)
			read_on(&all[i]);
	}
	for (int64_t end = now_ms() + 2 * PATIENCE_MS; now_ms() < end;) {
		unsigned behind = 0;
		for (unsigned i = 0; i < readers; i++) {
			read_on(&all[i]);
			behind += all[i].seen < events;
		}
		if (!behind)
			break;
		usleep(2000);
	}
	for (unsigned i = 0; i < readers; i++) {
		ck_assert_msg(all[i].seen == events, "reader %u saw %d of %d events", i, all[i].seen, events);
		close(all[i].wire.fd);
	}
}

static void stop_process(pid_t pid)
{
	kill(pid, SIGSTOP);
}

static void kill_process(pid_t pid)
{
	kill(pid, SIGKILL);
}

START_TEST(nobody_misses_an_event_while_a_worker_is_stopped)
{
	nobody_misses_an_event(stop_process, 100, 150);
	ends_well();
}
END_TEST

START_TEST(nobody_misses_an_event_when_a_worker_is_killed)
{
	nobody_misses_an_event(kill_process, 100, 150);
	ends_well();
}
END_TEST

/* Without a pool that takes back what was sent to the stopped one, these would wait for it. */
START_TEST(streams_that_come_while_a_worker_is_stopped_are_served)
{
	static struct wire wires[60];
	pid_t pids[CHILDREN_MAX];
	start_workers(NULL, 2);
	uint64_t seq = post("feed", NULL, "there");
	ck_assert_int_eq(children_of(host.pool, pids), 2);
	kill(pids[0], SIGSTOP);
	for (int i = 0; i < 60; i++)
		wire_open(&wires[i], &host, &(struct wire_request){ .path = "/feed" });
	for (int i = 0; i < 60; i++) {
		bool seen = wire_sees(&wires[i], id_line(seq));
		if (!seen && !wires[i].raw.len) { /* the stopped one had accepted it, and was killed: the reader comes back */
			close(wires[i].fd);
			wire_open(&wires[i], &host, &(struct wire_request){ .path = "/feed" });
			seen = wire_sees(&wires[i], id_line(seq));
		}
		ck_assert_msg(seen, "stream %d", i);
		close(wires[i].fd);
	}
	ends_well();
}
END_TEST

/* The kernel wakes one waiting thread for a connection, and that may be one of the stopped process. */
START_TEST(a_lone_request_beside_a_stopped_worker_is_answered)
{
	pid_t pids[CHILDREN_MAX];
	start_workers("[access]\npublish = open\n", 2);
	children_of(host.pool, pids);
	kill(pids[0], SIGSTOP);
	usleep(200000); /* until all its threads have stopped: one that was about to accept still would */
	for (int i = 0; i < 12; i++)
		ck_assert_int_eq(publish_status("x"), 200);
	ends_well();
}
END_TEST

static void lock_store(bool locked)
{
	static sqlite3 *db;
	char path[300];
	snprintf(path, sizeof path, "%s/events.db", away);
	if (locked) {
		ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
		ck_assert_int_eq(sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	} else
		sqlite3_close(db);
}

/* backends_open() itself waits for five seconds, and then a web server for a minute. */
START_TEST(a_store_that_is_locked_is_503_at_once)
{
	int status = 0;
	choose_store();
	ck_assert_int_eq(mkdir(away, 0700), 0);
	lock_store(true);
	wire_host_start_workers_on(&host, "[access]\npublish = open\n", away, 2);
	int64_t begin = now_ms();
	ck_assert_int_eq(publish_status("x"), 503);
	ck_assert_int_lt(now_ms() - begin, 4500);
	lock_store(false);
	for (int64_t end = now_ms() + PATIENCE_MS; status != 200 && now_ms() < end; usleep(50000))
		status = publish_status("x");
	ck_assert_int_eq(status, 200);
	stop_without_store();
}
END_TEST

START_TEST(a_stopped_worker_does_not_hold_up_the_end)
{
	pid_t pids[CHILDREN_MAX];
	start_workers(NULL, 2);
	children_of(host.pool, pids);
	kill(pids[0], SIGSTOP);
	ends_well();
}
END_TEST

START_TEST(a_worker_that_stays_stopped_is_replaced)
{
	pid_t pids[CHILDREN_MAX];
	start_workers(NULL, 2);
	children_of(host.pool, pids);
	kill(pids[0], SIGSTOP);
	ck_assert(goes(host.pool, pids[0]));
	ck_assert(replaces(host.pool, pids, 1, 2));
	ends_well();
}
END_TEST

/* ---- fork() ---- */

START_TEST(a_worker_that_could_not_be_started_is_started_later)
{
	pid_t pids[CHILDREN_MAX];
	struct rlimit none = { 0, 0 }, before;
	start_workers(NULL, 2);
	children_of(host.pool, pids);
	if (prlimit(host.pool, RLIMIT_NOFILE, NULL, &before) < 0)
		return;
	none.rlim_max = before.rlim_max;
	ck_assert_int_eq(prlimit(host.pool, RLIMIT_NOFILE, &none, NULL), 0); /* its pipe, then; root may always fork */
	kill(pids[0], SIGKILL);
	ck_assert(goes(host.pool, pids[0]));
	usleep(1200000);
	prlimit(host.pool, RLIMIT_NOFILE, &before, NULL);
	ck_assert(replaces(host.pool, pids, 1, 2));
	ends_well();
}
END_TEST

/* ---- the master ---- */

START_TEST(workers_leave_when_their_master_is_killed)
{
	pid_t pids[CHILDREN_MAX];
	struct wire wire;
	start_workers(NULL, 2);
	int n = children_of(host.pool, pids);
	get(&wire, "/feed", NULL);
	kill(host.pool, SIGKILL);
	waitpid(host.pool, NULL, 0);
	host.pool = 0;
	ck_assert(wire_ends(&wire));
	ck_assert_int_eq(wire_count(&wire, "retry: "), 1);
	close(wire.fd);
	for (int64_t end = now_ms() + PATIENCE_MS; now_ms() < end; usleep(10000)) {
		int left = 0;
		for (int i = 0; i < n; i++)
			left += kill(pids[i], 0) == 0;
		if (!left)
			return;
	}
	ck_abort_msg("a worker is left");
}
END_TEST

START_TEST(a_pool_starts_beside_workers_of_a_killed_master)
{
	struct wire upload, wire;
	start_workers("[access]\npublish = open\n", 2);
	wire_open_unfinished(&upload, &host, &(struct wire_request){ .path = "/feed", .type = "text/plain", .body = "never ends", .length = "100" });
	usleep(200000);
	kill(host.pool, SIGKILL);
	waitpid(host.pool, NULL, 0);
	usleep(200000); /* they are told by the kernel, and drain for seconds */
	wire_host_start_again(&host);
	get(&wire, "/feed", NULL);
	close(wire.fd);
	close(upload.fd);
	ends_well();
}
END_TEST

/* ---- a socket that systemd hands over ---- */

/* In the child: descriptors 3 and 4, of which the second listens. */
static void be_activated(int listening, bool for_us)
{
	char pid[16];
	int other = socket(AF_INET, SOCK_DGRAM, 0), nothing = open("/dev/null", O_RDWR);
	listening = fcntl(listening, F_DUPFD, 10);
	other = fcntl(other, F_DUPFD, 10);
	dup2(nothing, STDIN_FILENO);
	dup2(other, 3);
	dup2(listening, 4);
	close(listening);
	snprintf(pid, sizeof pid, "%d", for_us ? (int)getpid() : 1);
	setenv("LISTEN_FDS", "2", 1);
	setenv("LISTEN_PID", pid, 1);
	execl("fcgi/runnel.fcgi", "runnel.fcgi", "--workers", "1", (char *)NULL);
	_exit(127);
}

static void start_activated(bool for_us)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	start(WIRE_CGI, NULL);
	snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", host.folder);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(fd, 10), 0);
	host.transport = WIRE_FASTCGI;
	host.pool = fork();
	if (host.pool == 0)
		be_activated(fd, for_us);
	close(fd);
}

START_TEST(a_socket_of_listen_fds_is_served)
{
	struct wire wire;
	start_activated(true);
	uint64_t seq = post("feed", NULL, "activated");
	get(&wire, "/feed", NULL);
	ck_assert(wire_sees(&wire, id_line(seq)));
	close(wire.fd);
	kill(host.pool, SIGTERM);
	ck_assert_int_eq(end_of_pool(), 0);
}
END_TEST

START_TEST(listen_fds_for_another_process_are_refused)
{
	start_activated(false);
	ck_assert_int_eq(end_of_pool(), 64);
}
END_TEST

START_TEST(a_pool_ends_amid_a_reload)
{
	for (int i = 0; i < 6; i++) {
		start_workers(NULL, 3);
		kill(host.pool, SIGHUP);
		usleep((unsigned)i * 7000);
		ends_well();
		stop();
	}
}
END_TEST

static Suite *pool_suite(void)
{
	Suite *suite = suite_create("pool");
	TCase *tc = scenario_case("pool");
	tcase_set_timeout(tc, 90);
	scenario_case_add_both(tc, without_a_store_a_request_is_503_and_says_why);
	scenario_case_add_both(tc, without_a_store_a_stream_is_200_retry_and_ends);
	scenario_case_add_both(tc, without_its_templates_a_request_is_503_and_says_why);
	tcase_add_test(tc, workers_that_die_while_the_store_is_away_come_back_with_it);
	tcase_add_test(tc, a_pool_serves_as_soon_as_its_store_is_there);
	tcase_add_test(tc, a_pool_without_a_store_ends_when_it_is_told_to);
	tcase_add_test(tc, a_reload_replaces_every_worker);
	tcase_add_test(tc, a_configuration_that_does_not_parse_keeps_the_old_workers);
	tcase_add_test(tc, a_configuration_that_cannot_work_keeps_the_old_workers);
	tcase_add_test(tc, reloads_that_follow_each_other_come_to_an_end);
	tcase_add_test(tc, a_reload_beside_an_unfinished_upload_serves_on);
	tcase_add_test(tc, workers_that_are_killed_again_and_again_are_replaced);
	tcase_add_test(tc, nobody_misses_an_event_while_a_worker_is_stopped);
	tcase_add_test(tc, nobody_misses_an_event_when_a_worker_is_killed);
	tcase_add_test(tc, streams_that_come_while_a_worker_is_stopped_are_served);
	tcase_add_test(tc, a_lone_request_beside_a_stopped_worker_is_answered);
	tcase_add_test(tc, a_store_that_is_locked_is_503_at_once);
	tcase_add_test(tc, a_stopped_worker_does_not_hold_up_the_end);
	tcase_add_test(tc, a_worker_that_stays_stopped_is_replaced);
	tcase_add_test(tc, a_worker_that_could_not_be_started_is_started_later);
	tcase_add_test(tc, workers_leave_when_their_master_is_killed);
	tcase_add_test(tc, a_pool_starts_beside_workers_of_a_killed_master);
	tcase_add_test(tc, a_pool_ends_amid_a_reload);
	tcase_add_test(tc, a_socket_of_listen_fds_is_served);
	tcase_add_test(tc, listen_fds_for_another_process_are_refused);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(pool_suite)
