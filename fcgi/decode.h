/*
 * decode - the parameters of a request, by libfcgi.
 *
 * libfcgi reads a descriptor and waits for its peer. Here its peer is a file in memory that holds the parameters
 * whole and checked (incoming.h), so it can neither block nor meet a record that ends the process. The only file
 * that knows fcgiapp.h.
 */
#ifndef RUNNEL_DECODE_H
#define RUNNEL_DECODE_H

#include "base/buf.h"

#include <stdbool.h>

struct decoder;

/* Once in a process, before its threads: libfcgi's own start. false when it fails. */
bool decode_start(void);

/* For one thread. NULL with errno set. */
struct decoder *decoder_new(void);
void decoder_free(struct decoder *decoder);

/* Decodes name-value pairs that fit. false, logged, when the system or libfcgi fails. */
bool decoder_read(struct decoder *decoder, const struct buf *pairs);

/* The parameters as "NAME=VALUE", NULL after the last; borrowed until the next decoder_read(). */
char *const *decoder_parameters(const struct decoder *decoder);

#endif
