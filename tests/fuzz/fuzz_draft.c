/* draft_read() and draft_check(): a body of any type becomes an event that shows something, or a sentence; never both. */
#include "api/draft.h"
#include "fuzz.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

const char *const fuzz_seeds[] = {
	"title=x&body=a%0d%0ab&url=/x", "percent=33.3&message=m&state=done", "{\"title\":\"x\",\"percent\":1e2,\"state\":null}", "\xef\xbb\xbf{\"line\":\"\\u001b[1m\"}",
	"--X\r\nContent-Disposition: form-data; name=title\r\nContent-Type: text/plain; charset=latin1\r\n\r\n\xe9\r\n--X--",
	"_charset_=iso-8859-1&title=%e9&text=x", "url=java%09script:x&title=x", "hi", NULL,
};

static const char *const types[] = {
	"application/x-www-form-urlencoded", "application/json", "text/plain", "multipart/form-data; boundary=X", "text/plain; charset=iso-8859-1", "",
};
static const char *const channels[] = { "progress", "notifications", "feed", "log" };

static void check(const struct draft *draft)
{
	if (!draft->event || (!draft->values.count && !draft->html))
		abort();
	for (size_t i = 0; i < draft->values.count; i++) {
		const struct value *value = &draft->values.items[i];
		if (!utf8_valid(value->text, strlen(value->text)) || strchr(value->text, '\033') || strchr(value->text, '\r'))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct kinds kinds;
	kinds_init(&kinds);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		const struct kind *kind = kinds_of(&kinds, channels[(i + n) % 4]);
		struct problem problem = PROBLEM_NONE;
		struct draft draft = DRAFT_INIT(kind->name);
		struct request request = { .content_type = (char *)(uintptr_t)types[i], .content_encoding = (char[]){ "" } };
		buf_add(&request.body, bytes, n);
		if (draft_read(&draft, &request, kind, true, &problem) && draft_check(&draft, kind, 65536, &problem))
			check(&draft);
		else if (problem.status < 400 || problem.status > 415 || !*problem.text || !utf8_valid(problem.text, strlen(problem.text)))
			abort();
		draft_clear(&draft);
		buf_clear(&request.body);
	}
	kinds_clear(&kinds);
	return 0;
}
