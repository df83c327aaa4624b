/*
 * The doorbell between processes.
 */
#include "suite.h"
#include "wake.h"

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

static struct wake *open_wake(void)
{
	struct wake *wake = wake_open(folder);
	ck_assert_ptr_nonnull(wake);
	return wake;
}

START_TEST(a_ring_is_heard_once)
{
	struct wake *mine = open_wake(), *other = open_wake();
	int fd = wake_listen(mine, wake_mask("feed"));
	ck_assert_int_ge(fd, 0);
	ck_assert(!wake_rang(mine));
	wake_ring(other, wake_mask("feed"));
	wake_ring(other, wake_mask("feed"));
	ck_assert(readable_within(fd, PATIENCE_MS));
	ck_assert(wake_rang(mine));
	ck_assert(wake_rang(mine)); /* to ask is not to take */
	wake_clear(mine);
	ck_assert(!wake_rang(mine));
	ck_assert(!readable_within(fd, 50));
	wake_ring(other, WAKE_ALL);
	ck_assert(readable_within(fd, PATIENCE_MS));
	wake_close(other);
	wake_close(mine);
}
END_TEST

START_TEST(a_ring_for_other_channels_wakes_nobody)
{
	struct wake *mine = open_wake();
	int fd = wake_listen(mine, wake_mask("feed"));
	wake_ring(mine, WAKE_ALL & ~wake_mask("feed"));
	ck_assert(!readable_within(fd, 50));
	wake_close(mine);
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
	char name[WAKE_NAME_BYTES];
	wake_name(number, name);
	snprintf(path, sizeof path, "%s/" WAKE_FOLDER "/%s", folder, name);
	return path;
}

/* It says when it listens, and when it heard. */
static void listen_once(int report_fd)
{
	struct wake *wake = wake_open(folder);
	int fd = wake ? wake_listen(wake, wake_mask("feed")) : -1;
	if (wake)
		wake_clear(wake); /* what rang before */
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
	struct wake *wake = open_wake();
	ck_assert_int_eq(pipe(reports), 0);
	wake_ring(wake, WAKE_ALL); /* so that no pipe is empty */
	for (int i = 0; i < LISTENERS; i++)
		if (fork() == 0)
			listen_once(reports[1]);
	await_reports(reports[0], LISTENERS);
	ck_assert(!readable_within(reports[0], 50));
	wake_ring(wake, wake_mask("feed"));
	await_reports(reports[0], LISTENERS);
	await_ends(LISTENERS);
	wake_close(wake);
}
END_TEST

START_TEST(a_bell_rings_however_often_it_has_rung)
{
	struct wake *wake = open_wake();
	int fd = wake_listen(wake, wake_mask("feed"));
	for (int i = 0; i < PIPE_BYTES * 2 + 3; i++) {
		wake_ring(wake, wake_mask("feed"));
		if (i % PIPE_BYTES > PIPE_BYTES - 3 || i % PIPE_BYTES < 3) {
			ck_assert_msg(readable_within(fd, 0), "ring %d was not heard", i);
			wake_clear(wake);
		}
	}
	wake_close(wake);
}
END_TEST

START_TEST(bells_take_the_stores_permissions_whatever_umask_says)
{
	struct stat info;
	char path[256];
	ck_assert_int_eq(chmod(folder, 0770), 0);
	mode_t before = umask(0077);
	struct wake *wake = open_wake();
	umask(before);
	snprintf(path, sizeof path, "%s/" WAKE_FOLDER, folder);
	ck_assert_int_eq(stat(path, &info), 0);
	ck_assert_int_eq(info.st_mode & 0777, 0770);
	for (int i = 0; i < WAKE_BELLS; i++) {
		ck_assert_int_eq(stat(bell_path(i), &info), 0);
		ck_assert_int_eq(info.st_mode & 0777, 0660);
	}
	wake_close(wake);
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
	struct wake *wake = open_wake();
	wake_ring(wake, wake_mask("feed"));
	await_reports(reports[0], 20);
	await_ends(20);
	wake_close(wake);
}
END_TEST

/* A copy of a store may have left out what is no plain file. */
START_TEST(bells_that_are_gone_are_made_again)
{
	wake_close(open_wake());
	for (int i = 0; i < WAKE_BELLS; i++)
		ck_assert_int_eq(unlink(bell_path(i)), 0);
	struct wake *wake = open_wake();
	int fd = wake_listen(wake, WAKE_ALL);
	wake_clear(wake);
	wake_ring(wake, wake_mask("feed"));
	ck_assert(readable_within(fd, PATIENCE_MS));
	wake_close(wake);
}
END_TEST

START_TEST(a_bell_that_is_missing_keeps_no_other_from_ringing)
{
	wake_close(open_wake());
	ck_assert_int_eq(unlink(bell_path(WAKE_BELLS - 1)), 0);
	struct wake *wake = open_wake();
	int fd = wake_listen(wake, WAKE_ALL);
	ck_assert_int_ge(fd, 0);
	wake_clear(wake);
	wake_ring(wake, UINT32_C(1) << (WAKE_BELLS - 2));
	ck_assert(readable_within(fd, PATIENCE_MS));
	wake_close(wake);
}
END_TEST

/* Another member of the store's group could put one there: what it points to is not rung. */
START_TEST(a_link_in_the_place_of_a_bell_is_not_followed)
{
	char elsewhere[256];
	snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", folder);
	ck_assert_int_eq(mkfifo(elsewhere, 0600), 0);
	int fd = open(elsewhere, O_RDWR | O_NONBLOCK);
	wake_close(open_wake());
	ck_assert_int_eq(unlink(bell_path(0)), 0);
	ck_assert_int_eq(symlink(elsewhere, bell_path(0)), 0);
	struct wake *wake = open_wake();
	wake_ring(wake, WAKE_ALL);
	ck_assert(!readable_within(fd, 50));
	wake_close(wake);
	close(fd);
}
END_TEST

START_TEST(a_link_in_the_place_of_the_bells_is_not_followed)
{
	char moved[256], bells[256];
	snprintf(bells, sizeof bells, "%s/" WAKE_FOLDER, folder);
	snprintf(moved, sizeof moved, "%s/moved", folder);
	wake_close(open_wake());
	ck_assert_int_eq(rename(bells, moved), 0);
	ck_assert_int_eq(symlink(moved, bells), 0);
	ck_assert_ptr_null(wake_open(folder));
}
END_TEST

static Suite *wake_suite(void)
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

SUITE_MAIN(wake_suite)
