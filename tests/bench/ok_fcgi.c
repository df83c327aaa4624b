/* The floor for publishing: a FastCGI program that answers "ok" and stores nothing. Eight threads, as runnel has. */
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

static void *serve(void *arg)
{
	FCGX_Request request;
	char body[4096];
	(void)arg;
	FCGX_InitRequest(&request, 0, 0);
	while (FCGX_Accept_r(&request) == 0) {
		while (FCGX_GetStr(body, sizeof body, request.in) > 0)
			;
		FCGX_PutS("Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nok", request.out);
		FCGX_Finish_r(&request);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[8];
	FCGX_Init();
	signal(SIGTERM, SIG_DFL); /* libfcgi would wait for one more request */
	for (int i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, serve, NULL);
	pthread_join(threads[0], NULL);
	return 0;
}
