/* The floor for a CGI start: a C program that says hello. */
#include <unistd.h>

int main(void)
{
	static const char hello[] = "Content-Type: text/plain\r\n\r\nhello";
	return write(STDOUT_FILENO, hello, sizeof hello - 1) < 0;
}
