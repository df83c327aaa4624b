#include "wake.h"

#include "buf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BELL_BYTES = 4096, LISTENER_STACK_BYTES = 64 * 1024 };

struct wake {
	_Atomic uint32_t *word;   /* in the shared page; counts rings */
	_Atomic uint32_t heard;   /* the word at the last wake_clear() */
	_Atomic uint32_t cleared; /* since the eventfd was last written; a futex of its own */
	int eventfd;              /* -1 until somebody listens */
	pthread_t listener;
	_Atomic uint32_t mask;
	atomic_bool ending;
};

static long futex(_Atomic uint32_t *word, int operation, uint32_t value, uint32_t mask)
{
	/* not FUTEX_PRIVATE: the word is shared between processes */
	return syscall(SYS_futex, word, operation, value, NULL, NULL, mask);
}

/* A new bell takes the store's own permissions: whoever may use the store may ring. */
static int open_bell(const char *directory)
{
	char path[4096];
	struct stat info;
	if (snprintf(path, sizeof path, "%s/bell", directory) >= (int)sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (stat(directory, &info) < 0)
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0 && fchmod(fd, info.st_mode & 0666) < 0 && errno != EPERM) {
		close(fd);
		return -1;
	}
	return fd;
}

struct wake *wake_open(const char *directory)
{
	struct stat info;
	int fd = open_bell(directory);
	if (fd < 0)
		return NULL;
	int error = fstat(fd, &info) < 0 ? errno : 0;
	/* real blocks, not a hole: touching a hole on a full disk is a SIGBUS */
	if (!error && info.st_blocks == 0)
		error = posix_fallocate(fd, 0, BELL_BYTES);
	if (error) {
		close(fd);
		errno = error;
		return NULL;
	}
	void *page = mmap(NULL, BELL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return NULL;
	struct wake *wake = must_alloc(sizeof *wake);
	wake->word = page;
	wake->heard = atomic_load(wake->word);
	wake->eventfd = -1;
	return wake;
}

uint32_t wake_mask(const char *channel)
{
	uint32_t hash = 2166136261u; /* FNV-1a: spreads names, protects nothing */
	for (; *channel; channel++)
		hash = (hash ^ (unsigned char)*channel) * 16777619u;
	return UINT32_C(1) << (hash >> 27);
}

void wake_ring(struct wake *wake, uint32_t mask)
{
	atomic_fetch_add(wake->word, 1);
	futex(wake->word, FUTEX_WAKE_BITSET, INT_MAX, mask);
}

/*
 * Says once that it rang, then sleeps until that was heard: a thousand commits during one turn wake nobody a
 * thousand times. It waits for a word other than the one at wake_clear(), which is before the reading: a ring
 * since then makes the wait return at once.
 */
static void *listen_for_rings(void *arg)
{
	struct wake *wake = arg;
	while (!atomic_load(&wake->ending)) {
		futex(wake->word, FUTEX_WAIT_BITSET, atomic_load(&wake->heard), atomic_load(&wake->mask));
		if (atomic_load(wake->word) == atomic_load(&wake->heard))
			continue;
		atomic_store(&wake->cleared, 0);
		eventfd_write(wake->eventfd, 1);
		while (!atomic_load(&wake->cleared) && !atomic_load(&wake->ending))
			futex(&wake->cleared, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0, FUTEX_BITSET_MATCH_ANY);
	}
	return NULL;
}

static int start_listener(struct wake *wake)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	sigfillset(&all);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, LISTENER_STACK_BYTES);
	pthread_sigmask(SIG_BLOCK, &all, &before); /* signals are for the main thread */
	int error = pthread_create(&wake->listener, &attributes, listen_for_rings, wake);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return error;
}

int wake_listen(struct wake *wake, uint32_t mask)
{
	wake->eventfd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (wake->eventfd < 0)
		return -1;
	atomic_store(&wake->mask, mask);
	wake->heard = atomic_load(wake->word) - 1; /* what rang before the thread started counts as heard anew */
	int error = start_listener(wake);
	if (error) {
		close(wake->eventfd);
		wake->eventfd = -1;
		errno = error;
	}
	return wake->eventfd;
}

bool wake_rang(const struct wake *wake)
{
	return atomic_load(wake->word) != wake->heard;
}

void wake_clear(struct wake *wake)
{
	eventfd_t rings;
	if (wake->eventfd >= 0)
		eventfd_read(wake->eventfd, &rings);
	atomic_store(&wake->heard, atomic_load(wake->word));
	if (!atomic_exchange(&wake->cleared, 1))
		futex(&wake->cleared, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, 1, FUTEX_BITSET_MATCH_ANY);
}

void wake_close(struct wake *wake)
{
	if (!wake)
		return;
	if (wake->eventfd >= 0) {
		atomic_store(&wake->ending, true);
		wake_clear(wake);
		wake_ring(wake, WAKE_ALL);
		pthread_join(wake->listener, NULL);
		close(wake->eventfd);
	}
	munmap((void *)wake->word, BELL_BYTES);
	free(wake);
}
