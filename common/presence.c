#include "presence.h"

#include "buf.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLOTS = 4096 }; /* a CGI process over that is not counted */

struct slot {
	_Atomic int32_t pid; /* 0: free */
	_Atomic unsigned streams;
};

struct presence {
	struct slot *slots;
	struct slot *own;
	_Atomic unsigned uncounted; /* when every slot is taken */
};

static int open_file(const char *directory)
{
	char path[4096];
	struct stat info;
	if (stat(directory, &info) < 0 || snprintf(path, sizeof path, "%s/streams", directory) >= (int)sizeof path)
		return -1;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct stat own;
	if (fd < 0)
		return -1;
	if (fstat(fd, &own) == 0 && own.st_size < (off_t)(SLOTS * sizeof(struct slot))) {
		fchmod(fd, info.st_mode & 0666);
		/* real blocks, not a hole: touching a hole on a full disk is a SIGBUS */
		if (posix_fallocate(fd, 0, SLOTS * sizeof(struct slot)) != 0) {
			close(fd);
			return -1;
		}
	}
	return fd;
}

static int alive(int32_t pid)
{
	return kill(pid, 0) == 0 || errno == EPERM;
}

/* A free slot, or that of a process which is gone. Starting at the pid, two processes rarely meet. */
static struct slot *claim(struct slot *slots)
{
	int32_t own = (int32_t)getpid();
	for (int i = 0; i < SLOTS; i++) {
		struct slot *slot = &slots[(own + i) % SLOTS];
		int32_t pid = atomic_load(&slot->pid);
		if (pid != 0 && pid != own && alive(pid))
			continue;
		if (atomic_compare_exchange_strong(&slot->pid, &pid, own)) {
			atomic_store(&slot->streams, 0);
			return slot;
		}
	}
	return NULL;
}

struct presence *presence_open(const char *directory)
{
	int fd = open_file(directory);
	if (fd < 0)
		return NULL;
	void *page = mmap(NULL, SLOTS * sizeof(struct slot), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return NULL;
	struct presence *presence = must_alloc(sizeof *presence);
	presence->slots = page;
	return presence;
}

_Atomic unsigned *presence_streams(struct presence *presence)
{
	static _Atomic unsigned alone;
	if (!presence)
		return &alone;
	if (!presence->own)
		presence->own = claim(presence->slots);
	return presence->own ? &presence->own->streams : &presence->uncounted;
}

unsigned presence_total(struct presence *presence)
{
	unsigned total = 0;
	for (int i = 0; presence && i < SLOTS; i++) {
		int32_t pid = atomic_load(&presence->slots[i].pid);
		unsigned streams = pid ? atomic_load(&presence->slots[i].streams) : 0;
		if (streams && alive(pid))
			total += streams;
	}
	return total;
}

void presence_close(struct presence *presence)
{
	if (!presence)
		return;
	if (presence->own) {
		atomic_store(&presence->own->streams, 0);
		atomic_store(&presence->own->pid, 0);
	}
	munmap(presence->slots, SLOTS * sizeof(struct slot));
	free(presence);
}
