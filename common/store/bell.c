#include "store/bell.h"

#include "base/buf.h"
#include "base/log.h"
#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RING_TRIES = 4, FULL_READS = 16 };

struct bell {
	int folder;
	int epoll_fd;                  /* -1 until somebody listens */
	_Atomic int bells[BELL_BELLS]; /* -1 until it is rung or listened to */
};

void bell_name(int number, char name[BELL_NAME_BYTES])
{
	snprintf(name, BELL_NAME_BYTES, "%02d", number % BELL_BELLS);
}

/* ---- the folder ---- */

static int open_bell(int folder, int number, int flags)
{
	char name[BELL_NAME_BYTES];
	bell_name(number, name);
	return store_file_open(folder, name, flags, S_IFIFO);
}

/* Whole under a name of its own first: no other process ever finds it with half its bells. */
static bool make_bells(int store, int folder)
{
	char name[BELL_NAME_BYTES];
	for (int i = 0; i < BELL_BELLS; i++) {
		bell_name(i, name);
		int fd = mkfifoat(folder, name, 0600) == 0 ? open_bell(folder, i, O_RDWR) : -1;
		if (fd < 0)
			return false;
		bool ok = store_file_take_rights(store, fd); /* umask must not decide who may ring */
		close(fd);
		if (!ok)
			return false;
	}
	return store_file_take_rights(store, folder);
}

static void remove_folder(int store, int folder, const char *name)
{
	char bell[BELL_NAME_BYTES];
	for (int i = 0; folder >= 0 && i < BELL_BELLS; i++) {
		bell_name(i, bell);
		unlinkat(folder, bell, 0);
	}
	unlinkat(store, name, AT_REMOVEDIR);
}

/* What mkdirat() has just made, and nothing that another member of the store's group has put in its place. */
static int open_made(int store, const char *name)
{
	struct stat info;
	int folder = store_file_open(store, name, O_RDONLY | O_DIRECTORY, S_IFDIR);
	if (folder >= 0 && (fstat(folder, &info) < 0 || info.st_uid != geteuid() || (info.st_mode & 0777 & ~0700u))) {
		close(folder);
		errno = EACCES;
		return -1;
	}
	return folder;
}

static bool make_folder(int store)
{
	char name[64];
	uint64_t random;
	if (getrandom(&random, sizeof random, 0) != sizeof random)
		return false;
	snprintf(name, sizeof name, BELL_FOLDER ".%016" PRIx64, random);
	if (mkdirat(store, name, 0700) < 0)
		return false;
	int folder = open_made(store, name), error = 0;
	if (folder < 0 || !make_bells(store, folder) || renameat(store, name, store, BELL_FOLDER) < 0)
		error = errno;
	if (error)
		remove_folder(store, folder, name);
	if (folder >= 0)
		close(folder);
	errno = error;
	return !error || error == ENOTEMPTY || error == EEXIST; /* another process was faster */
}

/* -1 with errno set: ENOENT also where a copy of a store has left its pipes out. */
static int open_with_bells(int store)
{
	char first[BELL_NAME_BYTES];
	int folder = store_file_open(store, BELL_FOLDER, O_PATH | O_DIRECTORY, S_IFDIR);
	bell_name(0, first);
	if (folder >= 0 && faccessat(folder, first, R_OK | W_OK, AT_EACCESS) < 0) {
		int error = errno;
		close(folder);
		errno = error;
		return -1;
	}
	return folder;
}

static int open_folder(const char *directory)
{
	int store = store_folder_open(directory), folder = store < 0 ? -1 : open_with_bells(store);
	if (store >= 0 && folder < 0 && errno == ENOENT && make_folder(store))
		folder = store_file_open(store, BELL_FOLDER, O_PATH | O_DIRECTORY, S_IFDIR);
	int error = errno;
	if (store >= 0)
		close(store);
	errno = error;
	return folder;
}

struct bell *bell_open(const char *directory)
{
	int folder = open_folder(directory);
	if (folder < 0)
		return NULL;
	struct bell *bell = must_alloc(sizeof *bell);
	bell->folder = folder;
	bell->epoll_fd = -1;
	for (int i = 0; i < BELL_BELLS; i++)
		bell->bells[i] = -1;
	return bell;
}

void bell_close(struct bell *bell)
{
	if (!bell)
		return;
	for (int i = 0; i < BELL_BELLS; i++)
		if (bell->bells[i] >= 0)
			close(bell->bells[i]);
	if (bell->epoll_fd >= 0)
		close(bell->epoll_fd);
	close(bell->folder);
	free(bell);
}

/* ---- ringing ---- */

uint32_t bell_mask(const char *channel)
{
	uint32_t hash = 2166136261u; /* FNV-1a: spreads names, protects nothing */
	for (; *channel; channel++)
		hash = (hash ^ (unsigned char)*channel) * 16777619u;
	return UINT32_C(1) << (hash >> 27);
}

/* For reading and writing: so opening does not wait for a reader, nor does writing want one. */
static int bell_at(struct bell *bell, int number)
{
	int none = -1, fd = atomic_load(&bell->bells[number]);
	if (fd >= 0)
		return fd;
	fd = open_bell(bell->folder, number, O_RDWR);
	if (fd >= 0 && !atomic_compare_exchange_strong(&bell->bells[number], &none, fd)) {
		close(fd);
		fd = none;
	}
	return fd;
}

static void empty(int fd)
{
	char rings[4096];
	for (int i = 0; i < FULL_READS && read(fd, rings, sizeof rings) > 0; i++)
		;
}

/* Whoever finds the pipe full, after 64 Ki rings, empties it, and then rings: nobody misses that one. */
static void ring(int fd)
{
	for (int i = 0; i < RING_TRIES && write(fd, "", 1) < 0; i++)
		if (errno == EAGAIN)
			empty(fd);
}

void bell_ring(struct bell *bell, uint32_t mask)
{
	for (int i = 0; i < BELL_BELLS; i++) {
		int fd = mask & UINT32_C(1) << i ? bell_at(bell, i) : -1;
		if (fd >= 0)
			ring(fd);
	}
}

/* ---- listening ---- */

int bell_listen(struct bell *bell, uint32_t mask)
{
	struct epoll_event edge = { .events = EPOLLIN | EPOLLET };
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	char name[BELL_NAME_BYTES];
	for (int i = 0; i < BELL_BELLS && epoll_fd >= 0; i++) {
		if (!(mask & UINT32_C(1) << i))
			continue;
		int fd = bell_at(bell, i);
		if (fd >= 0 && epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &edge) == 0)
			continue;
		const char *why = errno == STORE_FILE_FOREIGN ? "it is no named pipe of ours" : strerror(errno);
		bell_name(i, name);
		log_error(BELL_FOLDER "/%s of the store cannot be listened to, so its channels are late: %s", name, why);
	}
	return bell->epoll_fd = epoll_fd;
}

bool bell_rang(const struct bell *bell)
{
	return poll(&(struct pollfd){ bell->epoll_fd, POLLIN, 0 }, 1, 0) > 0;
}

/* Taking an edge is what clears it: the pipe is left as it is. */
void bell_clear(struct bell *bell)
{
	struct epoll_event edges[BELL_BELLS];
	epoll_wait(bell->epoll_fd, edges, BELL_BELLS, 0);
}
