#include "decode.h"

#include "log.h"
#include "record.h"

#include <errno.h>
#include <fcgiapp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NO_SOCKET = -1 }; /* that libfcgi could accept from */

struct decoder {
	FCGX_Request fcgi;
	int file_fd;        /* what libfcgi takes for its connection */
	struct buf records; /* in the file */
};

bool decode_start(void)
{
	return FCGX_Init() == 0;
}

static bool open_file(struct decoder *decoder)
{
	decoder->file_fd = memfd_create("runnel-request", MFD_CLOEXEC);
	return decoder->file_fd >= 0;
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
	if (decoder->file_fd >= 0)
		close(decoder->file_fd);
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

static bool write_file(int fd, const struct buf *records)
{
	return pwrite(fd, records->data, records->len, 0) == (ssize_t)records->len &&
	       ftruncate(fd, (off_t)records->len) == 0 && lseek(fd, 0, SEEK_SET) == 0;
}

/*
 * ipcFd and keepConnection stand below the header's "don't use" line: configure checks that they are there. A request
 * that has a descriptor is read from it, and a connection that is kept is not closed; one that libfcgi does not like is.
 */
bool decoder_read(struct decoder *decoder, const struct buf *pairs)
{
	forget(decoder);
	make_records(&decoder->records, pairs);
	if ((decoder->file_fd < 0 && !open_file(decoder)) || !write_file(decoder->file_fd, &decoder->records)) {
		log_error("reading a request's parameters: %s", strerror(errno));
		return false;
	}
	decoder->fcgi.ipcFd = decoder->file_fd;
	decoder->fcgi.keepConnection = 1;
	if (FCGX_Accept_r(&decoder->fcgi) == 0)
		return true;
	decoder->file_fd = -1;
	log_error("libfcgi does not take a request's parameters");
	return false;
}

char *const *decoder_parameters(const struct decoder *decoder)
{
	return decoder->fcgi.envp;
}
