/*
 * The doorbell between processes.
 */
#include "suite.h"
#include "store/bell.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 30000, LISTENERS = 300, PIPE_BYTES = 64 * 1024 };

static char *folder;

static void setup(void)
{
	folder = folder_new();
}

static void teardown(void)
{
	folder_remove(folder);
}

static struct bell *open_wake(void)
{
	struct bell *bell = bell_open(folder);
	ck_assert_ptr_nonnull(bell);
	return bell;
}

START_TEST(a_ring_is_heard_once)
{
	struct bell *mine = open_wake(), *other = open_wake();
	int fd = bell_listen(mine, bell_mask("feed"));
	ck_assert_int_ge(fd, 0);
	ck_assert(!bell_rang(mine));
	bell_ring(other, bell_mask("feed"));
	bell_ring(other, bell_mask("feed"));
	ck_assert(readable_within(fd, PATIENCE_MS));
	ck_assert(bell_rang(mine));
	ck_assert(bell_rang(mine)); /* to ask is not to take */
	bell_clear(mine);
	ck_assert(!bell_rang(mine));
	ck_assert(!readable_within(fd, 50));
	bell_ring(other, BELL_ALL);
	ck_assert(readable_within(fd, PATIENCE_MS));
	bell_close(other);
	bell_close(mine);
}
END_TEST

START_TEST(a_ring_for_other_channels_wakes_nobody)
{
	struct bell *mine = open_wake();
	int fd = bell_listen(mine, bell_mask("feed"));
	bell_ring(mine, BELL_ALL & ~bell_mask("feed"));
	ck_assert(!readable_within(fd, 50));
	bell_close(mine);
}
END_TEST

static int files_in(const char *path)
{
	int n = 0;
	DIR *listing = opendir(path);
	ck_assert_ptr_nonnull(listing);
	for (struct dirent *entry; (entry = readdir(listing)) != NULL;)
		n += entry->d_name[0] != '.';
	closedir(listing);
	return n;
}

/* Valid until the next call. */
static const char *bell_path(int number)
{
	static char path[256];
	char name[BELL_NAME_BYTES];
	bell_name(number, name);
	snprintf(path, sizeof path, "%s/" BELL_FOLDER "/%s", folder, name);
	return path;
}

/* It says when it listens, and when it heard. */
static void listen_once(int report_fd)
{
	struct bell *bell = bell_open(folder);
	int fd = bell ? bell_listen(bell, bell_mask("feed")) : -1;
	if (bell)
		bell_clear(bell); /* what rang before */
	if (fd < 0 || write(report_fd, "", 1) != 1)
		_exit(1);
	_exit(readable_within(fd, PATIENCE_MS) && write(report_fd, "", 1) == 1 ? 0 : 1);
}

static void await_reports(int fd, int count)
{
	char byte;
	while (count--)
		ck_assert(readable_within(fd, PATIENCE_MS) && read(fd, &byte, 1) == 1);
}

static void await_ends(int count)
{
	int status;
	while (count--) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
}

/* More than inotify's 128 of one user. */
START_TEST(one_ring_wakes_every_process)
{
	int reports[2];
	struct bell *bell = open_wake();
	ck_assert_int_eq(pipe(reports), 0);
	bell_ring(bell, BELL_ALL); /* so that no pipe is empty */
	for (int i = 0; i < LISTENERS; i++)
		if (fork() == 0)
			listen_once(reports[1]);
	await_reports(reports[0], LISTENERS);
	ck_assert(!readable_within(reports[0], 50));
	bell_ring(bell, bell_mask("feed"));
	await_reports(reports[0], LISTENERS);
	await_ends(LISTENERS);
	bell_close(bell);
}
END_TEST

START_TEST(a_bell_rings_however_often_it_has_rung)
{
	struct bell *bell = open_wake();
	int fd = bell_listen(bell, bell_mask("feed"));
	for (int i = 0; i < PIPE_BYTES * 2 + 3; i++) {
		bell_ring(bell, bell_mask("feed"));
		if (i % PIPE_BYTES > PIPE_BYTES - 3 || i % PIPE_BYTES < 3) {
			ck_assert_msg(readable_within(fd, 0), "ring %d was not heard", i);
			bell_clear(bell);
		}
	}
	bell_close(bell);
}
END_TEST

START_TEST(bells_take_the_stores_permissions_whatever_umask_says)
{
	struct stat info;
	char path[256];
	ck_assert_int_eq(chmod(folder, 0770), 0);
	mode_t before = umask(0077);
	struct bell *bell = open_wake();
	umask(before);
	snprintf(path, sizeof path, "%s/" BELL_FOLDER, folder);
	ck_assert_int_eq(stat(path, &info), 0);
	ck_assert_int_eq(info.st_mode & 0777, 0770);
	for (int i = 0; i < BELL_BELLS; i++) {
		ck_assert_int_eq(stat(bell_path(i), &info), 0);
		ck_assert_int_eq(info.st_mode & 0777, 0660);
	}
	bell_close(bell);
}
END_TEST

/* All must end up with the same bells, and leave nothing else behind. */
START_TEST(processes_that_open_at_once_share_their_bells)
{
	int reports[2], starts[2];
	char byte;
	ck_assert_int_eq(pipe(reports), 0);
	ck_assert_int_eq(pipe(starts), 0);
	for (int i = 0; i < 20; i++)
		if (fork() == 0) {
			close(starts[1]);
			if (read(starts[0], &byte, 1) == 0)
				listen_once(reports[1]);
		}
	close(starts[1]);
	await_reports(reports[0], 20);
	ck_assert_int_eq(files_in(folder), 1);
	struct bell *bell = open_wake();
	bell_ring(bell, bell_mask("feed"));
	await_reports(reports[0], 20);
	await_ends(20);
	bell_close(bell);
}
END_TEST

/* A copy of a store may have left out what is no plain file. */
START_TEST(bells_that_are_gone_are_made_again)
{
	bell_close(open_wake());
	for (int i = 0; i < BELL_BELLS; i++)
		ck_assert_int_eq(unlink(bell_path(i)), 0);
	struct bell *bell = open_wake();
	int fd = bell_listen(bell, BELL_ALL);
	bell_clear(bell);
	bell_ring(bell, bell_mask("feed"));
	ck_assert(readable_within(fd, PATIENCE_MS));
	bell_close(bell);
}
END_TEST

START_TEST(a_bell_that_is_missing_keeps_no_other_from_ringing)
{
	bell_close(open_wake());
	ck_assert_int_eq(unlink(bell_path(BELL_BELLS - 1)), 0);
	struct bell *bell = open_wake();
	int fd = bell_listen(bell, BELL_ALL);
	ck_assert_int_ge(fd, 0);
	bell_clear(bell);
	bell_ring(bell, UINT32_C(1) << (BELL_BELLS - 2));
	ck_assert(readable_within(fd, PATIENCE_MS));
	bell_close(bell);
}
END_TEST

/* Another member of the store's group could put one there: what it points to is not rung. */
START_TEST(a_link_in_the_place_of_a_bell_is_not_followed)
{
	char elsewhere[256];
	snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", folder);
	ck_assert_int_eq(mkfifo(elsewhere, 0600), 0);
	int fd = open(elsewhere, O_RDWR | O_NONBLOCK);
	bell_close(open_wake());
	ck_assert_int_eq(unlink(bell_path(0)), 0);
	ck_assert_int_eq(symlink(elsewhere, bell_path(0)), 0);
	struct bell *bell = open_wake();
	bell_ring(bell, BELL_ALL);
	ck_assert(!readable_within(fd, 50));
	bell_close(bell);
	close(fd);
}
END_TEST

START_TEST(a_link_in_the_place_of_the_bells_is_not_followed)
{
	char moved[256], bells[256];
	snprintf(bells, sizeof bells, "%s/" BELL_FOLDER, folder);
	snprintf(moved, sizeof moved, "%s/moved", folder);
	bell_close(open_wake());
	ck_assert_int_eq(rename(bells, moved), 0);
	ck_assert_int_eq(symlink(moved, bells), 0);
	ck_assert_ptr_null(bell_open(folder));
}
END_TEST

static Suite *bell_suite(void)
{
	Suite *suite = suite_create("wake");
	TCase *tc = tcase_create("wake");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_ring_is_heard_once);
	tcase_add_test(tc, a_ring_for_other_channels_wakes_nobody);
	tcase_add_test(tc, one_ring_wakes_every_process);
	tcase_add_test(tc, a_bell_rings_however_often_it_has_rung);
	tcase_add_test(tc, bells_take_the_stores_permissions_whatever_umask_says);
	tcase_add_test(tc, processes_that_open_at_once_share_their_bells);
	tcase_add_test(tc, bells_that_are_gone_are_made_again);
	tcase_add_test(tc, a_bell_that_is_missing_keeps_no_other_from_ringing);
	tcase_add_test(tc, a_link_in_the_place_of_a_bell_is_not_followed);
	tcase_add_test(tc, a_link_in_the_place_of_the_bells_is_not_followed);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(bell_suite)
