/* form_read(): whatever comes, each field is handed over NUL-terminated and within its length. */
#include "http/form.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

const char *const fuzz_seeds[] = { "a=1&b=2", "title=%3Cb%3E&x=a+b", "&&=&%", "a=%0%zz%41", NULL };

static bool visit(void *arg, const char *name, const char *text, size_t bytes)
{
	(void)arg;
	if (text[bytes] != '\0' || strlen(text) > bytes || strlen(name) > 1 << 20)
		abort();
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	form_read((const char *)bytes, n, visit, NULL);
	return 0;
}
