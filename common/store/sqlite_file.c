/*
 * How SQLite opens its files: as store_file.h says. It opens the write-ahead log, its index and a journal by itself, by
 * names that any member of the store's group can put something else at.
 */
#include "store/sqlite.h"

#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder itself, which is opened to be synced, and the source of random bytes. */
static bool is_no_file(int fd, const char *path, const char *name)
{
	struct stat info;
	bool ours = strncmp(name, STORE_SQLITE_FILE, sizeof STORE_SQLITE_FILE - 1) == 0;
	return strcmp(path, "/dev/urandom") == 0 || (!ours && fstat(fd, &info) == 0 && S_ISDIR(info.st_mode));
}

/* Stands in for open(2) (sqlite.org/c3ref/vfs.html, xSetSystemCall). */
static int open_for_sqlite(const char *path, int flags, int mode)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	int fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, (mode_t)mode);
	if (fd < 0 && (errno == ELOOP || errno == ENXIO || errno == EISDIR))
		store_file_say_foreign(name);
	if (fd < 0 || is_no_file(fd, path, name) || store_file_is_ours(fd, name, S_IFREG))
		return fd;
	close(fd);
	errno = STORE_FILE_FOREIGN;
	return -1;
}

void store_sqlite_guard_files(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
	if (vfs && vfs->iVersion >= 3)
		vfs->xSetSystemCall(vfs, "open", (sqlite3_syscall_ptr)open_for_sqlite);
}

/*
 * The database takes the directory's own rights, so that a store shared by a group stays shared whoever came
 * first; SQLite gives its side files the same. It is made before SQLite opens it: closing any descriptor of it
 * later would drop SQLite's locks.
 */
enum store_status store_sqlite_make_file(const char *directory)
{
	enum store_status status = STORE_OK;
	int folder = store_folder_open(directory);
	if (folder < 0)
		return store_sqlite_cause(errno);
	int fd = store_file_make(folder, STORE_SQLITE_FILE);
	if (fd >= 0)
		close(fd);
	else if (errno != EEXIST)
		status = store_sqlite_cause(errno);
	close(folder);
	return status;
}

enum store_status store_sqlite_cause(int error)
{
	switch (error) {
	case ENOENT: case ENOTDIR: return STORE_MISSING;
	case ENOSPC: case EDQUOT: return STORE_FULL;
	case EMFILE: case ENFILE: return STORE_LIMIT;
	case STORE_FILE_FOREIGN: return STORE_FOREIGN;
	}
	return STORE_DENIED;
}
