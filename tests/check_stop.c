/*
 * Ctrl-Z while a program holds something.
 */
#include "base/stop.h"
#include "suite.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Stops itself in the middle, says that it goes on, and lets go. */
static void stop_in_the_middle(int fd, int number)
{
	char byte = 'x';
	stop_install();
	stop_hold();
	stop_hold(); /* of another thread */
	raise(number);
	stop_release();
	byte = 'a';
	if (write(fd, &byte, 1) != 1)
		_exit(1);
	stop_release();
	_exit(7);
}

START_TEST(whoever_holds_is_stopped_when_it_lets_go)
{
	static const int signals[] = { SIGTSTP, SIGTTIN, SIGTTOU };
	int said[2], status;
	char byte = 0;
	ck_assert_int_eq(pipe(said), 0);
	pid_t child = fork();
	if (child == 0)
		stop_in_the_middle(said[1], signals[_i]);
	ck_assert_int_eq(waitpid(child, &status, WUNTRACED), child);
	ck_assert(WIFSTOPPED(status));
	ck_assert(readable_within(said[0], 0)); /* it went on while it held */
	ck_assert_int_eq(read(said[0], &byte, 1), 1);
	kill(child, SIGCONT);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 7);
}
END_TEST

START_TEST(whoever_holds_nothing_is_stopped_at_once)
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		stop_install();
		raise(SIGTSTP);
		stop_hold();
		stop_release();
		raise(SIGTSTP); /* a second time */
		_exit(7);
	}
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(waitpid(child, &status, WUNTRACED), child);
		ck_assert(WIFSTOPPED(status));
		kill(child, SIGCONT);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
}
END_TEST

static Suite *stop_suite(void)
{
	Suite *suite = suite_create("stop");
	TCase *tc = tcase_create("stop");
	tcase_add_loop_test(tc, whoever_holds_is_stopped_when_it_lets_go, 0, 3);
	tcase_add_test(tc, whoever_holds_nothing_is_stopped_at_once);
	tcase_set_timeout(tc, 30);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(stop_suite)
