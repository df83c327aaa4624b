/* multipart_read(): a body is read whole or refused with a 400 that says why. */
#include "fuzz.h"
#include "multipart.h"

#include <stdlib.h>
#include <string.h>

const char *const fuzz_seeds[] = {
	"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X--\r\n",
	"--X\r\ncontent-disposition: form-data; filename=\"f;\\\"\"; name=b\r\n\r\n\r\n--X\r\n\r\n--X--",
	"pre\r\n--X \r\nContent-Disposition:;name=", NULL,
};

static bool visit(void *arg, const char *name, const char *text, size_t bytes)
{
	(void)arg, (void)name;
	if (text[bytes] != '\0')
		abort();
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct problem problem = PROBLEM_NONE;
	char type[512];
	if (!multipart_read("multipart/form-data; boundary=X", (const char *)bytes, n, visit, NULL, &problem) && problem.status != 400)
		abort();
	/* and the header itself */
	size_t header = n < sizeof type - 1 ? n : sizeof type - 1;
	memcpy(type, bytes, header);
	type[header] = '\0';
	problem.status = 0;
	if (!multipart_read(type, "--X--", 5, visit, NULL, &problem) && problem.status != 400)
		abort();
	return 0;
}
