/*
 * How many streams are open, in a file that nobody may trust.
 */
#include "site/scoreboard.h"
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *folder;
static char path[256];

static void setup(void)
{
	folder = folder_new();
	snprintf(path, sizeof path, "%s/streams", folder);
}

static void teardown(void)
{
	folder_remove(folder);
}

/* Shows a count, says so, and lives until it is killed. */
static pid_t fork_process(unsigned streams)
{
	int said[2];
	char byte;
	ck_assert_int_eq(pipe(said), 0);
	pid_t pid = fork();
	if (pid == 0) {
		scoreboard_show(scoreboard_open(folder), streams);
		if (write(said[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(said[1]);
	ck_assert_int_eq(read(said[0], &byte, 1), 1);
	close(said[0]);
	return pid;
}

START_TEST(only_processes_that_live_are_counted)
{
	struct scoreboard *scoreboard = scoreboard_open(folder);
	pid_t a = fork_process(3), b = fork_process(4);
	ck_assert_uint_eq(scoreboard_total(scoreboard), 7);
	scoreboard_show(scoreboard, 10);
	ck_assert_uint_eq(scoreboard_total(scoreboard), 17);
	scoreboard_show(scoreboard, 11);
	ck_assert_uint_eq(scoreboard_total(scoreboard), 18);
	kill(a, SIGKILL);
	waitpid(a, NULL, 0);
	ck_assert_uint_eq(scoreboard_total(scoreboard), 15);
	scoreboard_close(scoreboard);
	scoreboard = scoreboard_open(folder);
	ck_assert_uint_eq(scoreboard_total(scoreboard), 4);
	kill(b, SIGKILL);
	waitpid(b, NULL, 0);
	ck_assert_uint_eq(scoreboard_total(scoreboard), 0);
	scoreboard_close(scoreboard);
}
END_TEST

/* As in two containers on one volume: the one's number is no process of the other's. */
START_TEST(a_process_of_the_same_id_has_a_slot_of_its_own)
{
	struct scoreboard *one = scoreboard_open(folder), *other = scoreboard_open(folder);
	scoreboard_show(one, 3);
	scoreboard_show(other, 4);
	ck_assert_uint_eq(scoreboard_total(one), 7);
	scoreboard_close(one);
	ck_assert_uint_eq(scoreboard_total(other), 4);
	scoreboard_close(other);
}
END_TEST

START_TEST(a_file_cut_short_under_us_stops_nobody)
{
	struct scoreboard *scoreboard = scoreboard_open(folder);
	scoreboard_show(scoreboard, 3);
	ck_assert_int_eq(truncate(path, 0), 0);
	ck_assert_uint_eq(scoreboard_total(scoreboard), 0);
	scoreboard_show(scoreboard, 4);
	ck_assert_uint_eq(scoreboard_total(scoreboard), 4);
	scoreboard_close(scoreboard);
}
END_TEST

START_TEST(numbers_that_cannot_be_are_not_shown)
{
	struct scoreboard *scoreboard = scoreboard_open(folder);
	char garbage[16384];
	scoreboard_show(scoreboard, 3);
	memset(garbage, 0xff, sizeof garbage);
	int fd = open(path, O_WRONLY);
	ck_assert_int_eq(write(fd, garbage, sizeof garbage), sizeof garbage);
	close(fd);
	ck_assert_uint_eq(scoreboard_total(scoreboard), 0);
	scoreboard_close(scoreboard);
}
END_TEST

START_TEST(what_is_planted_is_neither_followed_nor_waited_for)
{
	char victim[256];
	struct stat info;
	struct scoreboard *scoreboard = scoreboard_open(folder);
	snprintf(victim, sizeof victim, "%s/victim", folder);
	chmod(folder, 0770);
	close(open(victim, O_WRONLY | O_CREAT, 0600));
	for (int i = 0; i < 4; i++) {
		int done = i == 0 ? symlink(victim, path) : i == 1 ? link(victim, path) : i == 2 ? mkfifo(path, 0600) : mkdir(path, 0700);
		ck_assert_int_eq(done, 0);
		scoreboard_show(scoreboard, 3);
		ck_assert_uint_eq(scoreboard_total(scoreboard), 0);
		ck_assert_int_eq(stat(victim, &info), 0);
		ck_assert_int_eq(info.st_size, 0);
		ck_assert_int_eq(info.st_mode & 0777, 0600);
		ck_assert_int_eq(remove(path), 0);
		scoreboard_close(scoreboard);
		scoreboard = scoreboard_open(folder);
	}
	scoreboard_close(scoreboard);
}
END_TEST

static Suite *scoreboard_suite(void)
{
	Suite *suite = suite_create("presence");
	TCase *tc = tcase_create("presence");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, only_processes_that_live_are_counted);
	tcase_add_test(tc, a_process_of_the_same_id_has_a_slot_of_its_own);
	tcase_add_test(tc, a_file_cut_short_under_us_stops_nobody);
	tcase_add_test(tc, numbers_that_cannot_be_are_not_shown);
	tcase_add_test(tc, what_is_planted_is_neither_followed_nor_waited_for);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(scoreboard_suite)
