#include "base/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static bool installed;
static atomic_uint holders; /* threads in the middle of something */
static atomic_int wanted;   /* the signal of a stop that is on its way: nobody may begin; 0: none */
static struct sigaction action;

static void stop_if_free(void)
{
	int number = atomic_load(&holders) == 0 ? atomic_exchange(&wanted, 0) : 0;
	if (!number)
		return;
	/* by its default, which knows when nobody could continue us (an orphaned process group) */
	sigaction(number, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	kill(getpid(), number);
	sigaction(number, &action, NULL);
}

static void on_stop(int number)
{
	int error = errno;
	atomic_store(&wanted, number);
	stop_if_free();
	errno = error;
}

void stop_install(void)
{
	static const int signals[] = { SIGTSTP, SIGTTIN, SIGTTOU };
	struct sigaction before;
	action = (struct sigaction){ .sa_handler = on_stop, .sa_flags = SA_RESTART | SA_NODEFER };
	installed = true;
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
}

void stop_hold(void)
{
	if (!installed)
		return;
	atomic_fetch_add(&holders, 1);
	while (atomic_load(&wanted)) {
		stop_release();
		usleep(1000);
		atomic_fetch_add(&holders, 1);
	}
}

void stop_release(void)
{
	if (!installed)
		return;
	atomic_fetch_sub(&holders, 1);
	if (atomic_load(&wanted))
		stop_if_free();
}
