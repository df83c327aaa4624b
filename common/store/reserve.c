#include "store/reserve.h"

#include "store/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { RESERVE_BYTES = 1 << 20, RESERVE_BYTES_MIN = 64 << 10 };

static int open_reserve(const char *directory, bool make)
{
	int folder = store_folder_open(directory);
	if (folder < 0)
		return -1;
	int fd = store_file_open(folder, STORE_RESERVE_FILE, O_RDWR, S_IFREG);
	if (fd < 0 && make)
		fd = store_file_make(folder, STORE_RESERVE_FILE);
	close(folder);
	return fd;
}

/* Holes are no room: a file that is long and empty counts by the blocks that it has. */
static bool holds(int fd, off_t bytes)
{
	struct stat info;
	return fstat(fd, &info) == 0 && (off_t)info.st_blocks * 512 >= bytes;
}

/* Of a small disk a quarter of what is free is enough. */
static bool fits(int fd, off_t bytes)
{
	struct statvfs disk;
	return fstatvfs(fd, &disk) == 0 && bytes / 1024 <= (off_t)(disk.f_bavail * disk.f_frsize / 1024 / 4);
}

void store_reserve_make(const char *directory)
{
	int fd = open_reserve(directory, true);
	if (fd < 0)
		return;
	for (off_t bytes = RESERVE_BYTES; bytes >= RESERVE_BYTES_MIN && !holds(fd, bytes); bytes /= 2)
		if (fits(fd, bytes) && posix_fallocate(fd, 0, bytes) == 0)
			break;
	close(fd);
}

bool store_reserve_release(const char *directory)
{
	int fd = open_reserve(directory, false);
	if (fd < 0)
		return false;
	bool there = holds(fd, RESERVE_BYTES_MIN) && ftruncate(fd, 0) == 0;
	close(fd);
	return there;
}
