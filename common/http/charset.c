#include "http/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* label; iconv's name */
static const char *const labels[][2] = {
	{ "iso-8859-1", "WINDOWS-1252" }, { "iso8859-1", "WINDOWS-1252" }, { "latin1", "WINDOWS-1252" }, { "us-ascii", "WINDOWS-1252" },
	{ "ascii", "WINDOWS-1252" }, { "windows-1252", "WINDOWS-1252" }, { "cp1252", "WINDOWS-1252" },
	{ "iso-8859-15", "ISO-8859-15" }, { "latin-9", "ISO-8859-15" }, { "iso-8859-2", "ISO-8859-2" }, { "iso-8859-5", "ISO-8859-5" },
	{ "iso-8859-7", "ISO-8859-7" }, { "iso-8859-9", "WINDOWS-1254" }, { "windows-1250", "WINDOWS-1250" },
	{ "windows-1251", "WINDOWS-1251" }, { "windows-1253", "WINDOWS-1253" }, { "windows-1254", "WINDOWS-1254" },
	{ "koi8-r", "KOI8-R" }, { "koi8-u", "KOI8-U" }, { "shift_jis", "CP932" }, { "euc-jp", "EUC-JP" },
	{ "gb2312", "GBK" }, { "gbk", "GBK" }, { "gb18030", "GB18030" }, { "big5", "BIG5" }, { "euc-kr", "EUC-KR" },
	{ "utf-16le", "UTF-16LE" }, { "utf-16be", "UTF-16BE" }, { "utf-16", "UTF-16" },
};

bool charset_is_utf8(const char *label)
{
	return *label == '\0' || strcasecmp(label, "utf-8") == 0 || strcasecmp(label, "utf8") == 0;
}

static const char *iconv_name(const char *label)
{
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		if (strcasecmp(labels[i][0], label) == 0)
			return labels[i][1];
	return NULL;
}

static bool convert_all(iconv_t converter, const char *text, size_t n, struct buf *out)
{
	char *in = (char *)(uintptr_t)text;
	while (n) {
		size_t room = n * 2 + 64, before = room;
		char *to = buf_room(out, room);
		size_t result = iconv(converter, &in, &n, &to, &room);
		out->len += before - room;
		if (result == (size_t)-1 && errno != E2BIG)
			return false;
	}
	buf_add(out, "", 0); /* the NUL */
	return true;
}

bool charset_convert(const char *label, const char *text, size_t n, struct buf *out, struct problem *problem)
{
	const char *name = iconv_name(label);
	iconv_t converter = name ? iconv_open("UTF-8", name) : (iconv_t)-1;
	if (converter == (iconv_t)-1)
		return problem_set(problem, 415, "The charset \"%.40s\" is not taken: send UTF-8.", label);
	bool ok = convert_all(converter, text, n, out);
	iconv_close(converter);
	return ok || problem_set(problem, 400, "The text is not in the charset \"%.40s\" that it is said to be in.", label);
}
