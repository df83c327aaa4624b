#include "base/loop.h"

#include "base/buf.h"
#include "base/log.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { ROUND_EVENTS_MAX = 256, TICKS_MAX = 4 };

/* A timer and what it calls. */
struct alarm {
	struct loop_source source; /* first */
	int fd;
	loop_call *call;
	void *arg;
};

struct loop {
	int epoll_fd;
	bool running;
	struct alarm alarm;
	struct alarm ticks[TICKS_MAX];
	int tick_count;
	loop_call *after;
	void *after_arg;
	struct signals {
		struct loop_source source;
		int fd;
		void (*caught)(void *arg, int number);
		void *arg;
	} signals;
};

static void alarm_ready(struct loop_source *source, uint32_t events)
{
	struct alarm *alarm = (struct alarm *)source;
	uint64_t times;
	(void)events;
	if (read(alarm->fd, &times, sizeof times) == sizeof times)
		alarm->call(alarm->arg);
}

/* Its descriptor, not set yet. -1 with errno set. */
static int add_alarm(struct loop *loop, struct alarm *alarm)
{
	alarm->source.ready = alarm_ready;
	alarm->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (alarm->fd < 0 || loop_add(loop, alarm->fd, EPOLLIN, &alarm->source) == 0)
		return alarm->fd;
	close(alarm->fd);
	return alarm->fd = -1;
}

struct loop *loop_new(void)
{
	struct loop *loop = must_alloc(sizeof *loop);
	loop->signals.fd = loop->alarm.fd = -1;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0 || add_alarm(loop, &loop->alarm) < 0) {
		loop_free(loop);
		return NULL;
	}
	return loop;
}

void loop_free(struct loop *loop)
{
	int fds[] = { loop->signals.fd, loop->alarm.fd, loop->epoll_fd };
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	for (int i = 0; i < loop->tick_count; i++)
		close(loop->ticks[i].fd);
	free(loop);
}

int loop_add(struct loop *loop, int fd, uint32_t events, struct loop_source *source)
{
	struct epoll_event event = { .events = events, .data.ptr = source };
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

int loop_change(struct loop *loop, int fd, uint32_t events, struct loop_source *source)
{
	struct epoll_event event = { .events = events, .data.ptr = source };
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, fd, &event);
}

void loop_remove(struct loop *loop, int fd)
{
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

int loop_every(struct loop *loop, unsigned seconds, loop_call *call, void *arg)
{
	struct itimerspec when = { { seconds, 0 }, { seconds, 0 } };
	if (loop->tick_count == TICKS_MAX) {
		errno = ENOSPC;
		return -1;
	}
	struct alarm *tick = &loop->ticks[loop->tick_count];
	if (add_alarm(loop, tick) < 0)
		return -1;
	loop->tick_count++;
	tick->call = call;
	tick->arg = arg;
	return timerfd_settime(tick->fd, 0, &when, NULL);
}

void loop_after_round(struct loop *loop, loop_call *after, void *arg)
{
	loop->after = after;
	loop->after_arg = arg;
}

void loop_in(struct loop *loop, unsigned ms, loop_call *call, void *arg)
{
	struct alarm *alarm = &loop->alarm;
	struct itimerspec when = { { 0, 0 }, { ms / 1000, (long)(ms % 1000) * 1000000 } };
	alarm->call = call;
	alarm->arg = arg;
	timerfd_settime(alarm->fd, 0, &when, NULL);
}

uint64_t loop_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void signal_ready(struct loop_source *source, uint32_t events)
{
	struct signals *signals = (struct signals *)source;
	struct signalfd_siginfo info;
	(void)events;
	while (read(signals->fd, &info, sizeof info) == sizeof info)
		signals->caught(signals->arg, (int)info.ssi_signo);
}

int loop_on_signals(struct loop *loop, const sigset_t *set, void (*caught)(void *arg, int number), void *arg)
{
	loop->signals.source.ready = signal_ready;
	loop->signals.caught = caught;
	loop->signals.arg = arg;
	loop->signals.fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
	return loop->signals.fd < 0 ? -1 : loop_add(loop, loop->signals.fd, EPOLLIN, &loop->signals.source);
}

void loop_run(struct loop *loop)
{
	struct epoll_event events[ROUND_EVENTS_MAX];
	loop->running = true;
	while (loop->running) {
		int n = epoll_wait(loop->epoll_fd, events, ROUND_EVENTS_MAX, -1);
		if (n < 0 && errno != EINTR) {
			log_error("waiting for events: %s", strerror(errno));
			return;
		}
		for (int i = 0; i < n; i++) {
			struct loop_source *source = events[i].data.ptr;
			source->ready(source, events[i].events);
		}
		if (loop->after)
			loop->after(loop->after_arg);
	}
}

void loop_stop(struct loop *loop)
{
	loop->running = false;
}
