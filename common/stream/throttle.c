#include "stream/throttle.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

enum {
	READERS_MIN = 64,      /* fewer are no work for anybody */
	GATHER_MS_MAX = 40,    /* whatever the server does, no event waits longer */
	LOOK_MS = 1,
	IN_VAIN_MS = 10,       /* a round of many readers none of whom can be watched waits for so long */
};

#define MS(n) ((uint64_t)(n) * 1000000)

void throttle_begin(struct throttle *throttle, uint64_t now_ns)
{
	*throttle = (struct throttle){ .started_ns = now_ns, .in_vain = throttle->in_vain };
}

/* Whether the other side has yet to read what we wrote. A pipe or a file cannot tell. */
static bool unread(int fd)
{
	int bytes = 0;
	return ioctl(fd, SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

void throttle_writes(struct throttle *throttle, int fd, unsigned more)
{
	if (++throttle->readers >= READERS_MIN && more < THROTTLE_WATCHED && !(throttle->in_vain && unread(fd)))
		throttle->fds[throttle->watched++ % THROTTLE_WATCHED] = fd;
}

static unsigned watched(const struct throttle *throttle)
{
	return throttle->watched < THROTTLE_WATCHED ? throttle->watched : THROTTLE_WATCHED;
}

void throttle_forget(struct throttle *throttle, int fd)
{
	for (unsigned i = 0; i < watched(throttle); i++)
		if (throttle->fds[i] == fd)
			throttle->fds[i] = -1;
}

/* Not one of those that it comes to last has been read by it. A single one may have stopped just now. */
static bool server_is_busy(struct throttle *throttle)
{
	unsigned unread_ones = 0;
	for (unsigned i = 0; i < watched(throttle); i++) {
		if (throttle->fds[i] >= 0 && !unread(throttle->fds[i])) {
			throttle->in_vain = false;
			return false;
		}
		unread_ones += throttle->fds[i] >= 0;
	}
	return unread_ones > 1;
}

unsigned throttle_wait_ms(struct throttle *throttle, uint64_t now_ns)
{
	uint64_t took = now_ns - throttle->started_ns, most = throttle->watched ? MS(GATHER_MS_MAX) : MS(IN_VAIN_MS);
	if (throttle->readers < READERS_MIN || took >= most * 2)
		return 0;
	if (!throttle->until_ns && took < most && (!throttle->watched || server_is_busy(throttle))) {
		throttle->busy = throttle->watched > 0;
		return LOOK_MS;
	}
	if (!throttle->busy)
		return 0;
	throttle->in_vain = throttle->in_vain || took >= most;
	if (!throttle->until_ns)
		throttle->until_ns = now_ns + took;
	if (now_ns >= throttle->until_ns)
		return 0;
	uint64_t left_ms = (throttle->until_ns - now_ns) / MS(1);
	return left_ms ? (unsigned)left_ms : LOOK_MS;
}
