/* runnel.cgi behind servers that give it less, or something else, than RFC 3875 says. */
#include "scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define OPEN "[access]\npublish = open\n"

/* Starts it with these variables ("NAME=VALUE", NULL) and one socket for input, output and, if so, errors. */
static pid_t run(const char *const *variables, bool errors_too, int *fd)
{
	int ends[2];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		unsetenv("GATEWAY_INTERFACE");
		unsetenv("REQUEST_METHOD");
		for (; *variables; variables++)
			putenv(strdup(*variables));
		dup2(ends[0], STDIN_FILENO);
		dup2(ends[0], STDOUT_FILENO);
		if (errors_too)
			dup2(ends[0], STDERR_FILENO);
		execl("cgi/runnel.cgi", "runnel.cgi", (char *)NULL);
		_exit(127);
	}
	close(ends[0]);
	*fd = ends[1];
	return pid;
}

/* Reads to the end, also that of a program which resets; the caller frees. */
static char *answer_of(pid_t pid, int fd, int *code)
{
	struct buf answer = BUF_INIT;
	ssize_t n;
	do {
		n = read(fd, buf_room(&answer, 65536), 65536);
		ck_assert_msg(n >= 0, "the answer was lost: %s", strerror(errno));
		answer.len += (size_t)n;
	} while (n > 0);
	buf_add(&answer, "", 0);
	close(fd);
	ck_assert_int_eq(waitpid(pid, code, 0), pid);
	return answer.data;
}

static void begins(const char *answer, const char *text)
{
	ck_assert_msg(strncmp(answer, text, strlen(text)) == 0, "%s", answer);
}

/* h2o sets no GATEWAY_INTERFACE. */
START_TEST(a_method_is_enough_to_be_a_request)
{
	int fd, code;
	start(WIRE_CGI, OPEN);
	pid_t pid = run((const char *[]){ "REQUEST_METHOD=GET", "SCRIPT_NAME=/b", "PATH_INFO=/healthz", "QUERY_STRING=", NULL }, false, &fd);
	char *answer = answer_of(pid, fd, &code);
	begins(answer, "Status: 200");
	free(answer);
}
END_TEST

START_TEST(without_a_method_it_says_what_it_is)
{
	int fd, code;
	start(WIRE_CGI, OPEN);
	pid_t pid = run((const char *[]){ "X=1", NULL }, true, &fd);
	char *answer = answer_of(pid, fd, &code);
	ck_assert_msg(strstr(answer, "CGI program") != NULL, "%s", answer);
	ck_assert_int_eq(WEXITSTATUS(code), EX_USAGE);
	free(answer);
}
END_TEST

/* mini_httpd: what is said there would be a header of the answer. */
START_TEST(nothing_is_logged_into_the_answer)
{
	int fd, code;
	start(WIRE_CGI, OPEN);
	pid_t pid = run((const char *[]){ "REQUEST_METHOD=GET", "SCRIPT_NAME=/b", "PATH_INFO=/healthz", "RUNNEL_STORE=/nowhere/at/all", NULL }, true, &fd);
	char *answer = answer_of(pid, fd, &code);
	begins(answer, "Status: 503");
	ck_assert_ptr_null(strstr(answer, "runnel.cgi: "));
	free(answer);
}
END_TEST

/* mod_cgid: input and output are one socket, and a body without a length is unread when it is refused. */
START_TEST(a_refused_body_does_not_cost_the_answer)
{
	static const char *const lengths[] = { "CONTENT_LENGTH=", "CONTENT_LENGTH=-1", "CONTENT_LENGTH=100000", "X=1" };
	static char body[100000];
	start(WIRE_CGI, OPEN);
	for (int i = 0; i < 12; i++) {
		int fd, code;
		pid_t pid = run((const char *[]){ "REQUEST_METHOD=POST", "SCRIPT_NAME=/b", "PATH_INFO=/nothing/here", "CONTENT_TYPE=text/plain", lengths[i % 4], NULL }, false, &fd);
		ck_assert_int_eq(send(fd, body, sizeof body, MSG_NOSIGNAL), (ssize_t)sizeof body);
		shutdown(fd, SHUT_WR);
		char *answer = answer_of(pid, fd, &code);
		begins(answer, "Status: 404");
		free(answer);
	}
}
END_TEST

/* The server keeps the input open: an end that the length has told is enough. */
START_TEST(a_body_of_known_length_needs_no_end)
{
	int fd, code;
	start(WIRE_CGI, OPEN "[limits]\nrequest = 60\n");
	pid_t pid = run((const char *[]){ "REQUEST_METHOD=POST", "SCRIPT_NAME=/b", "PATH_INFO=/feed", "CONTENT_TYPE=text/plain", "CONTENT_LENGTH=5", NULL }, false, &fd);
	ck_assert_int_eq(send(fd, "Hello", 5, MSG_NOSIGNAL), 5);
	char *answer = answer_of(pid, fd, &code);
	begins(answer, "Status: 200");
	free(answer);
}
END_TEST

/* Ten bytes are told, five come; then nothing is told, and nothing, or no end, comes. */
START_TEST(a_body_that_does_not_come_in_time_is_told_so)
{
	static const struct { const char *length, *body, *status; } late[] = {
		{ "CONTENT_LENGTH=10", "Hello", "Status: 408" }, { "CONTENT_LENGTH=", "Hello", "Status: 408" }, { "CONTENT_LENGTH=", "", "Status: 411" },
	};
	start(WIRE_CGI, OPEN "[limits]\nrequest = 1\n");
	for (size_t i = 0; i < 3; i++) {
		int fd, code;
		pid_t pid = run((const char *[]){ "REQUEST_METHOD=POST", "SCRIPT_NAME=/b", "PATH_INFO=/feed", "CONTENT_TYPE=text/plain", late[i].length, NULL }, false, &fd);
		ck_assert_int_ge(send(fd, late[i].body, strlen(late[i].body), MSG_NOSIGNAL), 0);
		char *answer = answer_of(pid, fd, &code);
		begins(answer, late[i].status);
		free(answer);
	}
}
END_TEST

START_TEST(an_answer_that_nobody_reads_ends_it)
{
	static char text[30000];
	int fd, code = 0;
	memset(text, 'x', sizeof text - 1);
	start(WIRE_CGI, OPEN "[limits]\nrequest = 1\n");
	for (int i = 0; i < 25; i++)
		post("feed", NULL, text);
	pid_t pid = run((const char *[]){ "REQUEST_METHOD=GET", "SCRIPT_NAME=/b", "PATH_INFO=/components/feed", NULL }, false, &fd);
	ck_assert_int_eq(waitpid(pid, &code, 0), pid);
	ck_assert(WIFSIGNALED(code) && WTERMSIG(code) == SIGALRM);
	close(fd);
}
END_TEST

static Suite *cgi_suite(void)
{
	Suite *suite = suite_create("cgi");
	TCase *tc = scenario_case("cgi");
	tcase_add_test(tc, a_method_is_enough_to_be_a_request);
	tcase_add_test(tc, without_a_method_it_says_what_it_is);
	tcase_add_test(tc, nothing_is_logged_into_the_answer);
	tcase_add_test(tc, a_refused_body_does_not_cost_the_answer);
	tcase_add_test(tc, a_body_of_known_length_needs_no_end);
	tcase_add_test(tc, a_body_that_does_not_come_in_time_is_told_so);
	tcase_add_test(tc, an_answer_that_nobody_reads_ends_it);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(cgi_suite)
