/* What a request's parameters say: tables of origins, mounts, addresses, logins. */
#include "event/channel.h"
#include "http/mount.h"
#include "http/origin.h"
#include "http/request.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

static struct problem problem;

START_TEST(an_origin_is_compared_by_scheme_host_and_port)
{
	static const struct { bool own; struct origin_facts facts; } rows[] = {
		{ true, { .host = "a.example" } }, /* no browser */
		{ true, { .origin = "http://a.example", .host = "a.example", .server_port = "80" } },
		{ true, { .origin = "HTTP://A.Example", .host = "a.eXample", .server_port = "80" } },
		{ true, { .origin = "http://a.example:80", .host = "a.example", .server_port = "80" } },
		{ true, { .origin = "http://a.example", .host = "a.example:80", .server_port = "80" } },
		{ true, { .origin = "https://a.example", .host = "a.example:443", .server_port = "443" } },
		{ true, { .origin = "https://a.example", .host = "a.example", .https = "on", .server_port = "8443" } },
		{ true, { .origin = "http://a.example:8080", .host = "a.example:8080", .server_port = "8080" } },
		{ true, { .origin = "http://a.example:8080", .host = "a.example", .server_port = "8080" } }, /* nginx's $host */
		{ true, { .origin = "https://a.example:8443", .host = "a.example", .https = "on", .server_port = "8443" } },
		{ true, { .origin = "http://[::1]:8080", .host = "[::1]:8080", .server_port = "8080" } },
		{ true, { .origin = "http://[::1]", .host = "[::1]", .server_port = "80" } },
		{ true, { .origin = "https://a.example", .host = "a.example", .server_port = "80", .forwarded_proto = "https, http" } },
		{ true, { .origin = "https://a.example", .host = "10.0.0.1:8080", .server_port = "8080", .forwarded_proto = "https", .forwarded_host = "a.example, b" } },
		{ true, { .origin = "http://a.example", .host = "a.example", .fetch_site = "same-origin" } },
		{ true, { .origin = "http://a.example", .host = "a.example", .scheme = "http", .fetch_site = "none", .https = "off" } },
		{ true, { .origin = "https://a.example", .host = "a.example", .server_port = "80", .fetch_site = "same-origin" } }, /* a proxy ends TLS */
		{ false, { .origin = "https://b.example", .host = "a.example", .server_port = "80", .fetch_site = "same-origin" } },
		{ false, { .origin = "http://a.example", .host = "a.example", .https = "on", .fetch_site = "same-origin" } },
		{ false, { .origin = "https://a.example", .host = "a.example", .server_port = "80", .fetch_site = "none" } },
		{ false, { .origin = "http://a.example", .host = "a.example", .fetch_site = "cross-site" } },
		{ false, { .origin = "http://a.example", .host = "a.example", .fetch_site = "same-site" } },
		{ false, { .host = "a.example", .fetch_site = "cross-site" } },
		{ false, { .host = "a.example", .fetch_site = "odd" } },
		{ false, { .origin = "null", .host = "a.example" } },
		{ false, { .origin = "null", .host = "null" } },
		{ false, { .origin = "http://b.example", .host = "a.example" } },
		{ false, { .origin = "http://b.example", .host = "a.example", .fetch_site = "same-origin" } },
		{ false, { .origin = "http://a.example:8080", .host = "a.example", .server_port = "80" } },
		{ false, { .origin = "http://a.example:8080", .host = "a.example:9090", .server_port = "8080" } },
		{ false, { .origin = "http://a.example", .host = "a.example:8080", .server_port = "8080" } },
		{ false, { .origin = "https://a.example", .host = "a.example", .server_port = "80" } },
		{ false, { .origin = "http://a.example", .host = "a.example", .https = "on", .server_port = "443" } },
		{ false, { .origin = "http://a.example.evil", .host = "a.example" } },
		{ false, { .origin = "http://evil/http://a.example", .host = "a.example" } },
		{ false, { .origin = "http://x@a.example", .host = "a.example" } },
		{ false, { .origin = "http://a.example http://evil", .host = "a.example" } },
		{ false, { .origin = "http://a.example:080x", .host = "a.example" } },
		{ false, { .origin = "http://a.example:65616", .host = "a.example" } }, /* 80 in 16 bits */
		{ false, { .origin = "http://", .host = "" } },
		{ false, { .origin = "ftp://a.example", .host = "a.example", .scheme = "ftp" } },
		{ false, { .origin = "a.example", .host = "a.example" } },
		{ false, { .origin = "http://a.example" } },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ck_assert_msg(origin_is_own(&rows[i].facts) == rows[i].own, "row %zu: %s at %s", i, rows[i].facts.origin, rows[i].facts.host);
}
END_TEST

START_TEST(the_path_is_what_follows_the_mount)
{
	static const struct { const char *site_base; struct mount_facts facts; enum mount_result result; int status; const char *base, *path; } rows[] = {
		{ NULL, { "/sse", "/feed/a", "/sse/feed/a", NULL }, MOUNT_FOUND, 0, "/sse", "feed/a" },
		{ NULL, { "/sse", "/", "/sse/", NULL }, MOUNT_FOUND, 0, "/sse", "" },
		{ NULL, { "/sse/", "/feed", "/sse/feed", NULL }, MOUNT_FOUND, 0, "/sse", "feed" },
		{ NULL, { "", "/feed", "/feed", NULL }, MOUNT_FOUND, 0, "", "feed" },
		{ NULL, { NULL, "/feed", NULL, NULL }, MOUNT_FOUND, 0, "", "feed" },
		{ NULL, { "/sse", "", NULL, NULL }, MOUNT_FOUND, 0, "/sse", "" },
		{ NULL, { "/sse", "", "/sse", NULL }, MOUNT_SLASH, 0, "/sse", "" },
		{ NULL, { "/sse", "", "/sse?x=/", NULL }, MOUNT_SLASH, 0, "/sse", "" },
		{ NULL, { "/cgi-bin/live.cgi", NULL, "/cgi-bin/live.cgi?a", "live.cgi" }, MOUNT_SLASH, 0, "/cgi-bin/live.cgi", "" },
		{ NULL, { "/cgi-bin/live.cgi", "", "/cgi-bin/live.cgi", "live.cgi" }, MOUNT_FOUND, 0, "/cgi-bin/live.cgi", "" }, /* busybox httpd */
		/* servers that do not split */
		{ NULL, { "/sse/feed", NULL, "/sse/feed", "runnel.fcgi" }, MOUNT_REFUSED, 500, NULL, NULL },
		{ NULL, { "/sse/", NULL, "/sse/", NULL }, MOUNT_REFUSED, 500, NULL, NULL },
		{ NULL, { "/sse/", "", "/sse/", NULL }, MOUNT_REFUSED, 500, NULL, NULL },
		{ NULL, { "/sse", NULL, NULL, NULL }, MOUNT_REFUSED, 500, NULL, NULL },
		{ NULL, { "/cgi-bin/live.cgi", NULL, "/cgi-bin/live.cgi/feed", "live.cgi" }, MOUNT_REFUSED, 500, NULL, NULL },
		{ NULL, { "/cgi-bin/live.cgi/feed", NULL, "/cgi-bin/live.cgi/feed", "live.cgi" }, MOUNT_REFUSED, 500, NULL, NULL },
		{ NULL, { NULL, NULL, NULL, NULL }, MOUNT_REFUSED, 500, NULL, NULL },
		/* a mount is a place, whatever stands in it */
		{ NULL, { "/sse\\..\\uploads\\x", "/components/feed", NULL, NULL }, MOUNT_FOUND, 0, "/sse%5C..%5Cuploads%5Cx", "components/feed" },
		{ NULL, { "//evil.example", "/feed", NULL, NULL }, MOUNT_FOUND, 0, "/evil.example", "feed" },
		{ NULL, { "/\\evil", "/feed", NULL, NULL }, MOUNT_FOUND, 0, "/%5Cevil", "feed" },
		{ NULL, { "sse", "/feed", NULL, NULL }, MOUNT_FOUND, 0, "/sse", "feed" },
		{ NULL, { "/a\"b'c d?e#f;g%2f<>&", "/feed", NULL, NULL }, MOUNT_FOUND, 0, "/a%22b%27c%20d%3Fe%23f%3Bg%252f%3C%3E%26", "feed" },
		{ NULL, { "/s/\xc3\xa9", "/feed", NULL, NULL }, MOUNT_FOUND, 0, "/s/%C3%A9", "feed" },
		{ NULL, { "/sse/../x", "/feed", NULL, NULL }, MOUNT_REFUSED, 400, NULL, NULL },
		{ NULL, { "/sse/.", "/feed", NULL, NULL }, MOUNT_REFUSED, 400, NULL, NULL },
		{ NULL, { "/sse/feed/a\nb", "", "/sse/feed/a%0Ab", NULL }, MOUNT_REFUSED, 400, NULL, NULL },
		{ NULL, { "/sse", "-guide.html", "/sse-guide.html", NULL }, MOUNT_REFUSED, 404, NULL, NULL },
		{ NULL, { "/sse", "feed", "/ssefeed", NULL }, MOUNT_REFUSED, 404, NULL, NULL },
		/* [site] base */
		{ "/sse", { "/x", NULL, "/sse/feed/a?q=1", NULL }, MOUNT_FOUND, 0, "/sse", "feed/a" },
		{ "/sse", { "", "/feed/a", "/sse/feed/a%40b+c#x", NULL }, MOUNT_FOUND, 0, "/sse", "feed/a@b+c" },
		{ "/sse", { NULL, NULL, "http://h:8080/sse/feed?x", NULL }, MOUNT_FOUND, 0, "/sse", "feed" },
		{ "/sse", { NULL, NULL, "/%73se%2Ffeed", NULL }, MOUNT_FOUND, 0, "/sse", "feed" },
		{ "/sse", { NULL, NULL, "/sse/?x", NULL }, MOUNT_FOUND, 0, "/sse", "" },
		{ "/sse", { NULL, NULL, "/sse", NULL }, MOUNT_SLASH, 0, "/sse", "" },
		{ "/", { NULL, NULL, "/feed", NULL }, MOUNT_FOUND, 0, "", "feed" },
		{ "/", { NULL, NULL, "/", NULL }, MOUNT_FOUND, 0, "", "" },
		{ "/sse", { NULL, NULL, "/sse-guide.html", NULL }, MOUNT_REFUSED, 404, NULL, NULL },
		{ "/sse", { NULL, NULL, "//sse/feed", NULL }, MOUNT_REFUSED, 404, NULL, NULL },
		{ "/sse", { NULL, NULL, "/other?x=/sse/feed", NULL }, MOUNT_REFUSED, 404, NULL, NULL },
		{ "/sse", { NULL, NULL, "/sse/../feed", NULL }, MOUNT_REFUSED, 400, NULL, NULL },
		{ "/sse", { NULL, NULL, "/sse/%2e%2E/feed", NULL }, MOUNT_REFUSED, 400, NULL, NULL },
		{ "/sse", { NULL, NULL, "/sse/a%00b", NULL }, MOUNT_REFUSED, 400, NULL, NULL },
		{ "/sse", { NULL, NULL, "/sse/a%4", NULL }, MOUNT_REFUSED, 400, NULL, NULL },
		{ "/sse", { NULL, NULL, NULL, NULL }, MOUNT_REFUSED, 500, NULL, NULL },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mount mount;
		problem = (struct problem)PROBLEM_NONE;
		enum mount_result result = mount_find(&rows[i].facts, rows[i].site_base, &mount, &problem);
		ck_assert_msg(result == rows[i].result && problem.status == rows[i].status, "row %zu: %d, %d %s", i, result, problem.status, problem.text);
		if (rows[i].base) {
			ck_assert_msg(strcmp(mount.base, rows[i].base) == 0, "row %zu: %s", i, mount.base);
			ck_assert_msg(strcmp(mount.path, rows[i].path) == 0, "row %zu: %s", i, mount.path);
		}
		free(mount.base);
		free(mount.path);
	}
}
END_TEST

static struct request request_of(const char *const *parameters)
{
	struct request request;
	request_read(&request, &(struct request_source){ (char *const *)(uintptr_t)parameters, NULL, NULL });
	return request;
}

START_TEST(local_is_a_loopback_address_and_no_proxy)
{
	static const struct { bool local; const char *address, *header; } rows[] = {
		{ true, "127.0.0.1", NULL }, { true, "127.9.8.7", NULL }, { true, "::1", NULL }, { true, "::ffff:127.0.0.1", NULL }, { true, "0:0:0:0:0:0:0:1", NULL },
		{ false, "127.0.0.1.evil.example", NULL }, { false, "127.1", NULL }, { false, "10.0.0.1", NULL }, { false, "::ffff:10.0.0.1", NULL },
		{ false, "::2", NULL }, { false, "", NULL }, { false, "unix:", NULL }, { false, "localhost", NULL },
		{ false, "127.0.0.1", "HTTP_FORWARDED=for=10.0.0.1" }, { false, "127.0.0.1", "HTTP_X_FORWARDED_FOR=127.0.0.1" },
		{ false, "127.0.0.1", "HTTP_X_FORWARDED_HOST=a" }, { false, "127.0.0.1", "HTTP_X_FORWARDED_PROTO=https" }, { false, "127.0.0.1", "HTTP_X_FORWARDED_SERVER=a" },
		{ false, "127.0.0.1", "HTTP_X_REAL_IP=127.0.0.1" }, { false, "::1", "HTTP_VIA=1.1 x" }, { false, "::1", "HTTP_X_FORWARDED_FOR=" },
		{ true, "127.0.0.1", "HTTP_VIABLE=x" }, { true, "127.0.0.1", "HTTP_X_REAL_IPS=x" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char address[100];
		snprintf(address, sizeof address, "REMOTE_ADDR=%s", rows[i].address);
		struct request request = request_of((const char *const[]){ address, rows[i].header, NULL });
		ck_assert_msg(request_is_local(&request) == rows[i].local, "%s %s", rows[i].address, rows[i].header);
		request_clear(&request);
	}
}
END_TEST

START_TEST(a_user_has_both_auth_type_and_remote_user_and_once_each)
{
	static const struct { const char *user; bool unproven; const char *parameters[6]; } rows[] = {
		{ "ann", false, { "REMOTE_USER=ann", "AUTH_TYPE=Basic" } },
		{ "ann", false, { "REMOTE_USER=ann", "AUTH_TYPE=Basic", "REMOTE_USER=ann" } },
		{ NULL, true, { "REMOTE_USER=ann" } },
		{ NULL, true, { "REMOTE_USER=ann", "AUTH_TYPE=" } },
		{ NULL, true, { "REMOTE_USER=ann", "AUTH_TYPE= \t" } },
		{ NULL, false, { "AUTH_TYPE=Basic" } },
		{ NULL, false, { "REMOTE_USER=", "AUTH_TYPE=Basic" } },
		{ NULL, true, { "REMOTE_USER=forged", "AUTH_TYPE=Basic", "REMOTE_USER=ann" } },
		{ NULL, true, { "REMOTE_USER=", "REMOTE_USER=ann", "AUTH_TYPE=Basic" } },
		{ NULL, true, { "REMOTE_USER=ann", "AUTH_TYPE=", "AUTH_TYPE=Basic" } },
		{ NULL, false, { "REDIRECT_REMOTE_USER=ann", "REDIRECT_AUTH_TYPE=Basic", "HTTP_REMOTE_USER=ann", "HTTP_AUTH_TYPE=Basic" } },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct request request = request_of(rows[i].parameters);
		ck_assert_msg(rows[i].user ? request.user && strcmp(request.user, rows[i].user) == 0 : !request.user, "row %zu: %s", i, request.user);
		ck_assert_msg(request.user_unproven == rows[i].unproven, "row %zu", i);
		request_clear(&request);
	}
}
END_TEST

START_TEST(a_login_in_a_channel_is_escaped_and_that_once)
{
	static const struct { const char *written, *channel; } rows[] = {
		{ "feed", "feed" }, { "feed/a~40b", "feed/a~40b" }, { "notifications/~ann", "notifications/~ann" },
		{ "notifications/~alice@example.org", "notifications/~alice~40example.org" }, { "notifications/~alice~40example.org", "notifications/~alice~40example.org" },
		{ "notifications/~DOMAIN\\ann", "notifications/~DOMAIN~5Cann" }, { "notifications/~ann lee", "notifications/~ann~20lee" },
		{ "notifications/~j\xc3\xbcrgen", "notifications/~j~C3~BCrgen" }, { "notifications/~j~c3~bcrgen", "notifications/~j~C3~BCrgen" },
		{ "notifications/~~61nn", "notifications/~ann" }, { "notifications/~a~b", "notifications/~a~7Eb" }, { "notifications/~a~7Eb", "notifications/~a~7Eb" },
		{ "notifications/~a~2Fb", "notifications/~a~2Fb" }, { "notifications/~a@b/x", "notifications/~a~40b/x" }, { "log/~a\nb", "log/~a~0Ab" },
		{ "notifications/~me", "notifications/~me" }, { "notifications/~~6De", "notifications/~~6De" }, { "notifications/~m~65", "notifications/~~6De" },
		{ "notifications/~.", "notifications/~." }, { "notifications/~~", "notifications/~~7E" },
		{ "notifications/~", NULL }, { "notifications/~/x", NULL }, { "notifications/~a/b@c", NULL }, { "feed/a@b", NULL }, { "~ann", "~ann" }, { "", NULL },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *channel = channel_read(rows[i].written, &problem), *again = channel ? channel_read(channel, &problem) : NULL;
		ck_assert_msg(rows[i].channel ? channel && strcmp(channel, rows[i].channel) == 0 : !channel, "%s: %s", rows[i].written, channel);
		ck_assert_msg(!channel || strcmp(channel, again) == 0, "%s is not the same when it is read again: %s", channel, again);
		free(channel);
		free(again);
	}
}
END_TEST

START_TEST(a_login_has_one_channel_of_its_own)
{
	static const struct { const char *login, *own; } rows[] = {
		{ "ann", "log/~ann" }, { "alice@example.org", "log/~alice~40example.org" }, { "a/b", "log/~a~2Fb" }, { "a~40b", "log/~a~7E40b" },
		{ "me", "log/~~6De" }, { "a b", "log/~a~20b" }, { ".", "log/~." }, { "..", "log/~.." }, { "", NULL },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *own = channel_of_login("log/~me", rows[i].login, &problem);
		ck_assert_msg(rows[i].own ? own && strcmp(own, rows[i].own) == 0 : !own, "%s: %s", rows[i].login, own);
		ck_assert(!own || channel_is_of(own, rows[i].login));
		ck_assert(!own || !channel_is_mine(own));
		free(own);
	}
	char login[300];
	memset(login, 'x', sizeof login);
	login[250] = '\0';
	char *own = channel_of_login("log/~me", login, &problem);
	ck_assert_ptr_nonnull(own);
	free(own);
	login[250] = 'x';
	login[251] = '\0';
	ck_assert_ptr_null(channel_of_login("log/~me", login, &problem));
	ck_assert(!channel_is_of("log/~alice~40example.org", "alice"));
	ck_assert(!channel_is_of("log/~a~40b", "a~40b"));
	ck_assert(!channel_is_of("log/ann", "ann"));
	ck_assert(channel_is_of("log/~ann/deep", "ann"));
	ck_assert(!channel_is_of("log/~", ""));
}
END_TEST

static Suite *request_suite(void)
{
	Suite *suite = suite_create("request");
	TCase *tc = tcase_create("request");
	tcase_add_test(tc, an_origin_is_compared_by_scheme_host_and_port);
	tcase_add_test(tc, the_path_is_what_follows_the_mount);
	tcase_add_test(tc, local_is_a_loopback_address_and_no_proxy);
	tcase_add_test(tc, a_user_has_both_auth_type_and_remote_user_and_once_each);
	tcase_add_test(tc, a_login_in_a_channel_is_escaped_and_that_once);
	tcase_add_test(tc, a_login_has_one_channel_of_its_own);
	suite_add_tcase(suite, tc);
	return suite;
}

SUITE_MAIN(request_suite)
