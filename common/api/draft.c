#include "api/draft.h"

#include "event/event.h"
#include "api/hint.h"
#include "api/intake.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

bool draft_read(struct draft *draft, const struct request *request, const struct kind *kind,
		bool html_allowed, struct problem *problem)
{
	const char *event = request_query(request, "event");
	if (!intake_read(&draft->values, request, kind, problem))
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

/* ---- the rules of the kind ---- */

/* Brings each value into the form that is stored; one that was left empty where that means nothing is taken out. */
static bool apply_rules(struct draft *draft, const struct kind *kind, struct problem *problem)
{
	struct buf text = BUF_INIT;
	bool ok = true;
	for (size_t i = 0; i < draft->values.count && ok;) {
		struct value *value = &draft->values.items[i];
		const struct value_rule *rule = kind_rule(kind, value->key);
		bool free_text = rule->form == RULE_LINES || rule->form == RULE_LINE;
		buf_reset(&text);
		ok = value_rule_apply(rule, value->key, value->text, &text, problem);
		if (ok && !text.len && !free_text) {
			free(values_take(&draft->values, value->key));
			continue;
		}
		i++;
		ok = ok && values_set(&draft->values, value->key, buf_string(&text), text.len, problem);
	}
	buf_clear(&text);
	return ok;
}

static bool set(struct draft *draft, const char *key, const char *text, struct problem *problem)
{
	return values_set(&draft->values, key, text, strlen(text), problem);
}

static bool set_fallbacks(struct draft *draft, const struct kind *kind, struct problem *problem)
{
	for (const struct value_rule *rule = kind->rules; rule && rule->key; rule++)
		if (rule->fallback && !values_get(&draft->values, rule->key) && !set(draft, rule->key, rule->fallback, problem))
			return false;
	return true;
}

static bool is(const char *text, const char *word)
{
	return text && strcmp(text, word) == 0;
}

/*
 * The event name and a value may say the same thing, as `complete` and the state `done` of a progress do: whichever is
 * given fills in the other. The kind's own event name is what a publisher means who gives none.
 */
static bool agree_on_end(struct draft *draft, const struct kind *kind, struct problem *problem)
{
	bool plain = !draft->event || strcmp(draft->event, kind->event) == 0;
	for (const struct kind_end *end = kind->end_values; end && end->event; end++)
		if (plain && is(values_get(&draft->values, end->key), end->text)) {
			free(draft->event);
			draft->event = must_copy(end->event);
		}
	if (!draft->event)
		draft->event = must_copy(kind->event);
	for (const struct kind_end *end = kind->end_values; end && end->event; end++) {
		const char *text = values_get(&draft->values, end->key);
		if (strcmp(draft->event, end->event) != 0)
			continue;
		if (text && strcmp(text, end->text) != 0)
			return problem_set(problem, 400, "The event %s and the %s %s contradict each other.", draft->event, end->key, text);
		return (!end->also || values_get(&draft->values, end->also) || set(draft, end->also, end->also_text, problem)) &&
		       set(draft, end->key, end->text, problem);
	}
	return true;
}

/* An event that shows nothing is a mistake of whoever sent it. The end of a run shows itself. */
static bool check_shown(const struct draft *draft, const struct kind *kind, struct problem *problem)
{
	if (draft->html || kind_ended_by(kind, draft->event))
		return true;
	for (size_t i = 0; i < draft->values.count; i++) {
		const struct value *value = &draft->values.items[i];
		const struct value_rule *rule = kind_rule(kind, value->key);
		bool shows = rule->shows || strcmp(value->key, kind->text) == 0;
		if (shows && (rule->may_be_empty || !text_is_blank(value->text)))
			return true;
	}
	return hint_nothing_shown(&draft->values, kind, problem);
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

/* A fragment is stored as it is, at the publisher's risk; but it must be text, and show something. */
static bool check_html(struct draft *draft, struct problem *problem)
{
	size_t bytes = draft->html ? strlen(draft->html) : 0, mark = bytes ? text_mark(draft->html, bytes) : 0;
	if (!draft->html)
		return true;
	memmove(draft->html, draft->html + mark, bytes - mark + 1);
	if (!utf8_valid(draft->html, bytes - mark))
		return problem_set(problem, 400, "The HTML must be UTF-8.");
	if (text_is_blank(draft->html)) { /* an empty field of a form was left out */
		free(draft->html);
		draft->html = NULL;
	}
	return true;
}

bool draft_check(struct draft *draft, const struct kind *kind, size_t limit_bytes, struct problem *problem)
{
	if (draft->event && !*draft->event) {
		free(draft->event);
		draft->event = NULL;
	}
	return check_html(draft, problem) &&
	       apply_rules(draft, kind, problem) &&
	       check_size(draft, limit_bytes, problem) &&
	       agree_on_end(draft, kind, problem) &&
	       event_name_check(draft->event, problem) &&
	       check_shown(draft, kind, problem) &&
	       set_fallbacks(draft, kind, problem);
}

void draft_clear(struct draft *draft)
{
	free(draft->event);
	free(draft->html);
	values_clear(&draft->values);
}
