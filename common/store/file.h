/*
 * file - the one way to open a file of a store.
 *
 * A store may be shared by a group, and any member can put a link, a pipe or somebody else's file in the place of
 * one of ours. So each is opened below the directory's own descriptor, without following a link and without waiting
 * (a named pipe would block for its other end), and then looked at: it must be of the type that runnel makes, and
 * have one name. What is anything else is never read, written, cut or given other permissions.
 */
#ifndef RUNNEL_STORE_FILE_H
#define RUNNEL_STORE_FILE_H

#include <stdbool.h>
#include <sys/types.h>

/* In errno: there is something, and runnel did not make it so. It was said on standard error, at most once in a while. */
#define STORE_FILE_FOREIGN ELOOP

/* The directory itself, which may be named by a link. -1 with errno set. */
int store_folder_open(const char *directory);

/* Opens a file of this type (S_IFREG, S_IFIFO, S_IFDIR). -1 with errno set; ENOENT: there is none. */
int store_file_open(int folder, const char *name, int flags, mode_t type);

/* Makes a regular file with the folder's rights and opens it for reading and writing. -1 with errno set; EEXIST: there is one. */
int store_file_make(int folder, const char *name);

/*
 * Gives what this process has just made the rights of the folder, whatever umask says: whoever may use the store may use it.
 * A file that root makes becomes its folder's owner's. false with errno set.
 */
bool store_file_take_rights(int folder, int fd);

/* Whether a file that is open is of the type and has one name; else errno is STORE_FILE_FOREIGN, and it was said. */
bool store_file_is_ours(int fd, const char *name, mode_t type);

/* For whoever found out otherwise. */
void store_file_say_foreign(const char *name);

#endif
