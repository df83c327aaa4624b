/* Where a template may put a value, and which URLs stand in the page. */
#include "html/bidi.h"
#include "event/link.h"
#include "html/markup.h"
#include "html/render.h"
#include "suite.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static char *checked(const char *text, bool own)
{
	struct buf whole = BUF_INIT, out = BUF_INIT;
	struct problem problem = PROBLEM_NONE;
	buf_text(&whole, MARKUP_PRAGMA);
	buf_text(&whole, text);
	bool ok = markup_check(whole.data, whole.len, own, &out, &problem);
	ck_assert_msg(ok == (problem.status == 0), "%s", text);
	char *answer = must_copy(ok ? out.data + strlen(MARKUP_PRAGMA) : problem.text);
	buf_clear(&whole);
	buf_clear(&out);
	return answer;
}

static void is_good(const char *text, bool own)
{
	char *answer = checked(text, own);
	ck_assert_msg(strncmp(answer, "line ", 5) != 0, "refused: %s\n%s", text, answer);
	free(answer);
}

/* The sentence names the line, and holds the word. */
static void is_bad(const char *text, bool own, const char *word)
{
	char *answer = checked(text, own);
	ck_assert_msg(strncmp(answer, "line ", 5) == 0, "taken: %s", text);
	ck_assert_msg(strstr(answer, word) != NULL, "\"%s\" is not in: %s\n%s", word, answer, text);
	free(answer);
}

START_TEST(a_value_stands_in_text_and_in_quoted_plain_attributes)
{
	static const char *const good[] = {
		"<p>{{x}}</p>",
		"{{x}}",
		"plain, with { braces } and }} and &lt;",
		"<p class=\"a {{x}} b\" title='{{x}}' id=\"p-{{x}}\" data-level=\"{{x}}\" aria-label=\"Dismiss: {{x}}\">{{x}}</p>",
		"<progress value=\"{{x}}\" max=\"100\"></progress>",
		"<time datetime=\"{{TIME}}\">{{TIME}}</time>",
		"<a href=\"{{url}}\">{{x}}</a>",
		"<a href='{{url}}'>x</a>",
		"<a href=\"{{url}}?x=1\">x</a>",
		"<a href=\"{{url}}/edit#top\">x</a>",
		"<a href=\"/orders/{{x}}\">x</a>",
		"<a href=\"orders.html?id={{x}}&amp;name={{y}}\">x</a>",
		"<a href=\"https://example.org/{{x}}\">x</a>",
		"<a href=\"mailto:{{x}}\">x</a>",
		"<a href=\"#{{x}}\">x</a>",
		"<a href=\"../{{x}}/{{y}}\">x</a>",
		"<a href=\"/a{{#q}}/{{q}}{{/q}}\">x</a>",
		"<img src=\"{{url}}\" alt=\"{{x}}\">",
		"<img src=\"{{url}}\" alt=\"\"/>",
		"{{#url}}<a href=\"{{url}}\" rel=\"noopener\">{{/url}}{{title}}{{#url}}</a>{{/url}}",
		"<progress{{#percent}} aria-valuenow=\"{{percent}}\" value=\"{{percent}}\"{{/percent}} max=\"100\"></progress>",
		"<option {{#on}}selected{{/on}}>{{x}}</option>",
		"<option{{#on}} selected{{/on}}>{{x}}</option>",
		"<p class=\"a{{#x}} b{{/x}}\">",
		"<p\n\tclass = \"{{x}}\"\n>",
		"{{! a remark with <b }}<p>{{!another}}</p>",
		"<p>{{x:h}}{{x:html_escape}}{{x:pre_escape}}{{x:p}}{{x:x-lines}}</p>",
		"<pre>{{x:pre_escape}}</pre>",
		"<title>{{x}}</title>",
		"<textarea>{{x}}</textarea>",
		"<div hx-get=\"/orders\" hx-trigger=\"click\" hx-on::after-request=\"done()\">{{x}}</div>",
		"<button type=button hx-delete=\"/x\" hx-confirm='Sure?' onclick=\"f()\">{{x}}</button>",
		"<form action=\"/done\"><input type=\"hidden\" name=\"id\" value=\"{{x}}\"><button>OK</button></form>",
		"<script>if (1 < 2) alert('</p>')</script><style>p > b { color: red }</style>{{x}}",
		"<svg viewBox=\"0 0 1 1\"><title>{{x}}</title><path d=\"M0 0h1\"/></svg>{{x}}",
		"<svg/>{{x}}",
		"<!-- a comment - with -- dashes -->{{x}}",
		"<table><tr><td>{{x}}</td><td colspan=\"2\">{{y}}</td></tr></table>",
		"<my-card title=\"{{x}}\"></my-card>",
		"<li>{{x}}<br>{{y}}<hr/></li>",
		"<ul>{{#x}}<li>{{x}}{{#y}}, {{y}}{{/y}}</li>{{/x}}</ul>",
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		is_good(good[i], false);
}
END_TEST

START_TEST(a_value_stands_nowhere_else)
{
	static const struct {
		const char *text, *word;
	} bad[] = {
		/* attributes that run, fetch, submit, load or rename */
		{ "<p hx-get=\"/{{x}}\">", "hx-get" },
		{ "<p HX-GET=\"/{{x}}\">", "hx-get" },
		{ "<p data-hx-get=\"/{{x}}\">", "data-hx-get" },
		{ "<p Data-Hx-Get=\"/{{x}}\">", "data-hx-get" },
		{ "<p hx-on:click=\"{{x}}\">", "hx-on:click" },
		{ "<p hx-on::load='{{x}}'>", "hx-on::load" },
		{ "<p hx-vals='{\"a\": \"{{x}}\"}'>", "hx-vals" },
		{ "<p hx-target=\"#{{x}}\">", "hx-target" },
		{ "<p sse-connect=\"{{x}}\">", "sse-connect" },
		{ "<p data-sse-swap=\"{{x}}\">", "data-sse-swap" },
		{ "<p ws-connect=\"{{x}}\">", "ws-connect" },
		{ "<p onclick=\"{{x}}\">", "onclick" },
		{ "<p ONCLICK='f(\"{{x}}\")'>", "onclick" },
		{ "<p onwhatever=\"{{x}}\">", "onwhatever" },
		{ "<p style=\"color: {{x}}\">", "style" },
		{ "<button formaction=\"{{x}}\">", "formaction" },
		{ "<form action=\"{{x}}\">", "action" },
		{ "<input name=\"{{x}}\">", "name" },
		{ "<input type=\"{{x}}\">", "type" },
		{ "<iframe srcdoc=\"{{x}}\"></iframe>", "srcdoc" },
		{ "<iframe src=\"{{x}}\"></iframe>", "src" },
		{ "<svg><use xlink:href=\"{{x}}\"></use></svg>", "xlink:href" },
		{ "<svg><use href=\"{{x}}\"></use></svg>", "href" },
		{ "<svg><a xlink:href=\"{{x}}\"></a></svg>", "xlink:href" },
		{ "<svg><set to=\"{{x}}\"/></svg>", "to" },
		{ "<svg><animate values=\"{{x}}\"/></svg>", "values" },
		{ "<object data=\"{{x}}\"></object>", "data" },
		{ "<embed src=\"{{x}}\">", "src" },
		{ "<base href=\"{{x}}\">", "href" },
		{ "<link href=\"{{x}}\">", "href" },
		{ "<link title=\"{{x}}\">", "title" },
		{ "<meta http-equiv=\"refresh\" content=\"{{x}}\">", "content" },
		{ "<img srcset=\"{{x}}\">", "srcset" },
		{ "<video poster=\"{{x}}\">", "poster" },
		{ "<a ping=\"{{x}}\">", "ping" },
		{ "<a target=\"{{x}}\">", "target" },
		{ "<body background=\"{{x}}\">", "background" },
		{ "<p x-data=\"{{x}}\">", "x-data" },
		{ "<p @click=\"{{x}}\">", "@click" },
		{ "<p :title=\"{{x}}\">", ":title" },
		{ "<p v-html=\"{{x}}\">", "v-html" },
		{ "<p data-on-click=\"{{x}}\">", "data-on-click" },
		{ "<p data-bind=\"{{x}}\">", "data-bind" },
		{ "<p data-runnel-list=\"{{x}}\">", "data-runnel-list" },
		{ "<p whatever=\"{{x}}\">", "whatever" },
		/* names in upper case are no exception */
		{ "<p onclick=\"{{TIME}}\">", "onclick" },
		{ "<p hx-get=\"/{{NAME}}\">", "hx-get" },
		{ "<p hx-get=\"/{{Title}}\">", "hx-get" },
		{ "<p hx-get=\"/{{_x}}\">", "hx-get" },
		{ "<p hx-get=\"/{{1}}\">", "hx-get" },
		/* no quotes */
		{ "<p title={{x}}>", "quotes" },
		{ "<p title=a{{x}}>", "quotes" },
		{ "<p title= {{x}}>", "quotes" },
		{ "<p title=a\"{{x}}\">", "quotes" },
		{ "<p title=`{{x}}`>", "quotes" },
		{ "<p title=\n{{x}}\n>", "quotes" },
		/* names */
		{ "<{{x}}>", "begins no tag" },
		{ "<p{{x}}>", "name" },
		{ "<p {{x}}>", "name" },
		{ "<p {{x}}=\"a\">", "name" },
		{ "<p on{{x}}=\"a\">", "name" },
		{ "</{{x}}>", "begins no tag" },
		{ "</p {{x}}>", "name" },
		{ "<p title=\"a\" {{x}}>", "name" },
		{ "<p title=\"a\"{{x}}>", "name" },
		{ "<p a{{#x}}b{{/x}}=\"c\">", "name" },
		{ "<{{#x}}script{{/x}}>", "begins no tag" },
		{ "<{{! }}script>", "begins no tag" },
		{ "<s{{! }}cript>", "blank" },
		{ "<s{{#x}}cript{{/x}}>", "blank" },
		{ "<p{{#x}} a=\"b\"{{/x}}c=\"d\">", "blank" },
		/* elements whose text is no text */
		{ "<script>{{x}}</script>", "script" },
		{ "<SCRIPT>var a = '{{x}}'</SCRIPT>", "script" },
		{ "<script type=\"application/json\">{{x}}</script>", "script" },
		{ "<script><!--<script></script>{{x}}</script>", "<!--" },
		{ "<script src=\"{{x}}\"></script>", "src" },
		{ "<style>{{x}}</style>", "style" },
		{ "<style>p { color: {{x}} }</style >", "style" },
		{ "<script/>{{x}}</script>", "script" },
		{ "<xmp>{{x}}</xmp>", "xmp" },
		{ "<noscript>{{x}}</noscript>", "noscript" },
		{ "<iframe>{{x}}</iframe>", "iframe" },
		{ "<plaintext>{{x}}", "plaintext" },
		{ "<textarea><p title=\"</textarea>{{x}}\">", "textarea" },
		{ "<svg><style>{{x}}</style></svg>", "svg" },
		{ "<math><script>{{x}}</script></math>", "svg or math" },
		{ "<svg><title><b>{{x}}</b></title></svg>", "title" },
		/* comments and declarations */
		{ "<!-- {{x}} -->", "comment" },
		{ "<!--{{#x}}-->{{/x}}", "comment" },
		{ "<!--> {{x}} -->", "comment" },
		{ "<!---> {{x}} -->", "comment" },
		{ "<!-- a --!> {{x}} -->", "comment" },
		{ "<!-- <!-- --> {{x}}", "comment" },
		{ "<!{{x}}>", "begins no tag" },
		{ "<?{{x}}>", "begins no tag" },
		{ "<![CDATA[{{x}}]]>", "begins no tag" },
		{ "<!doctype {{x}}>", "declaration" },
		{ "</ {{x}}>", "begins no tag" },
		{ "a < {{x}}", "&lt;" },
		{ "<", "&lt;" },
		/* URLs */
		{ "<a href=\"javascript:{{x}}\">", "href" },
		{ "<a href=\"JavaScript:f('{{x}}')\">", "href" },
		{ "<a href=\"java{{x}}\">", "href" },
		{ "<a href=\" {{x}}\">", "href" },
		{ "<a href=\"\n{{x}}\">", "href" },
		{ "<a href=\"{{x}}{{y}}\">", "href" },
		{ "<a href=\"{{x}}script:alert(1)\">", "href" },
		{ "<a href=\"{{x}}:{{y}}\">", "href" },
		{ "<a href=\"&#106;{{x}}\">", "href" },
		{ "<a href=\"&#{{x}};\">", "href" },
		{ "<a href=\"data:text/html,{{x}}\">", "href" },
		{ "<a href=\"java&#9;script:{{x}}\">", "href" },
		{ "<a href={{x}}>", "quotes" },
		{ "<a href=\"{{x:none}}\">", "modifier" },
		{ "<a href=\"{{x:h}}\">", "modifier" },
		{ "<a href=\"{{#x}}{{x}}{{/x}}\">", "section" },
		{ "<a href=\"{{#x}}/{{/x}}{{y}}\">", "section" },
		{ "<a href=\"java{{#x}}{{/x}}script:{{y}}\">", "href" },
		/* modifiers, and what else ctemplate has */
		{ "{{x:none}}", ":none" },
		{ "{{FRAGMENT:none}}", ":none" },
		{ "{{x:h:none}}", ":h:none" },
		{ "{{x:j}}", ":j" },
		{ "{{x:x-nosuch}}", ":x-nosuch" },
		{ "{{x:}}", "modifier" },
		{ "<p title=\"{{x:x-lines}}\">", ":x-lines" },
		{ "{{x-y}}", "no name" },
		{ "{{ x }}", "no name" },
		{ "{{}}", "no name" },
		{ "{{{x}}}", "no name" },
		{ "{{&x}}", "no name" },
		{ "{{^x}}a{{/x}}", "{{^" },
		{ "{{>other}}", "{{>" },
		{ "{{=<% %>=}}<%x%>", "{{=" },
		{ "{{=| |=}}<p onclick=\"|x|\">", "{{=" },
		{ "{{%AUTOESCAPE context=\"JAVASCRIPT\"}}{{x}}", "{{%" },
		{ "{{x", "}}" },
		{ "<p title=\"{{x\">", "}}" },
		/* sections that change the reading */
		{ "{{#x}}", "not ended" },
		{ "{{/x}}", "not begun" },
		{ "{{#x}}a{{/y}}{{/x}}", "not begun" },
		{ "{{#x}}a{{#y}}b{{/x}}c{{/y}}", "not begun" },
		{ "{{#x}}<script>{{/x}}{{y}}", "script" },
		{ "{{#x}}<p title=\"{{/x}}a\">", "section" },
		{ "<p {{#x}}title=\"{{/x}}onclick=\"{{y}}\">", "section" },
		{ "<p title=\"{{#x}}\"{{/x}} onclick=\"{{y}}\">", "section" },
		{ "<p{{#x}}>{{/x}} onclick=\"{{y}}\">", "section" },
		{ "{{#x}}<svg>{{/x}}", "section" },
		{ "{{#x}}<textarea>{{/x}}{{y}}", "section" },
		{ "<title>{{#x}}</title><textarea>{{/x}}</textarea>", "section" },
		{ "<p title=\"a{{#x}}\" class=\"b{{/x}}\">", "section" },
		/* unfinished */
		{ "<p title=\"a", "ends inside" },
		{ "<p", "ends inside" },
		{ "<!-- ", "ends inside" },
		{ "<script>", "ends inside" },
		{ "<svg>", "not ended" },
		/* what browsers and ctemplate might read differently */
		{ "<p title=\"a\"class=\"b\">", "blank" },
		{ "<p title=>", "no value" },
		{ "<p \"a\">", "attribute" },
		{ "<p =a>", "attribute" },
		{ "<p a/b>", "attribute" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		is_bad(bad[i].text, false, bad[i].word);
}
END_TEST

START_TEST(a_refusal_names_the_line)
{
	is_bad("<p>\n<b>\n<i onclick=\"{{x}}\">", false, "line 3: the value {{x}} may not stand in the attribute onclick of i");
	struct buf out = BUF_INIT;
	struct problem problem = PROBLEM_NONE;
	ck_assert(!markup_check("<p>{{x}}</p>", 12, false, &out, &problem));
	ck_assert_ptr_nonnull(strstr(problem.text, MARKUP_PRAGMA));
	buf_clear(&out);
}
END_TEST

START_TEST(runnels_own_templates_connect_streams_and_run_nothing)
{
	is_good("<div sse-connect=\"{{STREAM}}\" sse-swap=\"{{EVENT}}\" hx-swap=\"{{SWAP}}\">{{FRAGMENT:none}}</div>", true);
	is_good("<script defer src=\"{{BASE}}/assets/x.js\"></script><link href=\"{{BASE}}/x.css\">", true);
	is_bad("<script>{{X}}</script>", true, "script");
	is_bad("<p onclick=\"{{X}}\">", true, "onclick");
	is_bad("<p hx-on:click=\"{{X}}\">", true, "hx-on:click");
	is_bad("<p title=\"{{X:none}}\">", true, "none");
	is_bad("<p title={{X}}>", true, "quotes");
}
END_TEST

START_TEST(urls_are_checked_where_they_begin_and_encoded_in_a_query)
{
	static const char *const rows[][2] = {
		{ "<a href=\"{{u}}\">", "<a href=\"{{u:x-link}}\">" },
		{ "<a href=\"/{{u}}?a={{v}}&amp;b={{w}}\">", "<a href=\"/{{u}}?a={{v:x-query}}&amp;b={{w:x-query}}\">" },
		{ "<p title=\"{{u}}\">{{u}}", "<p title=\"{{u}}\">{{u}}" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *answer = checked(rows[i][0], false);
		ck_assert_str_eq(answer, rows[i][1]);
		free(answer);
	}
}
END_TEST

START_TEST(keys_in_upper_case_are_runnels_own)
{
	ck_assert(markup_own_key("TIME"));
	ck_assert(markup_own_key("X_1"));
	ck_assert(markup_own_key("_X"));
	ck_assert(!markup_own_key("Title"));
	ck_assert(!markup_own_key("title"));
	ck_assert(!markup_own_key("1"));
	ck_assert(!markup_own_key("x"));
}
END_TEST

/* ---- URLs ---- */

static const char *const followed[] = {
	"https://example.org/a?b=c&d=e#f", "http://x", "HTTP://x", "mailto:ann@example.org?subject=a", "MailTo:a@b", "/path:with:colon", "?x=a:b",
	"#a:b", "./a:b", "a/b:c", "//host/x", "page.html", "..", "", "a%20b", "/\xc3\xa9",
};
static const char *const not_followed[] = {
	"javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "ftp://x", "blob:x", "a:b", "x-y:z",
	" https://x", "https://x ", "java\tscript:alert(1)", "java\nscript:alert(1)", "\x01javascript:alert(1)", "https://x/\x7f", "https://x/\xc2\x85",
	"https://x/\"", "https://x/<", "a b", ":x", "filesystem:x", "about:blank", "view-source:x", "intent:x", "httpsx:y", "http\xc2\xa0:x",
};

START_TEST(a_link_is_relative_http_https_or_mailto)
{
	for (size_t i = 0; i < sizeof followed / sizeof *followed; i++)
		ck_assert_msg(link_allowed(followed[i]), "%s", followed[i]);
	for (size_t i = 0; i < sizeof not_followed / sizeof *not_followed; i++)
		ck_assert_msg(!link_allowed(not_followed[i]), "%s", not_followed[i]);
}
END_TEST

static char *feed_with(const char *key, const char *text)
{
	struct render *render = render_new(NULL);
	struct dictionary *dictionary = dictionary_new();
	struct buf out = BUF_INIT;
	struct problem problem = PROBLEM_NONE;
	dictionary_set(dictionary, key, text);
	ck_assert_msg(render_fill(render, "feed.tpl", dictionary, &out, &problem), "%s", problem.text);
	dictionary_free(dictionary);
	render_free(render);
	return out.data;
}

START_TEST(an_allowed_url_stands_in_the_page_unchanged)
{
	for (size_t i = 0; i < sizeof followed / sizeof *followed; i++) {
		struct buf expected = BUF_INIT;
		char *page = feed_with("url", followed[i]);
		const char *amp = strchr(followed[i], '&');
		buf_print(&expected, "href=\"%.*s%s%s\"", (int)(amp ? amp - followed[i] : (long)strlen(followed[i])), followed[i], amp ? "&amp;" : "", amp ? amp + 1 : "");
		ck_assert_msg(!*followed[i] || strstr(page, expected.data), "%s in %s", expected.data, page);
		buf_clear(&expected);
		free(page);
	}
}
END_TEST

START_TEST(any_other_url_leads_nowhere)
{
	for (size_t i = 0; i < sizeof not_followed / sizeof *not_followed; i++) {
		char *page = feed_with("url", not_followed[i]);
		ck_assert_msg(strstr(page, "href=\"#\"") != NULL, "%s in %s", not_followed[i], page);
		free(page);
	}
}
END_TEST

START_TEST(line_ends_of_a_body_are_shown)
{
	static const char *const texts[] = { "a<\nb", "a<\rb", "a<\r\nb" };
	for (size_t i = 0; i < 3; i++) {
		char *page = feed_with("body", texts[i]);
		ck_assert_msg(strstr(page, "a&lt;<br>\nb</p>") != NULL, "%s", page);
		free(page);
	}
}
END_TEST

START_TEST(an_isolate_ends_where_its_text_ends)
{
	static const char *const rows[][2] = {
		{ "plain", "plain" },
		{ "", "" },
		{ "a\xe2\x81\xa7" "b", "a\xe2\x81\xa7" "b\xe2\x81\xa9" },
		{ "\xe2\x81\xa9\xe2\x80\xae" "b", "\xe2\x80\xae" "b" },
		{ "\xe2\x81\xa6" "a\xe2\x81\xa9\xe2\x81\xa9", "\xe2\x81\xa6" "a\xe2\x81\xa9" },
		{ "\xe2\x81\xa8\xe2\x81\xa6" "a\nb\xe2\x81\xa9\r\n", "\xe2\x81\xa8\xe2\x81\xa6" "a\xe2\x81\xa9\xe2\x81\xa9\nb\r\n" },
		{ "\xe2\x81", "\xe2\x81" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf out = BUF_INIT;
		bidi_balance(&out, rows[i][0]);
		ck_assert_str_eq(buf_string(&out), rows[i][1]);
		buf_clear(&out);
	}
}
END_TEST

/* ---- the templates themselves ---- */

START_TEST(every_built_in_template_can_be_filled)
{
	const char *source = getenv("srcdir");
	struct render *render = render_new(NULL);
	int filled = 0;
	for (int own = 0; own < 2; own++) {
		char folder[4096], name[300];
		snprintf(folder, sizeof folder, "%s/templates%s", source ? source : ".", own ? "/own" : "");
		DIR *dir = opendir(folder);
		ck_assert_ptr_nonnull(dir);
		for (struct dirent *entry; (entry = readdir(dir));) {
			struct buf out = BUF_INIT;
			struct problem problem = PROBLEM_NONE;
			struct dictionary *dictionary = dictionary_new();
			snprintf(name, sizeof name, "%s%s", own ? "own/" : "", entry->d_name);
			if (strstr(name, ".tpl")) {
				ck_assert_msg(render_fill(render, name, dictionary, &out, &problem), "%s", problem.text);
				filled++;
			}
			dictionary_free(dictionary);
			buf_clear(&out);
		}
		closedir(dir);
	}
	ck_assert_int_ge(filled, 15);
	render_free(render);
}
END_TEST

static Suite *markup_suite(void)
{
	Suite *suite = suite_create("markup");
	TCase *tc = tcase_create("markup");
	tcase_add_test(tc, a_value_stands_in_text_and_in_quoted_plain_attributes);
	tcase_add_test(tc, a_value_stands_nowhere_else);
	tcase_add_test(tc, a_refusal_names_the_line);
	tcase_add_test(tc, runnels_own_templates_connect_streams_and_run_nothing);
	tcase_add_test(tc, urls_are_checked_where_they_begin_and_encoded_in_a_query);
	tcase_add_test(tc, keys_in_upper_case_are_runnels_own);
	tcase_add_test(tc, a_link_is_relative_http_https_or_mailto);
	tcase_add_test(tc, an_allowed_url_stands_in_the_page_unchanged);
	tcase_add_test(tc, any_other_url_leads_nowhere);
	tcase_add_test(tc, line_ends_of_a_body_are_shown);
	tcase_add_test(tc, an_isolate_ends_where_its_text_ends);
	tcase_add_test(tc, every_built_in_template_can_be_filled);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(markup_suite)
