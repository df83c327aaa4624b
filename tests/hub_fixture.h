/*
 * hub_fixture - a hub in the test's own process, whose loop runs only when the test says so: each moment comes as it is
 * written there.
 */
#ifndef RUNNEL_TESTS_HUB_FIXTURE_H
#define RUNNEL_TESTS_HUB_FIXTURE_H

#include "base/buf.h"
#include "stream/hub.h"
#include "base/loop.h"
#include "site/site.h"
#include "suite.h"

#include <stddef.h>
#include <stdint.h>

enum { TURNS = 200, SMALL_BUFFER = 4096, LARGE_LINE = 1500, HUGE_LINE = 30000 };

/* One reader: our end of its connection, and what it was sent. */
struct reader {
	int fd;
	struct buf got;
};

extern struct site site;
extern struct loop *loop;
extern struct hub *hub;

/* A case whose tests each begin() with a configuration of their own. */
TCase *hub_case(const char *name);
void begin(const char *config);

/* Until all that has happened has been dealt with, and longer. */
void run(void);

/* Opens a stream of some channels with a cursor, or none when it is NULL; the connection holds so many bytes, or as many as usual for 0. */
struct reader reader_of(const char *names, const uint64_t *cursor, int buffer);
void open_stream(int fd, const char *names, const uint64_t *cursor);

/* What came until now; what comes until it has that text, which must come. */
void read_on(struct reader *reader);
void read_until(struct reader *reader, const char *text);

/* How often it was sent a text, and how many lines it was told it missed. */
int count(struct reader *reader, const char *text);
int lines_skipped(struct reader *reader);

/* It has seen the post, and was told of nothing that it missed. */
void sees_only(struct reader *reader, const char *text);

/* So many events in one commit; the seq of the last. */
uint64_t post_many(const char *channel, const char *text, size_t n);
uint64_t post(const char *channel, const char *text);

/* An event of an age that no publisher could give it. */
void append_aged(const char *channel, const char *name, const char *fragment, int64_t age_ms);

/* With its events, of which there are some. */
void remove_channel(const char *channel);

/* A text of so many bytes, to be freed. */
char *text_of(size_t bytes);

/* An event's first line on the wire; good until the next call. */
const char *id_line(uint64_t seq);

#endif
