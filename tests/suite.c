#include "suite.h"

#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

enum { FOLDERS_MAX = 8 }; /* of one test */

static char *folders[FOLDERS_MAX]; /* that are still there */
static pid_t owner;

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *where)
{
	(void)info, (void)type, (void)where;
	if (remove(path) < 0 && errno == EBUSY) { /* something is mounted there */
		umount2(path, MNT_DETACH);
		return remove(path);
	}
	return 0;
}

static void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A test that fails exits there and then, without its teardown. */
static void remove_left(void)
{
	for (int i = 0; i < FOLDERS_MAX && owner == getpid(); i++)
		if (folders[i])
			remove_tree(folders[i]);
}

char *folder_new(void)
{
	char *path = strdup("/tmp/runnel-check-XXXXXX");
	int place = 0;
	ck_assert_ptr_nonnull(mkdtemp(path));
	if (owner != getpid()) {
		memset(folders, 0, sizeof folders);
		owner = getpid();
		atexit(remove_left);
	}
	while (place < FOLDERS_MAX && folders[place])
		place++;
	ck_assert_int_lt(place, FOLDERS_MAX);
	folders[place] = path;
	return path;
}

void folder_remove(char *path)
{
	remove_tree(path);
	for (int i = 0; i < FOLDERS_MAX; i++)
		if (folders[i] == path)
			folders[i] = NULL;
	free(path);
}

bool readable_within(int fd, int ms)
{
	return poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, ms) == 1;
}
