/* mount_find() and origin_is_own(): whatever a path is, the base made of it is a place of this host; no text breaks either. */
#include "fuzz.h"
#include "http/mount.h"
#include "http/origin.h"

#include <stdlib.h>
#include <string.h>

const char *const fuzz_seeds[] = {
	"/sse\n/feed\n/sse/feed?x", "//evil\n/x\nhttp://h/sse/%2e%2e", "/a\\b\n\n/sse%0", "http://a:80\na:80\nhttps", "http://[::1]\n[::1]:1\n80", "null\n\n", NULL,
};

static void find(const struct mount_facts *facts, const char *site_base)
{
	struct problem problem = PROBLEM_NONE;
	struct mount mount;
	enum mount_result result = mount_find(facts, site_base, &mount, &problem);
	const char *base = mount.base;
	size_t n = strlen(base);
	if ((result == MOUNT_REFUSED) != (problem.status != 0) || !mount.path)
		abort();
	if (n && (base[0] != '/' || base[1] == '/' || base[n - 1] == '/' || strpbrk(base, "\\\"'<>?#& ;\n\r\t")))
		abort();
	free(mount.base);
	free(mount.path);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *text = malloc(n + 1), *save, *part[3];
	memcpy(text, bytes, n);
	text[n] = '\0';
	part[0] = strtok_r(text, "\n", &save);
	for (int i = 1; i < 3; i++)
		part[i] = part[i - 1] ? strtok_r(NULL, "\n", &save) : NULL;
	find(&(struct mount_facts){ part[0], part[1], part[2], part[0] }, NULL);
	find(&(struct mount_facts){ part[1], part[2], part[0], part[0] }, "/sse");
	origin_is_own(&(struct origin_facts){ .origin = part[0], .host = part[1], .server_port = part[2] });
	origin_is_own(&(struct origin_facts){ .origin = part[0], .forwarded_host = part[1], .forwarded_proto = part[2], .fetch_site = "same-origin", .host = part[2] });
	free(text);
	return 0;
}
