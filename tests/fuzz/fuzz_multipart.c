/* multipart_next(): a body is read whole or refused with a sentence; no byte beyond its end is touched. */
#include "fuzz.h"
#include "http/multipart.h"

#include <stdlib.h>
#include <string.h>

const char *const fuzz_seeds[] = {
	"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X--\r\n",
	"--X\r\ncontent-disposition: form-data; filename=\"f;\\\"\"; name=b\r\n\r\n\r\n--X\r\n\r\n--X--",
	"--X\nContent-Type: text/plain; charset=latin1\nContent-Disposition: form-data; name=b\n\n--XY\n--X--",
	"pre\r\n--X \r\nContent-Disposition:;name=", NULL,
};

static void read_all(const char *type, const char *body, size_t n)
{
	struct problem problem = PROBLEM_NONE;
	struct multipart multipart;
	struct part part = PART_INIT;
	enum multipart_next next = MULTIPART_BAD;
	if (multipart_open(&multipart, type, body, n, &problem))
		while ((next = multipart_next(&multipart, &part, &problem)) == MULTIPART_PART)
			if (!part.name.len || part.text < body || part.text + part.bytes > body + n)
				abort();
	if (next == MULTIPART_BAD && problem.status != 400 && problem.status != 415)
		abort();
	multipart_clear(&multipart);
	part_clear(&part);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	read_all("multipart/form-data; boundary=X", (const char *)bytes, n);
	/* and the header itself */
	char *type = malloc(n + 1);
	memcpy(type, bytes, n);
	type[n] = '\0';
	read_all(type, "--X--", 5);
	free(type);
	return 0;
}
