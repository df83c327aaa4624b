/*
 * wake - the doorbell between processes.
 *
 * A futex word in a small shared file: publishers ring after their commit, readers in
 * other processes sleep on it. There is no limit on readers (inotify allows 128 a user)
 * and nothing to clean up after a kill -9. A ring carries a mask of 32 bits, one of
 * which each channel hashes to, so that a reader of one channel sleeps through most of
 * what happens in others. A ring may be lost when a publisher is killed between its
 * commit and the ring: readers look by themselves every few seconds.
 */
#ifndef RUNNEL_WAKE_H
#define RUNNEL_WAKE_H

#include <stdbool.h>
#include <stdint.h>

struct wake;

#define WAKE_ALL UINT32_MAX

/* Maps DIR/bell, making it when it is not there. NULL with errno set. */
struct wake *wake_open(const char *directory);

/* The bit of a channel. */
uint32_t wake_mask(const char *channel);

/* Rings. Does not block. */
void wake_ring(struct wake *wake, uint32_t mask);

/*
 * Starts to listen for rings that share a bit with the mask; returns an eventfd, owned by the wake, that
 * becomes readable (once: EPOLLET will do) with the first of them after a wake_clear(). One small thread does
 * the sleeping, because a futex cannot be polled. Call once. -1 with errno set.
 */
int wake_listen(struct wake *wake, uint32_t mask);

/* Whether anything rang since the last wake_clear(). No system call. */
bool wake_rang(const struct wake *wake);

/* From now on only later rings count. Call it before reading what the ring was about. */
void wake_clear(struct wake *wake);

/* Unmaps. The listening thread, when there is one, ends first. */
void wake_close(struct wake *wake);

#endif
