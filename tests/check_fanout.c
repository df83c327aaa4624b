/*
 * Many readers at once: what they cost a worker, who serves them, and what those that do not read may hold.
 * Spoken to in FastCGI records, without a web server. Nothing here is timed.
 */
#include "suite.h"
#include "wire.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { WORKERS_MAX = 4, REQUEST_THREADS = 8 /* of a worker that serves */, OPENING_SECONDS_MAX = 60 };

static struct wire_host host;
static struct wire *crowd;
static unsigned crowd_size;

static void start(const char *config, unsigned workers)
{
	wire_host_start_workers(&host, config, workers);
}

static void hang_up(void)
{
	for (unsigned i = 0; i < crowd_size; i++) {
		close(crowd[i].fd);
		buf_clear(&crowd[i].raw);
		buf_clear(&crowd[i].record);
	}
	free(crowd);
	crowd = NULL;
	crowd_size = 0;
}

static void stop(void)
{
	hang_up();
	if (host.pool)
		wire_host_stop(&host);
}

/* So many more streams of one channel. They are asked for all at once, then waited for. */
static void open_crowd(unsigned n, const char *path)
{
	crowd = realloc(crowd, (crowd_size + n) * sizeof *crowd);
	for (unsigned end = crowd_size + n; crowd_size < end; crowd_size++)
		wire_open(&crowd[crowd_size], &host, &(struct wire_request){ .path = path });
}

static void await_crowd(void)
{
	for (int i = 0; i < OPENING_SECONDS_MAX * 20 && wire_open_streams(&host) < crowd_size; i++)
		usleep(50000);
	ck_assert_uint_eq(wire_open_streams(&host), crowd_size);
}

/* Room for so many descriptors here; the pool, started later, has the same. */
static void allow_files(rlim_t n)
{
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	ck_assert_msg(limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= n, "this test needs a hard limit of %d open files (ulimit -Hn)", (int)n);
	limit.rlim_cur = n;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* The number in a line of /proc/PID/FILE; 0 when it is not there. */
static long field_of(pid_t pid, const char *file_name, const char *name)
{
	char path[64], line[256];
	long value = 0;
	snprintf(path, sizeof path, "/proc/%d/%s", pid, file_name);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtol(line + strlen(name), NULL, 10);
	if (file)
		fclose(file);
	return value;
}

static unsigned list_workers(pid_t *pids)
{
	char path[64];
	unsigned n = 0;
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", host.pool, host.pool);
	FILE *file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	while (n < WORKERS_MAX && fscanf(file, "%d", &pids[n]) == 1)
		n++;
	fclose(file);
	return n;
}

static bool all_serve(const pid_t *pids, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (field_of(pids[i], "status", "Threads:") <= REQUEST_THREADS)
			return false;
	return true;
}

/* The pool listens before its workers serve. */
static void await_workers(pid_t *pids, unsigned n)
{
	for (int i = 0; i < OPENING_SECONDS_MAX * 20 && (list_workers(pids) < n || !all_serve(pids, n)); i++)
		usleep(50000);
	ck_assert_uint_eq(list_workers(pids), n);
	ck_assert(all_serve(pids, n));
}

/* What would be free if the process ended. */
static long private_bytes(pid_t pid)
{
	long kb = field_of(pid, "smaps_rollup", "Private_Clean:") + field_of(pid, "smaps_rollup", "Private_Dirty:");
	ck_assert_int_gt(kb, 0);
	return kb * 1024;
}

static unsigned open_files(pid_t pid)
{
	char path[64];
	unsigned n = 0;
	snprintf(path, sizeof path, "/proc/%d/fd", pid);
	DIR *folder = opendir(path);
	ck_assert_ptr_nonnull(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

static void publish_big(const char *path, int first, int count)
{
	static char text[8000];
	for (int i = first; i < first + count; i++) {
		memset(text, 'x', sizeof text - 1);
		text[sprintf(text, "#%d#", i)] = '.';
		char *answer = wire_answer(&host, &(struct wire_request){ .path = path, .type = "text/plain", .body = text });
		ck_assert_msg(strstr(answer, "Status: 200") != NULL, "%s", answer);
		free(answer);
	}
}

START_TEST(an_idle_stream_costs_a_worker_at_most_512_bytes)
{
	enum { FEW = 500, MANY = 5000 };
	pid_t worker;
	allow_files(FEW + MANY + 100);
	start(NULL, 1);
	open_crowd(FEW, "/feed"); /* what the first ones need is needed once */
	await_crowd();
	await_workers(&worker, 1);
	long before = private_bytes(worker);
	open_crowd(MANY, "/feed");
	await_crowd();
	long each = (private_bytes(worker) - before) / MANY;
	ck_assert_int_le(each, 512);
}
END_TEST

START_TEST(four_workers_share_the_streams)
{
	enum { STREAMS = 4000, SHARE = STREAMS / WORKERS_MAX };
	pid_t pids[WORKERS_MAX];
	unsigned before[WORKERS_MAX], all = 0;
	allow_files(STREAMS + 100);
	start(NULL, WORKERS_MAX);
	await_workers(pids, WORKERS_MAX);
	for (int i = 0; i < WORKERS_MAX; i++)
		before[i] = open_files(pids[i]);
	open_crowd(STREAMS, "/feed");
	await_crowd();
	for (int i = 0; i < WORKERS_MAX; i++) {
		unsigned streams = open_files(pids[i]) - before[i];
		ck_assert_msg(streams * 2 <= SHARE * 3, "worker %d has %u of %d streams", i, streams, STREAMS);
		all += streams;
	}
	ck_assert_uint_ge(all, STREAMS);
}
END_TEST

START_TEST(readers_that_do_not_read_hold_a_bounded_amount)
{
	enum { STOPPED = 50, FIRST = 150, THEN = 300 };
	struct wire reader;
	pid_t worker;
	char mark[32];
	start("[access]\npublish = open\n[kind \"feed\"]\nkeep = 10000\n", 1);
	await_workers(&worker, 1);
	open_crowd(STOPPED, "/feed");
	await_crowd();
	wire_open(&reader, &host, &(struct wire_request){ .path = "/feed" });
	publish_big("/feed", 0, FIRST); /* more than their sockets hold: all of them are behind */
	ck_assert(wire_sees(&reader, "#149#"));
	long before = private_bytes(worker);
	publish_big("/feed", FIRST, THEN);
	ck_assert(wire_sees(&reader, "#449#")); /* the one that reads gets all of them meanwhile */
	ck_assert_int_eq(wire_count(&reader, "event: new-post\n"), FIRST + THEN);
	/* 300 events of 8,000 bytes: 2.4 MB for one stopped reader that would hold them, 120 MB for all */
	ck_assert_int_le(private_bytes(worker) - before, 2400000);
	for (int i = 0; i < FIRST + THEN; i += 149) {
		snprintf(mark, sizeof mark, "#%d#", i);
		ck_assert_msg(wire_sees(&crowd[STOPPED - 1], mark), "event %d", i);
	}
	ck_assert(wire_sees(&crowd[STOPPED - 1], "#449#"));
	ck_assert_int_eq(wire_count(&crowd[STOPPED - 1], "event: new-post\n"), FIRST + THEN);
	ck_assert(wire_hang_up(&reader));
}
END_TEST

START_TEST(streams_beyond_the_limit_of_files_are_told_to_come_back)
{
	enum { FILES = 300, STREAMS = 172 }; /* 128 are for other things */
	char *said = folder_new(), path[300], line[1000] = "";
	struct wire late;
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ FILES, FILES });
	snprintf(path, sizeof path, "%s/said", said);
	ck_assert_ptr_nonnull(freopen(path, "w+", stderr)); /* the pool's too, which starts now */
	start(NULL, 1);
	open_crowd(STREAMS, "/feed");
	await_crowd();
	wire_open(&late, &host, &(struct wire_request){ .path = "/feed" });
	ck_assert(wire_ends(&late));
	ck_assert_ptr_nonnull(strstr(late.raw.data, "Status: 200"));
	ck_assert_int_eq(wire_count(&late, "retry: "), 1);
	close(late.fd);
	rewind(stderr);
	ck_assert_ptr_nonnull(fgets(line, sizeof line, stderr));
	ck_assert_msg(strstr(line, "172 streams are open") && strstr(line, "ulimit -n, LimitNOFILE="), "%s", line);
	ck_assert(wire_sees(&crowd[STREAMS - 1], "\n:")); /* the others stay */
	ck_assert(wire_hang_up(&crowd[--crowd_size]));
	open_crowd(1, "/feed"); /* and who comes back finds a place */
	await_crowd();
	folder_remove(said);
}
END_TEST

static Suite *fanout_suite(void)
{
	Suite *suite = suite_create("fanout");
	TCase *tc = tcase_create("fanout");
	tcase_set_timeout(tc, 180);
	tcase_add_checked_fixture(tc, NULL, stop);
	tcase_add_test(tc, an_idle_stream_costs_a_worker_at_most_512_bytes);
	tcase_add_test(tc, four_workers_share_the_streams);
	tcase_add_test(tc, readers_that_do_not_read_hold_a_bounded_amount);
	tcase_add_test(tc, streams_beyond_the_limit_of_files_are_told_to_come_back);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(fanout_suite)
