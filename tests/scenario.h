/*
 * scenario - what the scenarios share: a host of its own for each, over CGI or over FastCGI.
 *
 * The contract, as a web server sees it: check_streams, check_replay, check_publishing, check_trouble.
 */
#ifndef RUNNEL_TESTS_SCENARIO_H
#define RUNNEL_TESTS_SCENARIO_H

#include "api/publish.h"
#include "suite.h"
#include "wire.h"

#include <stdint.h>

extern struct wire_host host; /* of the scenario that runs */
extern struct site site;      /* the same store, opened by the test itself */

/* Starts the host; the configuration may be NULL. transport is an enum wire_transport: the scenario's _i. */
void start(int transport, const char *config);
void stop(void); /* also by itself after each test */

/* Publishes from this process. event may be NULL: the kind's own. The seq. */
uint64_t post(const char *channel, const char *event, const char *text);

const char *id(uint64_t seq);      /* EPOCH-SEQ, good until the next call */
const char *id_line(uint64_t seq); /* as it stands in a frame */

/* Opens a stream and sees its head and its first byte. */
void get(struct wire *wire, const char *path, const char *query);

/* A case whose hosts are stopped after each test, and a test in it that runs over both transports. */
TCase *scenario_case(const char *name);
void scenario_case_add_both(TCase *tc, const TTest *test);

#endif
