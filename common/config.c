#include "config.h"

#include "buf.h"
#include "event.h"
#include "log.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#ifndef RUNNEL_SYSCONFDIR
#define RUNNEL_SYSCONFDIR "/etc"
#endif
#ifndef RUNNEL_STOREDIR
#define RUNNEL_STOREDIR "/var/lib/runnel"
#endif

/* inih cuts a longer section name without a word (INI_MAX_SECTION is 50 in Debian's build) */
enum { SECTION_BYTES_MAX = 48 };

struct reading {
	struct config *config;
	struct problem *problem; /* set by the first bad key */
};

static bool parse_access(const char *text, enum access *access)
{
	static const char *const words[] = { "token", "user", "open", "local" };
	for (int i = 0; i < 4; i++)
		if (strcmp(text, words[i]) == 0) {
			*access = (enum access)i;
			return true;
		}
	return false;
}

static bool parse_number(const char *text, unsigned long low, unsigned long high, unsigned long *number)
{
	char *end;
	errno = 0;
	unsigned long n = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || n < low || n > high)
		return false;
	*number = n;
	return true;
}

static bool parse_switch(const char *text, const char *off, const char *on, bool *out)
{
	if (strcmp(text, off) != 0 && strcmp(text, on) != 0)
		return false;
	*out = strcmp(text, on) == 0;
	return true;
}

static void set_text(char **slot, const char *text)
{
	free(*slot);
	*slot = must_copy(text);
}

static struct access_rule *rule_for(struct config *config, const char *pattern)
{
	for (size_t i = 0; i < config->rule_count; i++)
		if (strcmp(config->rules[i].pattern, pattern) == 0)
			return &config->rules[i];
	struct access_rule *rules = must_alloc((config->rule_count + 1) * sizeof *rules);
	if (config->rule_count)
		memcpy(rules, config->rules, config->rule_count * sizeof *rules);
	free(config->rules);
	config->rules = rules;
	rules[config->rule_count] = (struct access_rule){ must_copy(pattern), ACCESS_UNSET, ACCESS_UNSET };
	return &rules[config->rule_count++];
}

/* Each setter returns false when it does not know the key or the value breaks its rule. */

static bool set_access(struct config *config, const char *pattern, const char *key, const char *value)
{
	struct access_rule *rule = rule_for(config, pattern);
	enum access access;
	if (strcmp(key, "html") == 0 && !*pattern)
		return parse_switch(value, "refuse", "allow", &config->html_allowed);
	if (!parse_access(value, &access))
		return false;
	if (strcmp(key, "status") == 0 && !*pattern) {
		config->status = access;
		return true;
	}
	if (access == ACCESS_LOCAL)
		return false;
	if (strcmp(key, "publish") == 0)
		rule->publish = access;
	else if (strcmp(key, "subscribe") == 0)
		rule->subscribe = access;
	else
		return false;
	return true;
}

static bool set_kind_text(char *slot, size_t size, const char *value)
{
	if (!*value || strlen(value) >= size)
		return false;
	strcpy(slot, value);
	return true;
}

static bool set_kind_swap(struct kind *kind, const char *value)
{
	static const char *const styles[] = { "innerHTML", "afterbegin", "beforeend" };
	for (size_t i = 0; i < sizeof styles / sizeof *styles; i++)
		if (strcmp(value, styles[i]) == 0) {
			kind->swap = styles[i];
			return true;
		}
	return false;
}

static bool set_kind(struct config *config, const char *name, const char *key, const char *value)
{
	struct kind *kind = kinds_add(&config->kinds, name);
	struct problem ignored;
	unsigned long n;
	if (!kind)
		return false;
	if (strcmp(key, "event") == 0)
		return event_name_check(value, &ignored) && set_kind_text(kind->event, sizeof kind->event, value);
	if (strcmp(key, "text") == 0)
		return set_kind_text(kind->text, sizeof kind->text, value);
	if (strcmp(key, "swap") == 0)
		return set_kind_swap(kind, value);
	if (strcmp(key, "behind") == 0)
		return parse_switch(value, "every", "latest", &kind->latest);
	if (strcmp(key, "ends") == 0)
		return parse_switch(value, "no", "yes", &kind->ends);
	if (strcmp(key, "start") == 0 && parse_number(value, 0, 10000, &n))
		kind->start = (unsigned)n;
	else if (strcmp(key, "keep") == 0 && parse_number(value, 1, 10000000, &n))
		kind->keep = (unsigned)n;
	else if (strcmp(key, "days") == 0 && parse_number(value, 1, 36500, &n))
		kind->keep_ms = (int64_t)n * 24 * 60 * 60 * 1000;
	else
		return false;
	return true;
}

static bool set_plain(struct config *config, const char *section, const char *key, const char *value)
{
	unsigned long n;
	if (strcmp(section, "store") == 0 && strcmp(key, "directory") == 0)
		set_text(&config->store, value);
	else if (strcmp(section, "store") == 0 && strcmp(key, "synchronous") == 0)
		return parse_switch(value, "normal", "full", &config->store_full_sync);
	else if (strcmp(section, "templates") == 0 && strcmp(key, "directory") == 0)
		set_text(&config->templates, value);
	else if (strcmp(section, "limits") == 0 && strcmp(key, "event") == 0 && parse_number(value, 1, 16 << 20, &n))
		config->event_limit_bytes = n;
	else if (strcmp(section, "limits") == 0 && strcmp(key, "streams") == 0 && parse_number(value, 0, 10000000, &n))
		config->stream_limit = (unsigned)n;
	else if (strcmp(section, "stream") == 0 && strcmp(key, "heartbeat") == 0 && parse_number(value, 1, 3600, &n))
		config->heartbeat_s = (unsigned)n;
	else
		return false;
	return true;
}

/* access "feed/team/…" → the pattern between the quotes; NULL when the section is not of that word. */
static char *quoted_name(const char *section, const char *word)
{
	size_t n = strlen(word), length = strlen(section);
	if (strncmp(section, word, n) != 0 || length < n + 4 || section[n] != ' ' || section[n + 1] != '"' || section[length - 1] != '"')
		return NULL;
	return must_copy_n(section + n + 2, length - n - 3);
}

static int on_key(void *arg, const char *section, const char *key, const char *value)
{
	struct reading *reading = arg;
	char *pattern = quoted_name(section, "access"), *kind = quoted_name(section, "kind");
	bool ok;

	if (strlen(section) > SECTION_BYTES_MAX)
		ok = problem_set(reading->problem, 500, "The section [%s…] is too long: at most %d bytes.", section, SECTION_BYTES_MAX);
	else if (pattern || strcmp(section, "access") == 0)
		ok = set_access(reading->config, pattern ? pattern : "", key, value);
	else if (kind)
		ok = set_kind(reading->config, kind, key, value);
	else
		ok = set_plain(reading->config, section, key, value);
	if (!ok && !reading->problem->status)
		problem_set(reading->problem, 500, "[%s] %s = %s is not a setting, or its value is not allowed.", section, key, value);
	free(pattern);
	free(kind);
	return ok;
}

static void set_defaults(struct config *config)
{
	*config = (struct config){
		.store = must_copy(RUNNEL_STOREDIR),
		.status = ACCESS_LOCAL,
		.event_limit_bytes = 64 * 1024,
		.heartbeat_s = 15,
	};
	kinds_init(&config->kinds);
	struct access_rule *all = rule_for(config, "");
	all->publish = ACCESS_TOKEN;
	all->subscribe = ACCESS_OPEN;
}

static bool say_where(struct problem *problem, const char *file, int line)
{
	struct problem cause = *problem;
	if (line < 0)
		return problem_set(problem, 500, "The configuration %s cannot be read.", file);
	return problem_set(problem, 500, "%s line %d: %s", file, line,
			   cause.status ? cause.text : "this is neither [section] nor key = value.");
}

bool config_read_text(struct config *config, const char *text, struct problem *problem)
{
	struct reading reading = { config, problem };
	set_defaults(config);
	int line = ini_parse_string(text, on_key, &reading);
	return line == 0 || say_where(problem, "the configuration,", line);
}

bool config_read(struct config *config, char *(*get)(const char *name), struct problem *problem)
{
	struct reading reading = { config, problem };
	const char *file = get("RUNNEL_CONFIG"), *store = get("RUNNEL_STORE");
	bool named = file && *file;

	set_defaults(config);
	if (!named)
		file = RUNNEL_SYSCONFDIR "/runnel.conf";
	int line = ini_parse(file, on_key, &reading);
	if (store && *store)
		set_text(&config->store, store);
	/* a file that nobody named need not be there */
	if (line == 0 || (line < 0 && !named && errno == ENOENT))
		return true;
	return say_where(problem, file, line);
}

static bool matches(const char *pattern, const char *channel)
{
	size_t n = strlen(pattern);
	if (n && pattern[n - 1] == '*')
		return strncmp(pattern, channel, n - 1) == 0;
	return n == 0 || strcmp(pattern, channel) == 0;
}

static enum access longest(const struct config *config, const char *channel, bool publish)
{
	enum access best = ACCESS_TOKEN;
	size_t best_length = 0;
	for (size_t i = 0; i < config->rule_count; i++) {
		const struct access_rule *rule = &config->rules[i];
		enum access access = publish ? rule->publish : rule->subscribe;
		size_t length = strlen(rule->pattern);
		if (access != ACCESS_UNSET && matches(rule->pattern, channel) && (i == 0 || length > best_length)) {
			best = access;
			best_length = length;
		}
	}
	return best;
}

enum access config_publish(const struct config *config, const char *channel)
{
	return longest(config, channel, true);
}

enum access config_subscribe(const struct config *config, const char *channel)
{
	return longest(config, channel, false);
}

void config_clear(struct config *config)
{
	for (size_t i = 0; i < config->rule_count; i++)
		free(config->rules[i].pattern);
	free(config->rules);
	free(config->store);
	free(config->templates);
	kinds_clear(&config->kinds);
	*config = (struct config){ 0 };
}
