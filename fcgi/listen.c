#include "listen.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* nginx answers 502 at once when the backlog is full: a reconnect storm must fit. */
enum { BACKLOG = 8192 };

enum { LISTEN_FDS_START = 3, FDS_MAX = 1024 };

static struct stat made; /* the socket of listen_on() */

/* Whether a server answers at the path. */
static int served(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int answers = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
	if (fd >= 0)
		close(fd);
	return answers;
}

static int clear_the_way(const struct sockaddr_un *address)
{
	struct stat info;
	if (lstat(address->sun_path, &info) < 0)
		return 0;
	if (!S_ISSOCK(info.st_mode)) {
		log_error("%s is there and is no socket", address->sun_path);
		return -1;
	}
	if (served(address)) {
		log_error("%s is served by another process", address->sun_path);
		return -1;
	}
	return unlink(address->sun_path);
}

int listen_on(const char *path, unsigned mode)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof address.sun_path) {
		log_error("the socket's path may have at most %zu bytes: %s", sizeof address.sun_path - 1, path);
		return -1;
	}
	strcpy(address.sun_path, path);
	if (clear_the_way(&address) < 0)
		return -1;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t before = umask(0777); /* nobody may connect before the mode is set */
	int bound = fd >= 0 ? bind(fd, (struct sockaddr *)&address, sizeof address) : -1;
	umask(before);
	if (bound < 0 || chmod(path, mode) < 0 || lstat(path, &made) < 0 || listen(fd, BACKLOG) < 0) {
		log_error("listening on %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

void listen_off(const char *path)
{
	struct stat info;
	if (lstat(path, &info) == 0 && info.st_dev == made.st_dev && info.st_ino == made.st_ino)
		unlink(path);
}

/* ---- a socket that was handed to us ---- */

static int number_in(const char *name)
{
	const char *text = getenv(name);
	char *end = NULL;
	long n = text ? strtol(text, &end, 10) : 0;
	return text && end != text && !*end && n > 0 && n <= INT_MAX ? (int)n : 0;
}

static bool is_listening_stream(int fd)
{
	int listening = 0, type = 0;
	socklen_t size = sizeof listening, type_size = sizeof type;
	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) == 0 && type == SOCK_STREAM;
}

/* -1, logged. The variables are for us, or not: either way nobody who is started later reads them. */
static int passed_by_systemd(void)
{
	int n = number_in("LISTEN_FDS"), pid = number_in("LISTEN_PID"), found = -1;
	if (pid != getpid()) {
		log_error("LISTEN_FDS is for process %d (LISTEN_PID), and this is process %d: start me without a shell in between", pid, (int)getpid());
		return -1;
	}
	for (int fd = LISTEN_FDS_START; n > 0 && fd - LISTEN_FDS_START < n && fd < FDS_MAX; fd++) {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		if (found < 0 && is_listening_stream(fd))
			found = fd;
	}
	if (found < 0)
		log_error("none of the %d descriptors of LISTEN_FDS is a listening stream socket", n);
	return found;
}

static void forget_variables(void)
{
	static const char *const names[] = { "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
}

int listen_inherited(void)
{
	int fd = -1;
	if (is_listening_stream(STDIN_FILENO))
		fd = STDIN_FILENO;
	else if (getenv("LISTEN_FDS"))
		fd = passed_by_systemd();
	else
		log_error("standard input is no listening socket, and LISTEN_FDS is not set: start me from spawn-fcgi, systemd or the web server, or give --listen PATH");
	forget_variables();
	if (fd >= 0)
		listen(fd, BACKLOG); /* again: this only deepens the queue */
	return fd;
}
