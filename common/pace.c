#include "pace.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

enum {
	READERS_MIN = 64,      /* fewer are no work for anybody */
	GATHER_MS_MAX = 40,    /* whatever the server does, no event waits longer */
	LOOK_MS = 1,
	IN_VAIN_MS = 10,       /* a turn of many readers none of whom can be watched waits for so long */
};

#define MS(n) ((uint64_t)(n) * 1000000)

void pace_begin(struct pace *pace, uint64_t now_ns)
{
	*pace = (struct pace){ .started_ns = now_ns, .in_vain = pace->in_vain };
}

/* Whether the other side has yet to read what we wrote. A pipe or a file cannot tell. */
static bool unread(int fd)
{
	int bytes = 0;
	return ioctl(fd, SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

void pace_writes(struct pace *pace, int fd, unsigned more)
{
	if (++pace->readers >= READERS_MIN && more < PACE_WATCHED && !(pace->in_vain && unread(fd)))
		pace->fds[pace->watched++ % PACE_WATCHED] = fd;
}

static unsigned watched(const struct pace *pace)
{
	return pace->watched < PACE_WATCHED ? pace->watched : PACE_WATCHED;
}

void pace_forget(struct pace *pace, int fd)
{
	for (unsigned i = 0; i < watched(pace); i++)
		if (pace->fds[i] == fd)
			pace->fds[i] = -1;
}

/* Not one of those that it comes to last has been read by it. A single one may have stopped just now. */
static bool server_is_busy(struct pace *pace)
{
	unsigned unread_ones = 0;
	for (unsigned i = 0; i < watched(pace); i++) {
		if (pace->fds[i] >= 0 && !unread(pace->fds[i])) {
			pace->in_vain = false;
			return false;
		}
		unread_ones += pace->fds[i] >= 0;
	}
	return unread_ones > 1;
}

unsigned pace_wait_ms(struct pace *pace, uint64_t now_ns)
{
	uint64_t took = now_ns - pace->started_ns, most = pace->watched ? MS(GATHER_MS_MAX) : MS(IN_VAIN_MS);
	if (pace->readers < READERS_MIN || took >= most * 2)
		return 0;
	if (!pace->until_ns && took < most && (!pace->watched || server_is_busy(pace))) {
		pace->busy = pace->watched > 0;
		return LOOK_MS;
	}
	if (!pace->busy)
		return 0;
	pace->in_vain = pace->in_vain || took >= most;
	if (!pace->until_ns)
		pace->until_ns = now_ns + took;
	if (now_ns >= pace->until_ns)
		return 0;
	uint64_t left_ms = (pace->until_ns - now_ns) / MS(1);
	return left_ms ? (unsigned)left_ms : LOOK_MS;
}
