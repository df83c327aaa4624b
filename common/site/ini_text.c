#include "site/ini_text.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_BYTES_MAX = 1 << 20,
	LINE_BYTES_MAX = INI_MAX_LINE - 2, /* its buffer holds the line's end and a NUL too */
	SECTION_BYTES_MAX = 48             /* MAX_SECTION in its source, which no header names */
};

struct line {
	const char *text;
	int n, number;
};

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static struct line trimmed(const char *text, size_t n, int number)
{
	while (n && blank(text[n - 1]))
		n--;
	while (n && blank(*text)) {
		text++;
		n--;
	}
	return (struct line){ text, n > INI_MAX_LINE * 4 ? INI_MAX_LINE * 4 : (int)n, number };
}

/* [NAME], and at most a comment behind it. */
static bool check_section(struct line line, struct problem *problem)
{
	const char *end = memchr(line.text, ']', (size_t)line.n);
	const char *rest = end ? end + 1 : NULL;
	while (rest && rest < line.text + line.n && blank(*rest))
		rest++;
	if (!end || (rest < line.text + line.n && *rest != ';' && *rest != '#'))
		return problem_set(problem, 500, "line %d: a section is [NAME], alone on its line.", line.number);
	if (end - line.text - 1 > SECTION_BYTES_MAX)
		return problem_set(problem, 500, "line %d: the section %.50s… is too long: its name has %d bytes, and at most %d are taken.",
				   line.number, line.text, (int)(end - line.text - 1), SECTION_BYTES_MAX);
	return true;
}

static bool check_line(struct line line, struct problem *problem)
{
	if (memchr(line.text, '\0', (size_t)line.n))
		return problem_set(problem, 500, "line %d holds a NUL: a configuration is text.", line.number);
	if (line.n > LINE_BYTES_MAX)
		return problem_set(problem, 500, "line %d is too long: at most %d bytes are taken, and it begins %.40s…", line.number, LINE_BYTES_MAX, line.text);
	return line.text[0] != '[' || check_section(line, problem);
}

static bool is_comment(struct line line)
{
	return line.n && (line.text[0] == ';' || line.text[0] == '#');
}

bool ini_text_tidy(const char *bytes, size_t n, struct buf *out, struct problem *problem)
{
	size_t mark = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	const char *text = bytes + mark, *end = bytes + n;
	for (int number = 1; text < end; number++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text)), *stop = newline ? newline : end;
		struct line line = trimmed(text, (size_t)(stop - text), number);
		if (line.n && !is_comment(line)) {
			if (!check_line(line, problem))
				return false;
			buf_add(out, line.text, (size_t)line.n);
		}
		buf_text(out, "\n");
		text = newline ? newline + 1 : end;
	}
	return true;
}

static bool read_all(int fd, struct buf *out)
{
	struct stat about;
	if (fstat(fd, &about) < 0)
		return false;
	if (!S_ISREG(about.st_mode)) {
		errno = S_ISDIR(about.st_mode) ? EISDIR : EINVAL;
		return false;
	}
	for (;;) {
		ssize_t n = read(fd, buf_room(out, 4096), 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		out->len += (size_t)n;
		if (out->len > FILE_BYTES_MAX) {
			errno = EFBIG;
			return false;
		}
	}
}

bool ini_text_read_file(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return false;
	bool ok = read_all(fd, out);
	int error = errno;
	close(fd);
	errno = error;
	return ok;
}
