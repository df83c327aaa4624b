/*
 * What every store backend promises to many threads and processes at once.
 */
#include "store_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WRITERS = 4, EACH = 250, KILLED_PUBLISHERS = 600 };

static void *append_many(void *arg)
{
	char text[32];
	for (int i = 0; i < EACH; i++) {
		snprintf(text, sizeof text, "%d", i);
		struct store_entry entry = entry_of(arg, text, 1000, 100000);
		if (store_append(store, &entry, 1) != STORE_OK)
			return arg;
	}
	return NULL;
}

static bool in_order(void *arg, const struct event *event)
{
	int *next = arg;
	char text[32];
	snprintf(text, sizeof text, "%d", *next);
	ck_assert_uint_eq(event->fragment_bytes, strlen(text));
	ck_assert_int_eq(memcmp(event->fragment, text, strlen(text)), 0);
	++*next;
	return true;
}

START_TEST(threads_append_at_once_and_lose_nothing)
{
	pthread_t threads[WRITERS];
	const char *names[WRITERS] = { "a", "b", "c", "d" };
	store = open_store(_i);
	for (int i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, append_many, (void *)names[i]);
	for (int i = 0; i < WRITERS; i++) {
		void *failed;
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
	for (int i = 0; i < WRITERS; i++) {
		int next = 0;
		store_read(store, names[i], 0, 1 << 30, 100000, in_order, &next);
		ck_assert_int_eq(next, EACH);
	}
	uint64_t head;
	store_head(store, &head);
	ck_assert_uint_eq(head, WRITERS * EACH);
}
END_TEST

/* Appends that nobody waits for: each is told once, with its seq, by whichever thread wrote. */
struct own_append {
	struct store_append append; /* first */
	struct store_entry entry;
	char text[32];
	atomic_uint told;
	enum store_status status;
};

static void note_told(struct store_append *append, enum store_status status)
{
	struct own_append *own = (struct own_append *)append;
	own->status = status;
	atomic_fetch_add(&own->told, 1);
}

static void *append_and_go_on(void *arg)
{
	struct own_append *own = arg;
	for (int i = 0; i < EACH; i++)
		store_append_then(store, &own[i].append);
	return NULL;
}

START_TEST(appends_that_nobody_waits_for_are_each_told_once)
{
	static struct own_append own[WRITERS][EACH];
	static const char *const names[WRITERS] = { "a", "b", "c", "d" };
	pthread_t threads[WRITERS];
	uint64_t removed, head;
	store = open_store(_i);
	append("gone", "x");
	for (int i = 0; i < WRITERS; i++) {
		for (int k = 0; k < EACH; k++) {
			snprintf(own[i][k].text, sizeof own[i][k].text, "%d", k);
			own[i][k].entry = entry_of(names[i], own[i][k].text, 1000, 100000);
			own[i][k].append = (struct store_append){ &own[i][k].entry, 1, note_told, NULL };
			own[i][k].told = 0;
		}
		pthread_create(&threads[i], NULL, append_and_go_on, own[i]);
	}
	ck_assert_int_eq(store_remove(store, "gone", &removed), STORE_OK); /* comes in between */
	ck_assert_uint_eq(removed, 1);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < WRITERS; i++) {
		int next = 0;
		for (int k = 0; k < EACH; k++) {
			ck_assert_uint_eq(own[i][k].told, 1);
			ck_assert_int_eq(own[i][k].status, STORE_OK);
			ck_assert(k == 0 || own[i][k].entry.seq > own[i][k - 1].entry.seq);
		}
		store_read(store, names[i], 0, 1 << 30, 100000, in_order, &next);
		ck_assert_int_eq(next, EACH);
	}
	store_head(store, &head);
	ck_assert_uint_eq(head, WRITERS * EACH + 1);
}
END_TEST

static pid_t fork_writer(int backend, const char *channel)
{
	pid_t pid = fork();
	if (pid == 0) {
		store = open_store(backend);
		_exit(append_many((void *)channel) ? 1 : 0);
	}
	return pid;
}

START_TEST(processes_append_at_once_and_lose_nothing)
{
	pid_t pids[WRITERS];
	const char *names[WRITERS] = { "a", "b", "c", "d" };
	for (int i = 0; i < WRITERS; i++)
		pids[i] = fork_writer(_i, names[i]); /* the first to come make the store */
	for (int i = 0; i < WRITERS; i++) {
		int status;
		waitpid(pids[i], &status, 0);
		ck_assert_int_eq(status, 0);
	}
	store = open_store(_i);
	for (int i = 0; i < WRITERS; i++) {
		int next = 0;
		store_read(store, names[i], 0, 1 << 30, 100000, in_order, &next);
		ck_assert_int_eq(next, EACH);
	}
}
END_TEST

/* A writer says each seq that it was promised; after the kill every one of them must be there. */
static void append_and_tell(int backend, int fd)
{
	store = open_store(backend);
	for (int i = 0;; i++) {
		char text[32];
		snprintf(text, sizeof text, "%d", i);
		struct store_entry entry = entry_of("a", text, 1000, 1000000);
		if (store_append(store, &entry, 1) != STORE_OK || write(fd, &i, sizeof i) != sizeof i)
			_exit(1);
	}
}

START_TEST(a_writer_killed_at_any_moment_leaves_all_it_was_promised)
{
	int told = -1, next = 0;
	for (int round = 0; round < 8; round++) {
		int pipes[2], last;
		folder_remove(folder);
		folder = folder_new();
		ck_assert_int_eq(pipe(pipes), 0);
		pid_t pid = fork();
		if (pid == 0)
			append_and_tell(_i, pipes[1]);
		close(pipes[1]);
		usleep(20000 + (useconds_t)round * 3700);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		for (told = -1; read(pipes[0], &last, sizeof last) == sizeof last;)
			told = last;
		close(pipes[0]);
		store = open_store(_i);
		next = 0;
		store_read(store, "a", 0, 1 << 30, 10000000, in_order, &next);
		ck_assert_int_ge(next, told + 1);
		ck_assert_uint_gt(append("a", "after"), 0);
		store_close(store);
		store = NULL;
	}
}
END_TEST

/* ---- the bell ---- */

START_TEST(an_append_of_another_process_rings)
{
	store = open_store(_i);
	int fd = store_listen(store, store_interest("a"));
	ck_assert_int_ge(fd, 0);
	usleep(50000);
	store_quiet(store);
	ck_assert(!store_rang(store));
	ck_assert(!readable_within(fd, 50));
	pid_t pid = fork();
	if (pid == 0) {
		struct store_entry entry = entry_of("a", "x", 1, 9);
		struct store *own = open_store(_i);
		_exit(store_append(own, &entry, 1) == STORE_OK ? 0 : 1);
	}
	ck_assert(readable_within(fd, 3000));
	ck_assert(store_rang(store));
	waitpid(pid, NULL, 0);
	all_is(0, "a:x ");
}
END_TEST

/* Of the write-ahead log, 0 when there is none. */
static off_t log_bytes(void)
{
	char path[300];
	struct stat info;
	snprintf(path, sizeof path, "%s/events.db-wal", folder);
	return stat(path, &info) == 0 ? info.st_size : 0;
}

/* Who opens the store next, perhaps for a single look, need not read all that the last one wrote. */
START_TEST(a_program_that_ends_leaves_no_long_log)
{
	store = open_store(_i);
	for (int i = 0; i < EACH * 2; i++)
		append("a", "x");
	ck_assert_int_gt(log_bytes(), 256 * 4120);
	store_close(store);
	store = NULL;
	ck_assert_int_lt(log_bytes(), 256 * 4120);
}
END_TEST

/* None of them lives to clean up: the next still need not read all that they have written. */
START_TEST(publishers_that_are_killed_leave_no_long_log)
{
	uint64_t head = 0;
	for (int i = 0; i < KILLED_PUBLISHERS; i++) {
		pid_t child = fork();
		if (child == 0) {
			store = open_store(_i);
			append("a", "x");
			kill(getpid(), SIGKILL);
		}
		ck_assert_int_eq(waitpid(child, NULL, 0), child);
	}
	ck_assert_int_lt(log_bytes(), 2 * 256 * 4120);
	store = open_store(_i);
	ck_assert_int_eq(store_head(store, &head), STORE_OK);
	ck_assert_uint_eq(head, KILLED_PUBLISHERS);
}
END_TEST

static Suite *store_shared_suite(void)
{
	Suite *suite = suite_create("store_shared");
	TCase *tc = store_case("store_shared");
	store_case_add(tc, threads_append_at_once_and_lose_nothing);
	store_case_add(tc, appends_that_nobody_waits_for_are_each_told_once);
	store_case_add(tc, processes_append_at_once_and_lose_nothing);
	store_case_add(tc, a_writer_killed_at_any_moment_leaves_all_it_was_promised);
	store_case_add(tc, a_program_that_ends_leaves_no_long_log);
	store_case_add(tc, publishers_that_are_killed_leave_no_long_log);
	store_case_add(tc, an_append_of_another_process_rings);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(store_shared_suite)
