#include "http/url.h"

#include "base/hex.h"

#include <string.h>

static bool stands_for_itself(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr("-._~/", c));
}

void url_add_path(struct buf *out, const char *path)
{
	for (; *path; path++) {
		if (stands_for_itself(*path))
			buf_add(out, path, 1);
		else
			buf_print(out, "%%%02X", (unsigned char)*path);
	}
}

bool url_decode_path(struct buf *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = text[i];
		if (c == '%') {
			if (i + 2 >= n || hex_byte(text + i + 1) < 0)
				return false;
			c = (char)hex_byte(text + i + 1);
			i += 2;
		}
		if (!c)
			return false;
		buf_add(out, &c, 1);
	}
	return true;
}

bool url_has_dot_segment(const char *path)
{
	for (;;) {
		size_t n = strcspn(path, "/");
		if ((n == 1 && path[0] == '.') || (n == 2 && path[0] == '.' && path[1] == '.'))
			return true;
		if (!path[n])
			return false;
		path += n + 1;
	}
}
