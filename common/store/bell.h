/*
 * bell - tells other processes of an append.
 *
 * Named pipes in the store's folder that nobody reads: a publisher writes a byte after its commit, and
 * that alone wakes every reader, because each waits by an epoll of its own that asks for edges (epoll(7),
 * EPOLLET; Linux says so at every write, also to a pipe that is not empty, but for 5.5 to 5.13 without the
 * fix "pipe: make pipe writes always wake up readers"). There is no limit on readers (inotify allows 128 a
 * user), no thread that listens, and nothing to clean up after a reader's or a publisher's kill -9.
 *
 * There are 32 pipes, one of which each channel hashes to, so that a reader of one channel sleeps through
 * most of what happens in others. A ring is lost when a publisher is killed between its commit and the ring,
 * or when somebody else empties the pipe: readers look by themselves every two seconds, in CGI at every heartbeat.
 */
#ifndef RUNNEL_BELL_H
#define RUNNEL_BELL_H

#include <stdbool.h>
#include <stdint.h>

struct bell;

#define BELL_ALL UINT32_MAX
#define BELL_FOLDER "bells" /* in the store's */
enum { BELL_BELLS = 32, BELL_NAME_BYTES = 4 };

/* The file name of a bell in its folder, for whoever sets permissions. */
void bell_name(int number, char name[BELL_NAME_BYTES]);

/* Opens DIR/bells, making it when it is not there. NULL with errno set; EACCES: this user may not ring. */
struct bell *bell_open(const char *directory);

/* The bit of a channel. */
uint32_t bell_mask(const char *channel);

/* Rings. Does not block. Thread-safe. */
void bell_ring(struct bell *bell, uint32_t mask);

/*
 * Starts to listen for rings that share a bit with the mask; returns a descriptor, owned by the wake, that
 * polls readable from the first of them until bell_clear(). Call once. A bell that is missing is logged and
 * left out. -1 with errno set.
 */
int bell_listen(struct bell *bell, uint32_t mask);

/* Whether anything rang since the last bell_clear(). One short system call. */
bool bell_rang(const struct bell *bell);

/* From now on only later rings count. Call it before reading what the ring was about. */
void bell_clear(struct bell *bell);

void bell_close(struct bell *bell);

#endif
