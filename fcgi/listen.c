#include "listen.h"

#include "log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* nginx answers 502 at once when the backlog is full: a reconnect storm must fit. */
enum { BACKLOG = 8192 };

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
	if (bound < 0 || chmod(path, mode) < 0 || listen(fd, BACKLOG) < 0) {
		log_error("listening on %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

int listen_inherited(int fd)
{
	int listening = 0;
	socklen_t size = sizeof listening;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0 || !listening) {
		log_error("standard input is no listening socket: start me from spawn-fcgi or the web server, or give --listen PATH");
		return -1;
	}
	listen(fd, BACKLOG); /* again: this only deepens the queue */
	return fd;
}
