#include "store/witness.h"

#include "store/file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOTE_BYTES = 64 }; /* "EPOCH SEQ", then spaces and a line end: always as long, so one write replaces it */

static int open_note(const char *directory, bool make)
{
	int folder = store_folder_open(directory);
	if (folder < 0)
		return -1;
	int fd = store_file_open(folder, STORE_WITNESS_FILE, O_RDWR, S_IFREG);
	if (fd < 0 && make)
		fd = store_file_make(folder, STORE_WITNESS_FILE);
	close(folder);
	return fd;
}

uint64_t store_witness_read(const char *directory, const char *epoch)
{
	char note[NOTE_BYTES + 1] = "", noted[32];
	uint64_t seq = 0;
	int fd = open_note(directory, false);
	if (fd < 0)
		return 0;
	ssize_t n = pread(fd, note, NOTE_BYTES, 0);
	close(fd);
	bool about_it = n > 0 && sscanf(note, "%31s %" SCNu64, noted, &seq) == 2 && strcmp(noted, epoch) == 0;
	return about_it ? seq : 0;
}

int store_witness_open(const char *directory)
{
	return open_note(directory, true);
}

void store_witness_write(int fd, const char *epoch, uint64_t seq)
{
	char note[NOTE_BYTES + 1], text[NOTE_BYTES];
	snprintf(text, sizeof text, "%.24s %" PRIu64, epoch, seq);
	snprintf(note, sizeof note, "%-63s\n", text);
	if (pwrite(fd, note, NOTE_BYTES, 0) < 0) {
		/* a full disk, or no file: there is no note then */
	}
}
