/*
 * store_reserve - room on the disk that is kept for removing.
 *
 * Removing events needs room for a moment, in the write-ahead log, and a program that opens a store alone needs some for the
 * log's index. On a full disk there would be none, and whatever filled it could never be removed. So a file of the store
 * holds a megabyte. It is given up for one removal, or for opening, and made again from what that has freed.
 */
#ifndef RUNNEL_STORE_RESERVE_H
#define RUNNEL_STORE_RESERVE_H

#include <stdbool.h>

#define STORE_RESERVE_FILE "reserve" /* in the store's directory */

/* Takes as much of the megabyte as there is; what it has already it keeps. Best effort: without one, all else works. */
void store_reserve_make(const char *directory);

/* Gives the room back to the disk. false: there was none. */
bool store_reserve_release(const char *directory);

#endif
