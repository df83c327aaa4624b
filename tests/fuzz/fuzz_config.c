/* config_read_text(): a configuration is taken or refused with a sentence; never half of each. */
#include "site/config.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

const char *const fuzz_seeds[] = {
	"[access]\npublish = open ; words\n[access \"feed/*\"]\nsubscribe = user\n", "[kind \"x\"]\nkeep = 5\nswap = beforeend\n",
	"[store]\nsynchronous = full\n[limits]\nevent = 100\n[stream]\nheartbeat = 3\n", "[kind \"log\"]\ndays = 1\n", NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct problem problem = PROBLEM_NONE;
	struct config config;
	char *text = malloc(n + 1);
	memcpy(text, bytes, n);
	text[n] = '\0';
	if (!config_read_text(&config, text, &problem) && (problem.status != 500 || !*problem.text))
		abort();
	if (!config.store || config.kinds.count < 4 || config.heartbeat_s < 1)
		abort();
	config_clear(&config);
	free(text);
	return 0;
}
