#include "site/scoreboard.h"

#include "base/buf.h"
#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SLOTS = 4096,            /* a CGI process over that is not counted */
	STREAMS_MAX = 10000000,  /* in one slot; a higher number is none of ours */
};

static const char file_name[] = "streams";

struct scoreboard {
	char *directory;
	pid_t pid;  /* of the process that fd and slot are of, 0: none yet */
	int fd;
	int slot;   /* -1: none to be had */
};

static int open_file(const char *directory, bool make)
{
	int folder = store_folder_open(directory);
	if (folder < 0)
		return -1;
	int fd = store_file_open(folder, file_name, O_RDWR, S_IFREG);
	if (fd < 0 && errno == ENOENT && make) {
		fd = store_file_make(folder, file_name);
		if (fd < 0 && errno == EEXIST)
			fd = store_file_open(folder, file_name, O_RDWR, S_IFREG);
	}
	close(folder);
	return fd;
}

static off_t offset_of(int slot)
{
	return (off_t)slot * (off_t)sizeof(uint32_t);
}

/* fcntl(2), "Open file description locks": not of the process, which may open the file again and close that. */
static struct flock lock_of(int first, int count)
{
	return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = offset_of(first), .l_len = offset_of(count) };
}

/* Starting at the pid, two processes rarely meet. */
static int claim(int fd)
{
	for (int i = 0; i < SLOTS; i++) {
		int slot = (int)(((unsigned)getpid() + (unsigned)i) % SLOTS);
		struct flock lock = lock_of(slot, 1);
		if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
			return slot;
		if (errno != EAGAIN && errno != EACCES)
			break;
	}
	return -1;
}

struct scoreboard *scoreboard_open(const char *directory)
{
	struct scoreboard *scoreboard = must_alloc(sizeof *scoreboard);
	*scoreboard = (struct scoreboard){ must_copy(directory), 0, -1, -1 };
	return scoreboard;
}

void scoreboard_show(struct scoreboard *scoreboard, unsigned streams)
{
	uint32_t count = streams;
	if (scoreboard->pid != getpid()) {
		if (scoreboard->fd >= 0)
			close(scoreboard->fd);
		scoreboard->pid = getpid();
		scoreboard->fd = open_file(scoreboard->directory, true);
		scoreboard->slot = scoreboard->fd >= 0 ? claim(scoreboard->fd) : -1;
	}
	if (scoreboard->slot >= 0 && pwrite(scoreboard->fd, &count, sizeof count, offset_of(scoreboard->slot)) < 0) {
		/* on a full disk the number is missing on a page */
	}
}

static unsigned streams_in(int fd, int slot)
{
	uint32_t count;
	if (pread(fd, &count, sizeof count, offset_of(slot)) != sizeof count || count > STREAMS_MAX)
		return 0;
	return count;
}

/* The kernel names any one of the locks in a range: what is left of it, and right of it, is asked again. */
static unsigned total_in(int fd, int first, int end)
{
	unsigned total = 0;
	while (first < end) {
		struct flock lock = lock_of(first, end - first);
		if (fcntl(fd, F_OFD_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
			break;
		int slot = (int)(lock.l_start / (off_t)sizeof(uint32_t));
		if (slot < first || slot >= end || lock.l_len != (off_t)sizeof(uint32_t))
			break; /* no lock of ours */
		total += total_in(fd, first, slot) + streams_in(fd, slot);
		first = slot + 1;
	}
	return total;
}

unsigned scoreboard_total(const struct scoreboard *scoreboard)
{
	int fd = open_file(scoreboard->directory, false);
	unsigned total = fd >= 0 ? total_in(fd, 0, SLOTS) : 0;
	if (fd >= 0)
		close(fd);
	return total;
}

void scoreboard_close(struct scoreboard *scoreboard)
{
	if (scoreboard->fd >= 0)
		close(scoreboard->fd); /* and with it the lock */
	free(scoreboard->directory);
	free(scoreboard);
}
