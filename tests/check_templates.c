/* A site's own kinds and templates, over CGI and over FastCGI. */
#include "scenario.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char form[] = "application/x-www-form-urlencoded";

/* A folder of templates for the host, which is started with the kinds. It is the folder of the store: all of it goes with the test. */
static char templates[300];

static void write_template(const char *name, const char *text)
{
	char path[600];
	snprintf(path, sizeof path, "%s/%s", templates, name);
	FILE *file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static void start_with(int transport, const char *kinds)
{
	char config[4000];
	snprintf(templates, sizeof templates, "/tmp/runnel-templates-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(templates));
	snprintf(config, sizeof config, "[access]\npublish = open\nstatus = open\n[templates]\ndirectory = %s\n%s", templates, kinds);
	start(transport, config);
}

static void remove_templates(void)
{
	char command[400];
	snprintf(command, sizeof command, "rm -rf %s", templates);
	ck_assert_int_eq(system(command), 0);
}

static char *answer_of(const char *path, const char *body)
{
	return wire_answer(&host, &(struct wire_request){ .path = path, .type = body ? form : NULL, .body = body });
}

static void answers(const char *path, const char *body, const char *status, const char *text)
{
	char *answer = answer_of(path, body);
	ck_assert_msg(strncmp(answer, "Status: ", 8) == 0 && strncmp(answer + 8, status, 3) == 0, "%s %s: %s", path, status, answer);
	ck_assert_msg(strstr(answer, text) != NULL, "\"%s\" is not in: %s", text, answer);
	ck_assert_msg(strstr(answer, templates) == NULL, "a path: %s", answer);
	free(answer);
}

static void page_lacks(const char *path, const char *text)
{
	char *answer = answer_of(path, NULL);
	ck_assert_msg(strstr(answer, text) == NULL, "%s has %s: %s", path, text, answer);
	free(answer);
}

/* Each of these once filled a page of ours, or the template of another kind's event. */
static const char *const odd_kinds[] = { "status", "page", "component", "component.feed", "progress.complete", "own", "own.status", "feed.tpl", "static", "..." };

START_TEST(a_kind_may_be_called_as_our_templates_and_fills_none_of_them)
{
	static const char body[] = "title=T%3Cb%3E&COMPONENTS=%3Cimg+src=x+onerror=alert(1)%3E&BODY=%3Cscript%3E&FRAGMENT=%3Cscript%3E&END=%3Cscript%3E&STREAM=x&CHANNELS=1&LIVE=1&TIME=never&BASE=javascript:x";
	char kinds[2000] = "", name[100], path[100];
	for (size_t i = 0; i < sizeof odd_kinds / sizeof *odd_kinds; i++)
		snprintf(kinds + strlen(kinds), sizeof kinds - strlen(kinds), "[kind \"%s\"]\nstart = 5\n", odd_kinds[i]);
	start_with(_i, kinds);
	for (size_t i = 0; i < sizeof odd_kinds / sizeof *odd_kinds; i++) {
		snprintf(path, sizeof path, "/%s/x", odd_kinds[i]);
		snprintf(name, sizeof name, "%s.tpl", odd_kinds[i]);
		answers(path, body, "500", "There is no template");
		write_template(name, "{{%AUTOESCAPE context=\"HTML\"}}<p>mine {{title}} {{TIME}}{{#COMPONENTS}}opened{{/COMPONENTS}}{{COMPONENTS}}{{BODY}}</p>\n");
		answers(path, body, "200", "-");
		snprintf(path, sizeof path, "/components/%s/x", odd_kinds[i]);
		answers(path, NULL, "200", "<p>mine T&lt;b&gt; 2");
		page_lacks(path, "opened");
		page_lacks(path, "onerror");
		page_lacks(path, "never");
	}
	answers("/", NULL, "200", "<h2>Channels</h2>");
	page_lacks("/", "onerror");
	answers("/progress/x", "event=complete&percent=100", "200", "-");
	answers("/components/progress/x", NULL, "200", "role=\"progressbar\"");
	remove_templates();
}
END_TEST

START_TEST(an_event_may_have_a_template_of_its_own)
{
	start_with(_i, "[kind \"score\"]\nstart = 9\n");
	write_template("score.tpl", "{{%AUTOESCAPE context=\"HTML\"}}<p>score {{title}}</p>\n");
	write_template("score+goal.tpl", "{{%AUTOESCAPE context=\"HTML\"}}<p>goal {{title}}</p>\n");
	write_template("score.other.tpl", "{{%AUTOESCAPE context=\"HTML\"}}<p>wrong</p>\n");
	answers("/score", "title=a&event=goal", "200", "-");
	answers("/score", "title=b&event=other", "200", "-");
	answers("/score", "title=c&event=..", "200", "-");
	answers("/score", "title=d&event=tpl", "200", "-");
	answers("/components/score", NULL, "200", "<p>goal a</p>");
	answers("/components/score", NULL, "200", "<p>score b</p>");
	answers("/components/score", NULL, "200", "<p>score c</p>");
	answers("/components/score", NULL, "200", "<p>score d</p>");
	page_lacks("/components/score", "wrong");
	remove_templates();
}
END_TEST

START_TEST(a_bad_edit_is_an_error_until_it_is_mended)
{
	char path[600];
	start_with(_i, "");
	write_template("feed.tpl", "{{%AUTOESCAPE context=\"HTML\"}}<p>first {{title}}</p>\n");
	answers("/feed", "title=a", "200", "-");
	static const char *const bad[] = {
		"", "<p>{{title}}</p>", "{{%AUTOESCAPE context=\"HTML\"}}\n<p onclick=\"{{title}}\">", "{{%AUTOESCAPE context=\"HTML\"}}<p title={{title}}>",
		"{{%AUTOESCAPE context=\"HTML\"}}{{=<% %>=}}<p onclick=\"<%title%>\">", "{{%AUTOESCAPE context=\"HTML\"}}{{title:none}}", "{{%AUTOESCAPE context=\"HTML\"}}{{title",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		write_template("feed.tpl", bad[i]);
		answers("/feed", "title=b", "500", "The template feed.tpl is broken: line ");
	}
	write_template("feed.tpl", "{{%AUTOESCAPE context=\"HTML\"}}<p>mended {{title}}</p>\n");
	answers("/feed", "title=c", "200", "-");
	snprintf(path, sizeof path, "%s/feed.tpl", templates);
	ck_assert_int_eq(remove(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	answers("/feed", "title=d", "500", "cannot be read");
	ck_assert_int_eq(remove(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0); /* nobody may wait for its writer */
	answers("/feed", "title=d", "500", "cannot be read");
	ck_assert_int_eq(remove(path), 0);
	answers("/feed", "title=e", "200", "-");
	answers("/components/feed", NULL, "200", "first a");
	answers("/components/feed", NULL, "200", "mended c");
	answers("/components/feed", NULL, "200", "runnel-post");
	uint64_t seq = 0;
	store_head(site.store, &seq);
	ck_assert_uint_eq(seq, 3);
	remove_templates();
}
END_TEST

START_TEST(a_template_that_shows_nothing_is_an_error)
{
	char path[600];
	static const char *const empty[] = { "", " \r\n\t\n", "{{! a remark }}", "{{#subtitle}}<p>{{subtitle}}</p>{{/subtitle}}\n" };
	start_with(_i, "");
	snprintf(path, sizeof path, "%s/feed.tpl", templates);
	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
		char text[200];
		snprintf(text, sizeof text, "{{%%AUTOESCAPE context=\"HTML\"}}%s", empty[i]);
		write_template("feed.tpl", text);
		answers("/feed", "title=a", "500", "The template feed.tpl shows nothing");
		ck_assert_int_eq(remove(path), 0);
	}
	ck_assert_int_eq(symlink("/nonexistent/feed.tpl", path), 0);
	answers("/feed", "title=b", "500", "cannot be read");
	ck_assert_int_eq(remove(path), 0);
	ck_assert_int_eq(symlink("feed.tpl", path), 0);
	answers("/feed", "title=c", "500", "cannot be read");
	uint64_t seq = 0;
	store_head(site.store, &seq);
	ck_assert_uint_eq(seq, 0);
	remove_templates();
}
END_TEST

START_TEST(a_page_of_ours_is_overridden_in_a_folder_of_its_own)
{
	char path[600];
	start_with(_i, "");
	snprintf(path, sizeof path, "%s/own", templates);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	write_template("component.feed.tpl", "{{%AUTOESCAPE context=\"HTML\"}}<p>not here</p>\n");
	page_lacks("/components/feed", "not here");
	write_template("own/component.feed.tpl", "{{%AUTOESCAPE context=\"HTML\"}}<p class=\"mine\" sse-connect=\"{{STREAM}}\">{{FRAGMENT:none}}</p>\n");
	answers("/components/feed", NULL, "200", "<p class=\"mine\" sse-connect=\"/");
	write_template("own/component.feed.tpl", "{{%AUTOESCAPE context=\"HTML\"}}<p onclick=\"{{CHANNEL}}\">\n");
	answers("/components/feed", NULL, "500", "own/component.feed.tpl is broken: line 1: ");
	remove_templates();
}
END_TEST

static Suite *templates_suite(void)
{
	Suite *suite = suite_create("templates");
	TCase *tc = scenario_case("templates");
	scenario_case_add_both(tc, a_kind_may_be_called_as_our_templates_and_fills_none_of_them);
	scenario_case_add_both(tc, an_event_may_have_a_template_of_its_own);
	scenario_case_add_both(tc, a_bad_edit_is_an_error_until_it_is_mended);
	scenario_case_add_both(tc, a_template_that_shows_nothing_is_an_error);
	scenario_case_add_both(tc, a_page_of_ours_is_overridden_in_a_folder_of_its_own);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(templates_suite)
