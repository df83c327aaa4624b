/* values_from_json(): what is taken comes back the same after a second reading. */
#include "fuzz.h"
#include "event/values.h"

#include <stdlib.h>
#include <string.h>

const char *const fuzz_seeds[] = { "{\"a\":\"b\",\"n\":1.5}", "{\"t\":true,\"z\":null}", "{\"a\":{}}", "[\"\\u00e9\"]", NULL };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct values first = VALUES_INIT, second = VALUES_INIT;
	struct problem problem = PROBLEM_NONE;
	struct buf one = BUF_INIT, two = BUF_INIT;
	if (values_from_json(&first, (const char *)bytes, n, "title", &problem)) {
		values_to_json(&first, &one);
		if (!values_from_json(&second, one.data, one.len, "title", &problem))
			abort();
		values_to_json(&second, &two);
		if (strcmp(one.data, two.data) != 0)
			abort();
	} else if (problem.status != 400) {
		abort();
	}
	values_clear(&first);
	values_clear(&second);
	buf_clear(&one);
	buf_clear(&two);
	return 0;
}
