#include "http/form.h"

#include "base/buf.h"
#include "base/hex.h"

#include <string.h>

static void decode(struct buf *out, const char *text, size_t n)
{
	buf_reset(out);
	buf_room(out, n);
	for (size_t i = 0; i < n; i++) {
		char c = text[i];
		if (c == '+') {
			c = ' ';
		} else if (c == '%' && i + 2 < n && hex_byte(text + i + 1) >= 0) {
			c = (char)hex_byte(text + i + 1);
			i += 2;
		}
		out->data[out->len++] = c;
	}
	out->data[out->len] = '\0';
}

bool form_read(const char *text, size_t n, form_visit *visit, void *arg)
{
	struct buf name = BUF_INIT, value = BUF_INIT;
	bool go_on = true;

	while (n && go_on) {
		const char *ampersand = memchr(text, '&', n);
		size_t field = ampersand ? (size_t)(ampersand - text) : n;
		const char *equals = memchr(text, '=', field);
		size_t name_bytes = equals ? (size_t)(equals - text) : field;
		decode(&name, text, name_bytes);
		decode(&value, equals ? equals + 1 : "", equals ? field - name_bytes - 1 : 0);
		if (field)
			go_on = visit(arg, buf_string(&name), buf_string(&value), value.len);
		text += field + (ampersand != NULL);
		n -= field + (ampersand != NULL);
	}
	buf_clear(&name);
	buf_clear(&value);
	return go_on;
}
