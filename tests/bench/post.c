#include "post.h"

#include "mark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void post_init(struct post *post, const struct options *options)
{
	size_t text = (size_t)options->bytes + MARK_BYTES_MAX + 1, body = text + strlen(options->body);
	*post = (struct post){ .options = options, .url = url_parse(options->pub), .size = body + URL_PATH_BYTES + 512 };
	post->numbered = url_numbered(&post->url);
	post->text = malloc(text);
	post->body = malloc(body);
	post->request = malloc(post->size);
}

void post_clear(struct post *post)
{
	free(post->text);
	free(post->body);
	free(post->request);
}

void post_make(struct post *post, int number)
{
	const struct options *options = post->options;
	int channels = post->numbered ? options->channels : 1;
	char path[URL_PATH_BYTES + 16];
	url_path(&post->url, number % channels, path, sizeof path);
	mark_write(post->text, number / channels, options->bytes);
	int length = sprintf(post->body, options->body, post->text);
	post->bytes = (size_t)snprintf(post->request, post->size,
				       "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
				       path, options->type, length, post->body);
}

int post_send(const struct post *post, int fd, uint64_t end_ns)
{
	struct http http = { 0 };
	char answer[4096];
	if (fd < 0 || !http_send(fd, post->request, post->bytes, end_ns))
		return 0;
	while (!http.done) {
		ssize_t n = http_receive(fd, answer, sizeof answer, end_ns);
		if (n <= 0)
			return 0;
		http_feed(&http, answer, (size_t)n, NULL, NULL);
	}
	return http.status;
}
