#include "pace.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

enum {
	READERS_MIN = 64,      /* fewer are no work for anybody */
	GATHER_MS_MAX = 40,    /* whatever the server does, no event waits longer */
	LOOK_MS = 1,
};

#define MS(n) ((uint64_t)(n) * 1000000)

void pace_turn(struct pace *pace, uint64_t started_ns, unsigned readers, int last_fd)
{
	*pace = (struct pace){ started_ns, 0, readers >= READERS_MIN ? last_fd : -1, false };
}

void pace_forget(struct pace *pace, int fd)
{
	if (pace->fd == fd)
		pace->fd = -1;
}

/* Whether the other side has yet to read what we wrote. A pipe or a file cannot tell. */
static bool unread(int fd)
{
	int bytes = 0;
	return ioctl(fd, SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

unsigned pace_wait_ms(struct pace *pace, uint64_t now_ns)
{
	uint64_t took = now_ns - pace->started_ns;
	if (pace->fd < 0 || took >= MS(GATHER_MS_MAX) * 2)
		return 0;
	if (!pace->until_ns && took < MS(GATHER_MS_MAX) && unread(pace->fd)) {
		pace->busy = true;
		return LOOK_MS;
	}
	if (!pace->busy)
		return 0;
	if (!pace->until_ns)
		pace->until_ns = now_ns + took;
	if (now_ns >= pace->until_ns)
		return 0;
	uint64_t left_ms = (pace->until_ns - now_ns) / MS(1);
	return left_ms ? (unsigned)left_ms : LOOK_MS;
}
