#include "handoff.h"

#include "buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_BYTES_MAX = 32 * 1024 }; /* 100 channels of 255 bytes, and what goes before them */

struct place {
	int receive_fd, send_fd;
	_Atomic(_Atomic unsigned *) streams; /* &count; NULL: not there */
	_Atomic unsigned count;
};

struct handoff {
	unsigned workers;
	struct place places[];
};

struct handoff *handoff_new(unsigned workers)
{
	size_t bytes = sizeof(struct handoff) + workers * sizeof(struct place);
	struct handoff *handoff = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (handoff == MAP_FAILED)
		return NULL;
	handoff->workers = workers;
	for (unsigned i = 0; i < workers; i++) {
		int pair[2];
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
			return NULL;
		handoff->places[i].receive_fd = pair[0];
		handoff->places[i].send_fd = pair[1];
	}
	return handoff;
}

/* Which worker this process is: the hand-over is shared, so this is not kept in it. */
static unsigned own_place;

_Atomic unsigned *handoff_count(struct handoff *handoff, unsigned worker)
{
	return &handoff->places[worker].count;
}

void handoff_enter(struct handoff *handoff, unsigned worker, _Atomic unsigned *streams)
{
	own_place = worker;
	atomic_store(&handoff->places[worker].streams, streams);
}

/* The worker with the fewest streams; this one where all are equal. */
static struct place *emptiest(struct handoff *handoff)
{
	struct place *best = &handoff->places[own_place];
	_Atomic unsigned *count = atomic_load(&best->streams);
	unsigned fewest = count ? atomic_load(count) : UINT32_MAX;
	for (unsigned i = 0; i < handoff->workers; i++) {
		count = atomic_load(&handoff->places[i].streams);
		if (count && atomic_load(count) < fewest) {
			best = &handoff->places[i];
			fewest = atomic_load(count);
		}
	}
	return best;
}

/* The request as lines: format, cursor ("EPOCH SEQ"), channels. */
static void encode(const struct stream_request *request, struct buf *out)
{
	buf_print(out, "%d\n%s %llu\n", (int)request->format, request->cursor.epoch, (unsigned long long)request->cursor.seq);
	for (size_t i = 0; i < request->count; i++)
		buf_print(out, "%s\n", request->channels[i]);
}

static void decode(char *text, struct stream_request *request)
{
	char *save, *format = strtok_r(text, "\n", &save), *cursor = strtok_r(NULL, "\n", &save), *channel;
	size_t epoch = strcspn(cursor, " ");
	request->format = (enum frame_format)atoi(format);
	memcpy(request->cursor.epoch, cursor, epoch);
	request->cursor.epoch[epoch] = '\0';
	request->cursor.seq = strtoull(cursor + epoch, NULL, 10);
	while ((channel = strtok_r(NULL, "\n", &save))) {
		request->channels = realloc(request->channels, (request->count + 1) * sizeof *request->channels);
		request->channels[request->count++] = must_copy(channel);
	}
}

bool handoff_send(struct handoff *handoff, int fd, const struct stream_request *request)
{
	struct buf text = BUF_INIT;
	encode(request, &text);
	union { struct cmsghdr head; char bytes[CMSG_SPACE(sizeof(int))]; } control = { 0 };
	struct iovec part = { text.data, text.len };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &fd, sizeof fd);
	ssize_t sent;
	do
		sent = sendmsg(emptiest(handoff)->send_fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	buf_clear(&text);
	return sent >= 0;
}

int handoff_fd(const struct handoff *handoff)
{
	return handoff->places[own_place].receive_fd;
}

int handoff_receive(struct handoff *handoff, struct stream_request *request)
{
	char text[MESSAGE_BYTES_MAX + 1];
	union { struct cmsghdr head; char bytes[CMSG_SPACE(sizeof(int))]; } control;
	struct iovec part = { text, MESSAGE_BYTES_MAX };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	ssize_t n = recvmsg(handoff_fd(handoff), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *rights = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	int fd = -1;
	if (!rights || rights->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(rights), sizeof fd);
	text[n] = '\0';
	decode(text, request);
	return fd;
}
