#include "draft.h"

#include "event.h"
#include "form.h"
#include "link.h"
#include "multipart.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- reading a body ---- */

struct reading {
	struct draft *draft;
	struct problem *problem;
};

static bool on_field(void *arg, const char *name, const char *text, size_t bytes)
{
	struct reading *reading = arg;
	return values_set(&reading->draft->values, name, text, bytes, reading->problem);
}

/* Whether the Content-Type is this media type, whatever parameters follow it. */
static bool is_type(const char *content_type, const char *type)
{
	size_t n = strlen(type);
	return strncasecmp(content_type, type, n) == 0 && strchr("; \t", content_type[n]) != NULL;
}

static bool read_values(struct draft *draft, const struct request *request, const struct kind *kind, struct problem *problem)
{
	struct reading reading = { draft, problem };
	const char *type = request->content_type, *body = buf_string(&request->body);
	size_t bytes = request->body.len;

	if (is_type(type, "application/x-www-form-urlencoded"))
		return form_read(body, bytes, on_field, &reading);
	if (is_type(type, "multipart/form-data"))
		return multipart_read(type, body, bytes, on_field, &reading, problem);
	if (is_type(type, "application/json"))
		return values_from_json(&draft->values, body, bytes, problem);
	if (is_type(type, "text/plain"))
		return values_set(&draft->values, kind->text, body, bytes, problem);
	return problem_set(problem, 415, "Content-Type \"%.80s\" is not taken: use application/x-www-form-urlencoded, multipart/form-data, application/json or text/plain.", type);
}

bool draft_read(struct draft *draft, const struct request *request, const struct kind *kind,
		bool html_allowed, struct problem *problem)
{
	const char *event = request_query(request, "event");
	if (!read_values(draft, request, kind, problem))
		return false;
	draft_sort(draft);
	if (event && !draft->event)
		draft->event = must_copy(event);
	if (draft->html && !html_allowed)
		return problem_set(problem, 403, "The value \"html\" is refused: ready-made HTML over HTTP needs [access] html = allow.");
	return true;
}

void draft_sort(struct draft *draft)
{
	char *event = values_take(&draft->values, "event"), *html = values_take(&draft->values, "html");
	if (event) {
		free(draft->event);
		draft->event = event;
	}
	if (html) {
		free(draft->html);
		draft->html = html;
	}
}

/* ---- the rules of the kinds ---- */

static bool one_of(const char *text, const char *words)
{
	size_t n = strlen(text);
	for (const char *word = words; *word; word += strcspn(word, " ") + (strchr(word, ' ') != NULL))
		if (strcspn(word, " ") == n && memcmp(word, text, n) == 0)
			return true;
	return false;
}

static bool is_percent(const char *text)
{
	size_t whole = strspn(text, "0123456789"), point = text[whole] == '.';
	size_t rest = point ? strspn(text + whole + 1, "0123456789") : 0;
	return whole > 0 && whole <= 3 && text[whole + point + rest] == '\0' && (!point || (rest > 0 && rest < 9)) && strtod(text, NULL) <= 100;
}

/* What a value must be; a kind that a site added has no row here, and no rule. */
static const struct value_rule {
	const char *kind, *key;
	const char *words;               /* one of these … */
	bool (*check)(const char *text); /* … or what this accepts */
	const char *rule, *fallback;     /* set when the publisher left it out */
} value_rules[] = {
	{ "progress", "percent", NULL, is_percent, "a number from 0 to 100, or left out", NULL },
	{ "progress", "state", "queued running done failed", NULL, "queued, running, done or failed", "running" },
	{ "notifications", "level", "info success warning error", NULL, "info, success, warning or error", "info" },
	{ "notifications", "url", NULL, link_allowed, "a relative, http, https or mailto URL", NULL },
	{ "feed", "url", NULL, link_allowed, "a relative, http, https or mailto URL", NULL },
	{ "log", "source", "stdout stderr", NULL, "stdout or stderr", "stdout" },
};

static bool check_values(struct draft *draft, const struct kind *kind, struct problem *problem)
{
	for (size_t i = 0; i < sizeof value_rules / sizeof *value_rules; i++) {
		const struct value_rule *rule = &value_rules[i];
		if (strcmp(rule->kind, kind->name) != 0)
			continue;
		const char *text = values_get(&draft->values, rule->key);
		if (text && !*text) { /* an empty field of a form was left out */
			free(values_take(&draft->values, rule->key));
			text = NULL;
		}
		if (!text && rule->fallback && !values_set(&draft->values, rule->key, rule->fallback, strlen(rule->fallback), problem))
			return false;
		if (text && !(rule->words ? one_of(text, rule->words) : rule->check(text)))
			return problem_set(problem, 400, "The value %s must be %s; \"%.40s\" is not.", rule->key, rule->rule, text);
	}
	return true;
}

static bool set(struct draft *draft, const char *key, const char *text, struct problem *problem)
{
	return values_set(&draft->values, key, text, strlen(text), problem);
}

/* The event name and the state of a progress say the same thing: whichever is given fills in the other. */
static bool agree_on_end(struct draft *draft, const struct kind *kind, struct problem *problem)
{
	const char *state = values_get(&draft->values, "state");
	bool progress = strcmp(kind->name, "progress") == 0;

	if (progress && !draft->event && state && strcmp(state, "done") == 0)
		draft->event = must_copy("complete");
	if (progress && !draft->event && state && strcmp(state, "failed") == 0)
		draft->event = must_copy("failed");
	if (!draft->event)
		draft->event = must_copy(kind->event);
	if (!progress || !kind_ended_by(kind, draft->event))
		return true;
	bool done = strcmp(draft->event, "complete") == 0;
	if (state && *state && strcmp(state, done ? "done" : "failed") != 0)
		return problem_set(problem, 400, "The event %s and the state %s contradict each other.", draft->event, state);
	if (done && !values_get(&draft->values, "percent") && !set(draft, "percent", "100", problem))
		return false;
	return set(draft, "state", done ? "done" : "failed", problem);
}

static bool check_size(const struct draft *draft, size_t limit_bytes, struct problem *problem)
{
	size_t bytes = draft->html ? strlen(draft->html) : 0;
	for (size_t i = 0; i < draft->values.count; i++)
		bytes += strlen(draft->values.items[i].text);
	if (bytes > limit_bytes)
		return problem_set(problem, 413, "The event has %zu bytes of text; at most %zu are taken.", bytes, limit_bytes);
	return true;
}

bool draft_check(struct draft *draft, const struct kind *kind, size_t limit_bytes, struct problem *problem)
{
	if (!check_size(draft, limit_bytes, problem))
		return false;
	if (draft->html && !utf8_valid(draft->html, strlen(draft->html)))
		return problem_set(problem, 400, "The HTML must be UTF-8.");
	if (draft->event && !*draft->event) {
		free(draft->event);
		draft->event = NULL;
	}
	if (!agree_on_end(draft, kind, problem) || !event_name_check(draft->event, problem))
		return false;
	if (draft->values.count == 0 && !draft->html && !kind->latest && !kind_ended_by(kind, draft->event))
		return problem_set(problem, 400, "The event is empty: give at least one value, such as %s=….", kind->text);
	return check_values(draft, kind, problem);
}

void draft_clear(struct draft *draft)
{
	free(draft->event);
	free(draft->html);
	values_clear(&draft->values);
}
