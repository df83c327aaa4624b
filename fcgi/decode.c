#include "decode.h"

#include "base/log.h"
#include "record.h"

#include <errno.h>
#include <fcgiapp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	NO_SOCKET = -1,          /* that libfcgi could accept from */
	FILE_BYTES = 512 * 1024, /* more than all records of the longest parameters (incoming.c) */
};

struct decoder {
	FCGX_Request fcgi;
	int file_fd;        /* what libfcgi takes for its connection */
	char *file;         /* the same file, mapped: its pages are there only where it was written to */
	struct buf records; /* in the file */
};

bool decode_start(void)
{
	return FCGX_Init() == 0;
}

static void close_file(struct decoder *decoder)
{
	if (decoder->file)
		munmap(decoder->file, FILE_BYTES);
	if (decoder->file_fd >= 0)
		close(decoder->file_fd);
	decoder->file = NULL;
	decoder->file_fd = -1;
}

static bool open_file(struct decoder *decoder)
{
	decoder->file_fd = memfd_create("runnel-request", MFD_CLOEXEC);
	if (decoder->file_fd < 0)
		return false;
	void *file = ftruncate(decoder->file_fd, FILE_BYTES) < 0 ? MAP_FAILED
		   : mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, decoder->file_fd, 0);
	if (file != MAP_FAILED) {
		decoder->file = file;
		return true;
	}
	int error = errno;
	close_file(decoder);
	errno = error;
	return false;
}

struct decoder *decoder_new(void)
{
	struct decoder *decoder = must_alloc(sizeof *decoder);
	if (!open_file(decoder)) {
		free(decoder);
		return NULL;
	}
	FCGX_InitRequest(&decoder->fcgi, NO_SOCKET, 0);
	return decoder;
}

static void forget(struct decoder *decoder)
{
	FCGX_Free(&decoder->fcgi, 0);
	FCGX_InitRequest(&decoder->fcgi, NO_SOCKET, 0);
}

void decoder_free(struct decoder *decoder)
{
	if (!decoder)
		return;
	forget(decoder);
	close_file(decoder);
	buf_clear(&decoder->records);
	free(decoder);
}

/* A request of nothing but its parameters. */
static void make_records(struct buf *records, const struct buf *pairs)
{
	static const char responder[8] = { 0, 1 };
	buf_reset(records);
	record_add(records, RECORD_BEGIN_REQUEST, 1, responder, sizeof responder, RECORD_CONTENT_MAX);
	record_add(records, RECORD_PARAMS, 1, pairs->data, pairs->len, RECORD_CONTENT_MAX);
	record_add_head(records, RECORD_PARAMS, 1, 0);
	record_add_head(records, RECORD_STDIN, 1, 0);
}

/* By its mapping, which saves a write and a truncation for each request. libfcgi stops at the end of the records. */
static bool write_file(struct decoder *decoder)
{
	const struct buf *records = &decoder->records;
	if (records->len > FILE_BYTES) {
		errno = EFBIG;
		return false;
	}
	memcpy(decoder->file, records->data, records->len);
	return lseek(decoder->file_fd, 0, SEEK_SET) == 0;
}

/*
 * ipcFd and keepConnection stand below the header's "don't use" line: configure checks that they are there. A request
 * that has a descriptor is read from it, and a connection that is kept is not closed; one that libfcgi does not like is.
 */
bool decoder_read(struct decoder *decoder, const struct buf *pairs)
{
	forget(decoder);
	make_records(&decoder->records, pairs);
	if ((decoder->file_fd < 0 && !open_file(decoder)) || !write_file(decoder)) {
		log_error("reading a request's parameters: %s", strerror(errno));
		return false;
	}
	decoder->fcgi.ipcFd = decoder->file_fd;
	decoder->fcgi.keepConnection = 1;
	if (FCGX_Accept_r(&decoder->fcgi) == 0)
		return true;
	decoder->file_fd = -1; /* it has closed it */
	close_file(decoder);
	log_error("libfcgi does not take a request's parameters");
	return false;
}

char *const *decoder_parameters(const struct decoder *decoder)
{
	return decoder->fcgi.envp;
}
