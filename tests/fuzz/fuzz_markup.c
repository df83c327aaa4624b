/* markup_check(): whatever a template is, it is refused with a sentence, or comes out whole but for modifiers that were added. */
#include "fuzz.h"
#include "html/markup.h"

#include <stdlib.h>
#include <string.h>

const char *const fuzz_seeds[] = {
	"<p class=\"a {{x}}\" {{#y}}title='{{y}}'{{/y}}>{{x:x-lines}}</p>", "<a href=\"{{u}}?a={{b}}\">{{! c }}</a>",
	"<script><!-- {{x}} --></script><title>{{x}}</title>", "<svg><title>{{x}}</title></svg><!-- c -->{{=<% %>=}}", "{{#a}}{{#b}}<b a=c d>{{/b}}{{/a}}", NULL
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct buf text = BUF_INIT, out = BUF_INIT;
	struct problem problem = PROBLEM_NONE;
	buf_text(&text, MARKUP_PRAGMA);
	buf_add(&text, bytes, n);
	for (int own = 0; own < 2; own++) {
		buf_reset(&out);
		problem.status = 0;
		bool ok = markup_check(text.data, text.len, own, &out, &problem);
		if (ok ? out.len < text.len || strlen(out.data) != out.len : problem.status != 500 || !*problem.text)
			abort();
	}
	buf_clear(&text);
	buf_clear(&out);
	return 0;
}
