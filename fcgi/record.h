/*
 * record - the heads of FastCGI records, and an answer in records (FastCGI 1.0 §3.3, §5).
 *
 * Pure: nothing here reads or writes a descriptor.
 */
#ifndef RUNNEL_RECORD_H
#define RUNNEL_RECORD_H

#include "base/buf.h"
#include "stream/transport.h"

#include <stddef.h>

enum { RECORD_HEAD_BYTES = 8, RECORD_CONTENT_MAX = 65535 };

enum record_type {
	RECORD_BEGIN_REQUEST = 1, RECORD_ABORT_REQUEST = 2, RECORD_END_REQUEST = 3, RECORD_PARAMS = 4, RECORD_STDIN = 5,
	RECORD_STDOUT = 6, RECORD_GET_VALUES = 9, RECORD_GET_VALUES_RESULT = 10, RECORD_UNKNOWN_TYPE = 11
};

/* How a request ended (§5.5). */
enum record_end { RECORD_REQUEST_COMPLETE = 0, RECORD_UNKNOWN_ROLE = 3 };

struct record_head {
	unsigned version, type, id; /* id 0: about the connection, not about a request */
	size_t content, padding;    /* bytes that follow the head */
};

/* Reads RECORD_HEAD_BYTES. */
struct record_head record_head_read(const char *bytes);

/* Adds a head without padding. */
void record_add_head(struct buf *out, enum record_type type, unsigned id, size_t content);

/* Adds n bytes as records of that type; nothing for n = 0, which would mean the end. */
void record_add(struct buf *out, enum record_type type, unsigned id, const char *bytes, size_t n, size_t content_max);

/* Adds what ends a request. */
void record_add_end(struct buf *out, unsigned id, enum record_end how);

/* The transport of a pool's streams, as records of request 1; address() gives them another request's id. */
extern const struct transport transport_fastcgi;

#endif
