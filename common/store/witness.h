/*
 * store_witness - the last seq of a store, noted outside its database.
 *
 * A backup that is copied over the database (the same file, with fewer events) would give ids again that readers have
 * seen for other events. What was committed is noted in a file beside it; a database whose head lies before the
 * note of its own epoch is a restored one. The note is a hint that nobody must trust: a wrong one begins a new
 * epoch at worst, a missing one says nothing. Not synced: what a power cut takes, the change of the boot id covers.
 */
#ifndef RUNNEL_STORE_WITNESS_H
#define RUNNEL_STORE_WITNESS_H

#include <stdint.h>

#define STORE_WITNESS_FILE "last" /* in the store's directory */

/* The seq noted for this epoch, 0 when there is none. */
uint64_t store_witness_read(const char *directory, const char *epoch);

/* The file that notes are written to, made when there is none; the caller closes it. -1: there can be no notes. */
int store_witness_open(const char *directory);

/* Best effort, one system call. Call it after the commit: a note is never ahead of the database that it is about. */
void store_witness_write(int fd, const char *epoch, uint64_t seq);

#endif
