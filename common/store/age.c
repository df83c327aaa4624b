#include "store/age.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	WORTH_MS = 60 * 1000, /* less is written down with the next commit that is later */
	JITTER_MS = 1000,     /* of clocks that were read one after the other */
};

/* A line of a file of /proc; "" where there is none. */
static void read_line(const char *path, char *line, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, line, size - 1);
	line[n < 0 ? 0 : n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

static int64_t clock_ms(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void store_moment_now(struct store_moment *now)
{
	char uptime[64];
	*now = (struct store_moment){ .wall_ms = clock_ms(CLOCK_REALTIME) };
	read_line("/proc/sys/kernel/random/boot_id", now->boot, sizeof now->boot);
	read_line("/proc/uptime", uptime, sizeof uptime); /* seconds with two decimals (proc(5)) */
	now->uptime_ms = uptime[0] ? (int64_t)(strtod(uptime, NULL) * 1000) : clock_ms(CLOCK_BOOTTIME);
}

bool store_age_advance(struct store_age *age, const struct store_moment *now)
{
	bool same_boot = strcmp(age->at.boot, now->boot) == 0;
	int64_t wall_ms = now->wall_ms - age->at.wall_ms;
	int64_t up_ms = now->uptime_ms - (same_boot ? age->at.uptime_ms : 0);
	int64_t passed_ms = wall_ms < up_ms ? wall_ms : up_ms;
	bool back = wall_ms < -JITTER_MS || up_ms < -JITTER_MS;
	if (same_boot && !back && passed_ms < WORTH_MS)
		return false;
	age->age_ms += passed_ms > 0 ? passed_ms : 0;
	age->at = *now;
	return true;
}
