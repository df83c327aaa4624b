/*
 * buf - a growing string of bytes.
 *
 * Owns its bytes.  `data` is always NUL-terminated once something was added, and
 * may move at every addition.  Running out of memory ends the process: no caller
 * could go on, and the store survives the death of any process.
 */
#ifndef RUNNEL_BUF_H
#define RUNNEL_BUF_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct buf {
	char *data;      /* NULL while empty and never used */
	size_t len;      /* bytes, without the NUL */
	size_t capacity; /* bytes allocated */
};

#define BUF_INIT { NULL, 0, 0 }

void buf_add(struct buf *buf, const void *bytes, size_t n);     /* copies */
void buf_text(struct buf *buf, const char *text);               /* copies */
void buf_print(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes room for n more bytes and returns where they go; the caller then adds to `len`. */
char *buf_room(struct buf *buf, size_t n);

void buf_reset(struct buf *buf); /* empties, keeps the memory */
void buf_clear(struct buf *buf); /* frees */

/* Writes all of it, and blocks meanwhile. false with errno set; EPIPE where SIGPIPE is ignored: the reader left. */
bool buf_write(const struct buf *buf, int fd);

/* Always a string, even of a buf that was never used. */
const char *buf_string(const struct buf *buf);

/* malloc and strdup that end the process instead of failing. */
void *must_alloc(size_t bytes); /* zeroed */
char *must_copy(const char *text);
char *must_copy_n(const char *bytes, size_t n);

#ifdef __cplusplus
}
#endif

#endif
