/*
 * suite - what every check_*.c shares: a main that runs one suite, and a folder of its own.
 */
#ifndef RUNNEL_TESTS_SUITE_H
#define RUNNEL_TESTS_SUITE_H

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>

/* Runs the suite and ends the program with its result. */
#define SUITE_MAIN(suite)                                             \
	int main(void)                                                \
	{                                                             \
		SRunner *runner = srunner_create(suite());            \
		srunner_run_all(runner, CK_NORMAL);                   \
		int failed = srunner_ntests_failed(runner);           \
		srunner_free(runner);                                 \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS;          \
	}

/* A new empty folder below /tmp. folder_remove() frees the path too; a test that fails needs no call of it. */
char *folder_new(void);
void folder_remove(char *path);

/* Whether a descriptor becomes readable within so many milliseconds. */
bool readable_within(int fd, int ms);

#endif
