#include "site/config.h"

#include "base/buf.h"
#include "event/event.h"
#include "site/ini_text.h"
#include "http/mount.h"

#include <errno.h>
#include <ini.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef RUNNEL_SYSCONFDIR
#define RUNNEL_SYSCONFDIR "/etc"
#endif
#ifndef RUNNEL_STOREDIR
#define RUNNEL_STOREDIR "/var/lib/runnel"
#endif

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

/* Each setter returns false when it does not know the key or the value breaks its rule. */

/* What stands in [access] alone. */
static bool set_access_of_site(struct config *config, const char *key, const char *value)
{
	if (strcmp(key, "html") == 0)
		return parse_switch(value, "refuse", "allow", &config->html_allowed);
	return strcmp(key, "status") == 0 && parse_access(value, &config->status);
}

static bool set_access(struct config *config, const char *pattern, const char *key, const char *value, struct problem *problem)
{
	bool publish = strcmp(key, "publish") == 0;
	enum access access, *slot;
	struct access_rule *rule = rules_for(&config->rules, pattern, problem);
	if (!rule)
		return false;
	if (!publish && strcmp(key, "subscribe") != 0)
		return !pattern && set_access_of_site(config, key, value);
	if (!parse_access(value, &access) || access == ACCESS_LOCAL)
		return false;
	slot = publish ? &rule->publish : &rule->subscribe;
	if (*slot != ACCESS_UNSET && *slot != access)
		return problem_set(problem, 500, "%s is set twice for %s, to two things.", key, pattern ? pattern : "all channels");
	*slot = access;
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
		kind->keep = (unsigned)n, kind->keep_set = true;
	else if (strcmp(key, "days") == 0 && parse_number(value, 1, 36500, &n))
		kind->keep_ms = (int64_t)n * 24 * 60 * 60 * 1000, kind->keep_ms_set = true;
	else
		return false;
	return true;
}

/* A slash at its end is how web servers' configurations write a folder: it changes nothing. */
static bool set_base(struct config *config, const char *value, struct problem *problem)
{
	size_t n = strlen(value);
	if (n > 1 && value[n - 1] == '/' && value[n - 2] != '/')
		n--;
	free(config->base);
	config->base = must_copy_n(value, n);
	return mount_base_is_good(config->base) ||
	       problem_set(problem, 500, "[site] base = %s: it is the path where runnel is mounted, such as /sse: it begins with a slash and is made of A-Z a-z 0-9 . _ ~ - and /, with no segment that is empty, . or ..", value);
}

static bool set_plain(struct config *config, const char *section, const char *key, const char *value, struct problem *problem)
{
	unsigned long n;
	if (strcmp(section, "site") == 0 && strcmp(key, "base") == 0)
		return set_base(config, value, problem);
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
	else if (strcmp(section, "limits") == 0 && strcmp(key, "request") == 0 && parse_number(value, 1, 3600, &n))
		config->request_s = (unsigned)n;
	else if (strcmp(section, "stream") == 0 && strcmp(key, "heartbeat") == 0 && parse_number(value, 1, 3600, &n))
		config->heartbeat_s = (unsigned)n;
	else if (strcmp(section, "stream") == 0 && strcmp(key, "stalled") == 0 && parse_number(value, 0, 7 * 86400, &n))
		config->stalled_s = (unsigned)n;
	else if (strcmp(section, "stream") == 0 && strcmp(key, "stuck") == 0 && parse_number(value, 1, 86400, &n))
		config->stuck_s = (unsigned)n;
	else
		return false;
	return true;
}

/* access "feed/team/…" → the pattern between the quotes; NULL when the section is not of that word. */
static char *quoted_name(const char *section, const char *word)
{
	size_t n = strlen(word), length = strlen(section);
	if (strncmp(section, word, n) != 0 || length < n + 3 || section[n] != ' ' || section[n + 1] != '"' || section[length - 1] != '"')
		return NULL;
	return must_copy_n(section + n + 2, length - n - 3);
}

static int on_key(void *arg, const char *section, const char *key, const char *value)
{
	struct reading *reading = arg;
	char *pattern = quoted_name(section, "access"), *kind = quoted_name(section, "kind");
	bool ok;

	if (reading->problem->status) /* the first is told */
		ok = false;
	else if (pattern || strcmp(section, "access") == 0)
		ok = set_access(reading->config, pattern, key, value, reading->problem);
	else if (kind)
		ok = set_kind(reading->config, kind, key, value);
	else
		ok = set_plain(reading->config, section, key, value, reading->problem);
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
		.stalled_s = 300,
		.stuck_s = 600,
		.request_s = 30,
	};
	kinds_init(&config->kinds);
}

/* Sets the problem to what it was, with where it was found before it. */
static bool say_where(struct problem *problem, const char *file, const char *separator)
{
	struct problem cause = *problem;
	return problem_set(problem, 500, "%s%s%s", file, separator, cause.text);
}

static bool parse(struct config *config, const char *file, const struct buf *text, struct problem *problem)
{
	struct reading reading = { config, problem };
	struct buf tidy = BUF_INIT;
	*problem = (struct problem)PROBLEM_NONE; /* on_key() asks whether one was found, and a caller's need not be set */
	bool ok = ini_text_tidy(buf_string(text), text->len, &tidy, problem) || say_where(problem, file, " ");
	int line = ok ? ini_parse_string(buf_string(&tidy), on_key, &reading) : 0;
	buf_clear(&tidy);
	if (line && problem->status) {
		struct problem cause = *problem;
		return problem_set(problem, 500, "%s line %d: %s", file, line, cause.text);
	}
	if (line)
		return problem_set(problem, 500, "%s line %d: this is neither [section] nor key = value.", file, line);
	/* a kind may be defined below a rule that names it */
	return ok && (rules_check(&config->rules, &config->kinds, problem) || say_where(problem, file, ": "));
}

bool config_read_text(struct config *config, const char *text, struct problem *problem)
{
	const struct buf borrowed = { (char *)(uintptr_t)text, strlen(text), 0 };
	set_defaults(config);
	return parse(config, "the configuration,", &borrowed, problem);
}

bool config_read(struct config *config, char *(*get)(const char *name), struct problem *problem)
{
	const char *file = get("RUNNEL_CONFIG"), *store = get("RUNNEL_STORE");
	bool named = file && *file, ok;
	struct buf text = BUF_INIT;

	set_defaults(config);
	if (!named)
		file = RUNNEL_SYSCONFDIR "/runnel.conf";
	if (ini_text_read_file(file, &text))
		ok = parse(config, file, &text, problem);
	else /* a file that nobody named need not be there */
		ok = (errno == ENOENT && !named) || problem_set(problem, 500, "The configuration %s cannot be read: %s.", file, strerror(errno));
	buf_clear(&text);
	if (store && *store)
		set_text(&config->store, store);
	problem->inside = !ok;
	return ok;
}

void config_clear(struct config *config)
{
	rules_clear(&config->rules);
	free(config->base);
	free(config->store);
	free(config->templates);
	kinds_clear(&config->kinds);
	*config = (struct config){ 0 };
}
