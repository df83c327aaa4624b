#include "store/file.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int store_folder_open(const char *directory)
{
	return open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void store_file_say_foreign(const char *name)
{
	static struct log_pause said;
	if (log_due(&said))
		log_error("\"%s\" in the store is not what runnel made: it is a link, has several names, or is of another type; move it away", name);
	errno = STORE_FILE_FOREIGN;
}

bool store_file_is_ours(int fd, const char *name, mode_t type)
{
	struct stat info;
	if (fstat(fd, &info) < 0)
		return false;
	if ((info.st_mode & S_IFMT) == type && (info.st_nlink == 1 || type == S_IFDIR))
		return true;
	store_file_say_foreign(name);
	return false;
}

/* What open(2) says of a link, a directory or a socket where a file should be. */
static bool is_foreign(int error)
{
	return error == ELOOP || error == EISDIR || error == ENOTDIR || error == ENXIO || error == ENODEV;
}

int store_file_open(int folder, const char *name, int flags, mode_t type)
{
	int fd = openat(folder, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && is_foreign(errno))
		store_file_say_foreign(name);
	if (fd >= 0 && !store_file_is_ours(fd, name, type)) {
		int error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

int store_file_make(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && !store_file_take_rights(folder, fd)) {
		int error = errno;
		unlinkat(folder, name, 0);
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

bool store_file_take_rights(int folder, int fd)
{
	struct stat info, made;
	if (fstat(folder, &info) < 0 || fstat(fd, &made) < 0)
		return false;
	if (geteuid() == 0 && (made.st_uid != info.st_uid || made.st_gid != info.st_gid) && fchown(fd, info.st_uid, info.st_gid) < 0)
		return false;
	/* the folder's own bits, setgid too, for one below it; read and write for a file */
	return fchmod(fd, S_ISDIR(made.st_mode) ? info.st_mode & 07777 : info.st_mode & 0666) == 0;
}
