#include "event/channel.h"

#include "base/hex.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define SEGMENT_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-"

static bool segment_check(const char *segment, size_t n, struct problem *problem)
{
	if (n == 0)
		return problem_set(problem, 400, "A channel has no empty segment: write KIND or KIND/NAME, such as progress/import.");
	if (strspn(segment, SEGMENT_BYTES) < n)
		return problem_set(problem, 400, "A channel is made of A-Z a-z 0-9 . _ ~ - and /; \"%.*s\" is not.", (int)(n > 64 ? 64 : n), segment);
	if ((n == 1 && segment[0] == '.') || (n == 2 && segment[0] == '.' && segment[1] == '.'))
		return problem_set(problem, 400, "A segment of a channel may not be \".\" or \"..\".");
	return true;
}

bool channel_check(const char *name, struct problem *problem)
{
	if (strlen(name) > CHANNEL_BYTES_MAX)
		return problem_set(problem, 400, "A channel has at most %d bytes; this one has %zu.", CHANNEL_BYTES_MAX, strlen(name));
	for (const char *segment = name;;) {
		size_t n = strcspn(segment, "/");
		if (!segment_check(segment, n, problem))
			return false;
		if (!segment[n])
			return true;
		segment += n + 1;
	}
}

bool channel_reserved(const char *name)
{
	static const char *const words[] = { "stream", "components", "assets", "history", "healthz", "metrics" };
	size_t n = strcspn(name, "/");
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == n && memcmp(words[i], name, n) == 0)
			return true;
	return false;
}

const char *channel_short_name(const char *name)
{
	const char *slash = strchr(name, '/');
	return slash ? slash + 1 : name;
}

/* ---- personal channels ---- */

/* The login's place in KIND/~LOGIN…, after the "~", and how long it is; NULL in a public channel. */
static const char *login_in(const char *name, size_t *n)
{
	const char *slash = strchr(name, '/');
	if (!slash || slash[1] != '~')
		return NULL;
	*n = strcspn(slash + 2, "/");
	return slash + 2;
}

/* What a "~XX" stands for, or -1. */
static int escaped(const char *text, size_t n)
{
	return n >= 3 && text[0] == '~' ? hex_byte(text + 1) : -1;
}

static void add_login_byte(struct buf *out, char c)
{
	if (c == '~' || !c || !strchr(SEGMENT_BYTES, c))
		buf_print(out, "~%02X", (unsigned char)c);
	else
		buf_add(out, &c, 1);
}

/* "me" alone would mean whoever is logged in. */
static void add_login(struct buf *out, const char *login, size_t n)
{
	if (n == 2 && memcmp(login, "me", 2) == 0)
		buf_text(out, "~6De");
	else
		for (size_t i = 0; i < n; i++)
			add_login_byte(out, login[i]);
}

/* As add_login(), of what may hold escapes already. */
static void add_written_login(struct buf *out, const char *text, size_t n)
{
	struct buf login = BUF_INIT;
	for (size_t i = 0; i < n; i++) {
		int byte = escaped(text + i, n - i);
		char c = byte < 0 ? text[i] : (char)byte;
		buf_add(&login, &c, 1);
		i += byte < 0 ? 0 : 2;
	}
	if (n == 2 && memcmp(text, "me", 2) == 0)
		buf_text(out, "me");
	else
		add_login(out, buf_string(&login), login.len);
	buf_clear(&login);
}

char *channel_escape(const char *name)
{
	size_t n = 0;
	const char *login = login_in(name, &n);
	struct buf out = BUF_INIT;
	if (!login)
		return must_copy(name);
	buf_add(&out, name, (size_t)(login - name));
	add_written_login(&out, login, n);
	buf_text(&out, login + n);
	return out.data;
}

static bool names_a_login(const char *name, struct problem *problem)
{
	size_t n = 0;
	return !login_in(name, &n) || n > 0 ||
	       problem_set(problem, 400, "A personal channel names its user after the ~: KIND/~NAME, or KIND/~me.");
}

/* Takes the name; NULL when it breaks a rule. */
static char *checked(char *name, struct problem *problem)
{
	if (channel_check(name, problem) && names_a_login(name, problem))
		return name;
	free(name);
	return NULL;
}

char *channel_read(const char *name, struct problem *problem)
{
	return checked(channel_escape(name), problem);
}

bool channel_is_mine(const char *name)
{
	size_t n = 0;
	const char *login = login_in(name, &n);
	return login && n == 2 && memcmp(login, "me", 2) == 0;
}

char *channel_of_login(const char *name, const char *login, struct problem *problem)
{
	size_t n = 0;
	const char *place = login_in(name, &n);
	struct buf out = BUF_INIT;
	buf_add(&out, name, (size_t)(place - name));
	add_login(&out, login, strlen(login));
	buf_text(&out, place + n);
	return checked(out.data, problem);
}

bool channel_is_personal(const char *name)
{
	size_t n = 0;
	return login_in(name, &n) != NULL;
}

bool channel_is_of(const char *name, const char *login)
{
	size_t n = 0;
	const char *owner = login_in(name, &n);
	struct buf own = BUF_INIT;
	add_login(&own, login, strlen(login));
	bool is = owner && own.len == n && n > 0 && memcmp(own.data, owner, n) == 0;
	buf_clear(&own);
	return is;
}

/* ---- elements ---- */

void channel_element(const char *name, struct buf *out)
{
	buf_text(out, "runnel-");
	for (; *name; name++) {
		switch (*name) {
		case '/': buf_text(out, "__"); break;
		case '.': case '_': case '~': buf_print(out, "_%02x", *name); break;
		default: buf_add(out, name, 1);
		}
	}
}
