#include "site/rules.h"

#include "base/buf.h"
#include "event/channel.h"

#include <stdlib.h>
#include <string.h>

static bool refuse(const char *pattern, const char *why, struct problem *problem)
{
	return problem_set(problem, 500, "[access \"%s\"] can match no channel: %s", pattern, why);
}

/* The name that a pattern stands for or begins; a star stands for one more byte, which any name may have. */
static bool name_is_good(const char *pattern, const char *literal, bool star, struct problem *problem)
{
	struct problem why = PROBLEM_NONE;
	struct buf name = BUF_INIT;
	buf_print(&name, "%s%s", literal, star ? "x" : "");
	char *read = channel_read(name.data, &why);
	bool good = read && !channel_is_mine(name.data);
	if (read && !good)
		refuse(pattern, "~me is whoever is logged in, never a channel; write ~* for all that are personal.", problem);
	else if (!good)
		refuse(pattern, why.text, problem);
	free(read);
	buf_clear(&name);
	return good;
}

static bool form_is_good(const char *pattern, const char *literal, bool star, struct problem *problem)
{
	if (!*pattern)
		return refuse(pattern, "it names none; the rule for all stands in [access].", problem);
	if (strchr(literal, '*'))
		return refuse(pattern, "a star stands at the end, once.", problem);
	return !*literal || name_is_good(pattern, literal, star, problem);
}

static struct access_rule *add(struct access_rules *rules, struct access_rule rule)
{
	struct access_rule *rows = must_alloc((rules->count + 1) * sizeof *rows);
	if (rules->count)
		memcpy(rows, rules->rows, rules->count * sizeof *rows);
	free(rules->rows);
	rules->rows = rows;
	rows[rules->count] = rule;
	return &rules->rows[rules->count++];
}

/* Of two patterns for one set of channels there is one rule. The rule for all of [access] is one without a pattern. */
static struct access_rule *find(struct access_rules *rules, bool all, const char *literal, bool star)
{
	for (size_t i = 0; i < rules->count; i++) {
		struct access_rule *rule = &rules->rows[i];
		if (!rule->pattern == all && (all || (rule->star == star && strcmp(rule->literal, literal) == 0)))
			return rule;
	}
	return NULL;
}

struct access_rule *rules_for(struct access_rules *rules, const char *pattern, struct problem *problem)
{
	size_t n = pattern ? strlen(pattern) : 0;
	bool star = n && pattern[n - 1] == '*';
	char *written = must_copy_n(pattern ? pattern : "", n - star), *literal = channel_escape(written);
	struct access_rule *rule = NULL;
	if (!pattern || form_is_good(pattern, written, star, problem)) {
		rule = find(rules, !pattern, literal, star);
		if (!rule)
			rule = add(rules, (struct access_rule){ pattern ? must_copy(pattern) : NULL, must_copy(literal), star, ACCESS_UNSET, ACCESS_UNSET });
	}
	free(written);
	free(literal);
	return rule;
}

static bool has_kind(const struct access_rule *rule, const struct kinds *kinds)
{
	if (!rule->star || strchr(rule->literal, '/'))
		return kinds_of(kinds, rule->literal) != NULL;
	for (unsigned i = 0; i < kinds->count; i++)
		if (strncmp(kinds->rows[i].name, rule->literal, strlen(rule->literal)) == 0)
			return true;
	return false;
}

bool rules_check(const struct access_rules *rules, const struct kinds *kinds, struct problem *problem)
{
	for (size_t i = 0; i < rules->count; i++)
		if (rules->rows[i].pattern && !has_kind(&rules->rows[i], kinds))
			return refuse(rules->rows[i].pattern, "it begins with none of the kinds, which are progress, notifications, feed, log and those of this configuration, in lower and upper case as they are.", problem);
	return true;
}

static bool matches(const struct access_rule *rule, const char *channel)
{
	if (!rule->pattern)
		return true;
	return rule->star ? strncmp(rule->literal, channel, strlen(rule->literal)) == 0 : strcmp(rule->literal, channel) == 0;
}

/* Higher wins: the rule for all, then by literal length, and exact before a star. */
static size_t weight(const struct access_rule *rule)
{
	return rule->pattern ? 1 + 2 * strlen(rule->literal) + !rule->star : 0;
}

static enum access best(const struct access_rules *rules, const char *channel, bool publish)
{
	enum access access = publish ? ACCESS_TOKEN : ACCESS_OPEN;
	const struct access_rule *before = NULL;
	for (size_t i = 0; i < rules->count; i++) {
		const struct access_rule *rule = &rules->rows[i];
		enum access says = publish ? rule->publish : rule->subscribe;
		if (says == ACCESS_UNSET || !matches(rule, channel) || (before && weight(rule) < weight(before)))
			continue;
		before = rule;
		access = says;
	}
	return access;
}

enum access rules_publish(const struct access_rules *rules, const char *channel)
{
	return best(rules, channel, true);
}

enum access rules_subscribe(const struct access_rules *rules, const char *channel)
{
	return best(rules, channel, false);
}

void rules_clear(struct access_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		free(rules->rows[i].pattern);
		free(rules->rows[i].literal);
	}
	free(rules->rows);
	*rules = (struct access_rules)ACCESS_RULES_NONE;
}
