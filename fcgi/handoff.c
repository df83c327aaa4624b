#include "handoff.h"

#include "base/buf.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MESSAGE_BYTES_MAX = 32 * 1024, /* 100 channels of 255 bytes, and what goes before them */
	SILENT_MS_MAX = 3000           /* a worker shows a heartbeat each second */
};

/* In memory that all processes of the pool share. */
struct place {
	int receive_fd, send_fd;   /* the same numbers in all of them */
	atomic_bool taking;        /* its own process's word */
	atomic_bool suspended;     /* the master's word */
	atomic_uint streams;       /* open in its process */
	atomic_int queued;         /* sent to it and not received: near enough, see take() */
	atomic_uint heartbeats;
	_Atomic uint64_t beat_ms;  /* when the last one was, CLOCK_MONOTONIC */
};

struct handoff {
	unsigned count;
	struct place places[];
};

/* What a process keeps for itself needs no socket, and its own queue is never full. */
struct kept {
	int fd;
	struct stream_request request;
	struct kept *next;
};

/* This process. The hand-over is shared, so this is not kept in it. */
static struct own {
	unsigned place;
	int event_fd; /* readable while something is kept */
	pthread_mutex_t lock;
	struct kept *first, **end;
} own = { .event_fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER };

struct handoff *handoff_new(unsigned places)
{
	size_t bytes = sizeof(struct handoff) + places * sizeof(struct place);
	struct handoff *handoff = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (handoff == MAP_FAILED)
		return NULL;
	handoff->count = places;
	for (unsigned i = 0; i < places; i++) {
		int pair[2];
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
			return NULL;
		handoff->places[i].receive_fd = pair[0];
		handoff->places[i].send_fd = pair[1];
	}
	return handoff;
}

unsigned handoff_files(const struct handoff *handoff)
{
	return handoff->count * 2;
}

/* ---- the master ---- */

void handoff_vacate(struct handoff *handoff, unsigned place)
{
	atomic_store(&handoff->places[place].taking, false);
	atomic_store(&handoff->places[place].suspended, false);
	atomic_store(&handoff->places[place].streams, 0);
}

void handoff_suspend(struct handoff *handoff, unsigned place, bool suspended)
{
	atomic_store(&handoff->places[place].suspended, suspended);
}

unsigned handoff_beats(const struct handoff *handoff, unsigned place)
{
	return atomic_load(&handoff->places[place].heartbeats);
}

/* ---- a worker ---- */

bool handoff_enter(struct handoff *handoff, unsigned place)
{
	own.place = place;
	own.end = &own.first;
	own.event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	handoff_vacate(handoff, place);
	return own.event_fd >= 0;
}

void handoff_beat(struct handoff *handoff, uint64_t now_ms)
{
	atomic_store(&handoff->places[own.place].beat_ms, now_ms);
	atomic_fetch_add(&handoff->places[own.place].heartbeats, 1);
}

void handoff_count(struct handoff *handoff, unsigned streams)
{
	atomic_store(&handoff->places[own.place].streams, streams);
}

void handoff_take(struct handoff *handoff, bool taking, uint64_t now_ms)
{
	handoff_beat(handoff, now_ms);
	atomic_store(&handoff->places[own.place].taking, taking);
}

/* ---- who takes it ---- */

/* A machine that was paused makes all of them look silent for a moment: streams then stay where they came. */
static bool takes(const struct place *place, uint64_t now_ms)
{
	uint64_t beat_ms = atomic_load(&place->beat_ms);
	return atomic_load(&place->taking) && !atomic_load(&place->suspended) &&
	       (beat_ms > now_ms || now_ms - beat_ms <= SILENT_MS_MAX);
}

static unsigned load_of(const struct place *place)
{
	int queued = atomic_load(&place->queued);
	return atomic_load(&place->streams) + (queued > 0 ? (unsigned)queued : 0);
}

/* The place that takes streams and has the fewest; the own one where none has fewer, or takes any. */
static struct place *emptiest(struct handoff *handoff, uint64_t now_ms)
{
	struct place *best = &handoff->places[own.place];
	unsigned fewest = takes(best, now_ms) ? load_of(best) : UINT32_MAX;
	for (unsigned i = 0; i < handoff->count; i++) {
		struct place *place = &handoff->places[i];
		if (takes(place, now_ms) && load_of(place) < fewest) {
			best = place;
			fewest = load_of(place);
		}
	}
	return best;
}

/* ---- a message ---- */

/* The request as lines: format, request id and whether the connection is kept; cursor ("EPOCH SEQ"), channels. */
static void encode(const struct stream_request *request, struct buf *out)
{
	buf_print(out, "%d %u %d\n%s %llu\n", (int)request->format, request->request_id, request->keep, request->cursor.epoch, (unsigned long long)request->cursor.seq);
	for (size_t i = 0; i < request->count; i++)
		buf_print(out, "%s\n", request->channels[i]);
}

static void decode(char *text, struct stream_request *request)
{
	char *save, *format = strtok_r(text, "\n", &save), *cursor = strtok_r(NULL, "\n", &save), *channel;
	size_t epoch = strcspn(cursor, " ");
	request->format = (enum frame_format)atoi(format);
	request->request_id = (unsigned)strtoul(format + strcspn(format, " "), &format, 10);
	request->keep = strtoul(format, NULL, 10) != 0;
	memcpy(request->cursor.epoch, cursor, epoch);
	request->cursor.epoch[epoch] = '\0';
	request->cursor.seq = strtoull(cursor + epoch, NULL, 10);
	while ((channel = strtok_r(NULL, "\n", &save))) {
		request->channels = realloc(request->channels, (request->count + 1) * sizeof *request->channels);
		request->channels[request->count++] = must_copy(channel);
	}
}

/* false: its queue is full, or the kernel has too many descriptors on their way. */
static bool send_to(struct place *place, int fd, const struct stream_request *request)
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
	atomic_fetch_add(&place->queued, 1);
	bool sent = sendmsg(place->send_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
	if (!sent)
		atomic_fetch_sub(&place->queued, 1);
	buf_clear(&text);
	return sent;
}

/*
 * One message of a place. A process that was killed between its count and its message leaves the count wrong; an empty
 * queue sets it right.
 */
static int take(struct place *place, struct stream_request *request)
{
	char text[MESSAGE_BYTES_MAX + 1];
	union { struct cmsghdr head; char bytes[CMSG_SPACE(sizeof(int))]; } control;
	struct iovec part = { text, MESSAGE_BYTES_MAX };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	ssize_t n = recvmsg(place->receive_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0) {
		if (errno == EAGAIN)
			atomic_store(&place->queued, 0);
		return -1;
	}
	atomic_fetch_sub(&place->queued, 1);
	struct cmsghdr *rights = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	int fd = -1;
	if (!rights || rights->cmsg_type != SCM_RIGHTS)
		return -1; /* no descriptor was free for it */
	memcpy(&fd, CMSG_DATA(rights), sizeof fd);
	text[n] = '\0';
	decode(text, request);
	return fd;
}

/* ---- the own place ---- */

static void keep(int fd, struct stream_request *request)
{
	struct kept *kept = must_alloc(sizeof *kept);
	*kept = (struct kept){ fd, *request, NULL };
	*request = (struct stream_request)STREAM_REQUEST_INIT;
	pthread_mutex_lock(&own.lock);
	*own.end = kept;
	own.end = &kept->next;
	pthread_mutex_unlock(&own.lock);
	eventfd_write(own.event_fd, 1);
}

static int take_kept(struct stream_request *request)
{
	pthread_mutex_lock(&own.lock);
	struct kept *kept = own.first;
	if (kept && !(own.first = kept->next))
		own.end = &own.first;
	pthread_mutex_unlock(&own.lock);
	if (!kept)
		return -1;
	int fd = kept->fd;
	*request = kept->request;
	free(kept);
	return fd;
}

/* ---- sending and receiving ---- */

void handoff_send(struct handoff *handoff, int fd, struct stream_request *request, uint64_t now_ms)
{
	struct place *place = emptiest(handoff, now_ms);
	if (place != &handoff->places[own.place] && send_to(place, fd, request)) {
		close(fd);
		return;
	}
	keep(fd, request);
}

int handoff_fd(const struct handoff *handoff)
{
	return handoff->places[own.place].receive_fd;
}

int handoff_own_fd(const struct handoff *handoff)
{
	(void)handoff;
	return own.event_fd;
}

int handoff_receive(struct handoff *handoff, struct stream_request *request)
{
	eventfd_t times;
	int fd = take_kept(request);
	if (fd < 0 && eventfd_read(own.event_fd, &times) == 0)
		fd = take_kept(request); /* one that came in between */
	return fd >= 0 ? fd : take(&handoff->places[own.place], request);
}

int handoff_receive_left(struct handoff *handoff, struct stream_request *request, uint64_t now_ms)
{
	int fd = -1;
	for (unsigned i = 0; i < handoff->count && fd < 0; i++)
		if (!takes(&handoff->places[i], now_ms))
			fd = take(&handoff->places[i], request);
	return fd;
}
