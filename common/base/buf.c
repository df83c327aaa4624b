#include "base/buf.h"

#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void out_of_memory(void)
{
	log_error("out of memory");
	abort();
}

void *must_alloc(size_t bytes)
{
	void *memory = calloc(1, bytes ? bytes : 1);
	if (!memory)
		out_of_memory();
	return memory;
}

char *must_copy_n(const char *bytes, size_t n)
{
	char *copy = must_alloc(n + 1);
	if (n)
		memcpy(copy, bytes, n);
	return copy;
}

char *must_copy(const char *text)
{
	return must_copy_n(text, strlen(text));
}

char *buf_room(struct buf *buf, size_t n)
{
	if (buf->capacity - buf->len <= n) {
		size_t capacity = buf->capacity ? buf->capacity : 64;
		while (capacity - buf->len <= n)
			capacity *= 2;
		char *data = realloc(buf->data, capacity);
		if (!data)
			out_of_memory();
		buf->data = data;
		buf->capacity = capacity;
	}
	return buf->data + buf->len;
}

void buf_add(struct buf *buf, const void *bytes, size_t n)
{
	char *room = buf_room(buf, n);
	if (n)
		memcpy(room, bytes, n);
	buf->len += n;
	buf->data[buf->len] = '\0';
}

void buf_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_print(struct buf *buf, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	if (length > 0) {
		vsnprintf(buf_room(buf, (size_t)length), (size_t)length + 1, format, again);
		buf->len += (size_t)length;
	}
	va_end(again);
	va_end(args);
}

void buf_reset(struct buf *buf)
{
	buf->len = 0;
	if (buf->data)
		buf->data[0] = '\0';
}

void buf_clear(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf)BUF_INIT;
}

bool buf_write(const struct buf *buf, int fd)
{
	size_t sent = 0;
	while (sent < buf->len) {
		ssize_t n = write(fd, buf->data + sent, buf->len - sent);
		if (n < 0 && errno != EINTR)
			return false;
		sent += n > 0 ? (size_t)n : 0;
	}
	return true;
}

const char *buf_string(const struct buf *buf)
{
	return buf->data ? buf->data : "";
}
