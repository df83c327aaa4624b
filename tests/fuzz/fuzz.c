#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 20000, BYTES_MAX = 4096 };

/* The same numbers in every run: a failure can be looked at again. */
static uint32_t next_random(void)
{
	static uint32_t state = 2463534242u;
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static size_t mutate(uint8_t *bytes, size_t n)
{
	for (unsigned changes = 1 + next_random() % 4; changes; changes--) {
		size_t at = n ? next_random() % n : 0;
		switch (next_random() % 4) {
		case 0: /* change */
			if (n)
				bytes[at] = (uint8_t)next_random();
			break;
		case 1: /* cut */
			n = at;
			break;
		case 2: /* insert */
			if (n < BYTES_MAX) {
				memmove(bytes + at + 1, bytes + at, n - at);
				bytes[at] = "\r\n\0\"&=%-:;{}[]/ \x80\xff"[next_random() % 19];
				n++;
			}
			break;
		case 3: /* repeat */
			if (n * 2 <= BYTES_MAX) {
				memcpy(bytes + n, bytes, n);
				n *= 2;
			}
			break;
		}
	}
	return n;
}

/* A copy of exactly n bytes, so that a sanitizer sees the first one that is read beyond them. */
static void run(const uint8_t *bytes, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);
	if (!copy)
		abort();
	memcpy(copy, bytes, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static void run_file(const char *path)
{
	static uint8_t bytes[1 << 20];
	FILE *file = fopen(path, "rb");
	if (!file)
		return;
	run(bytes, fread(bytes, 1, sizeof bytes, file));
	fclose(file);
}

int main(int argc, char **argv)
{
	static uint8_t bytes[BYTES_MAX * 2];
	size_t seeds = 0;
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	while (fuzz_seeds[seeds])
		seeds++;
	for (int i = 0; i < ROUNDS; i++) {
		const char *seed = fuzz_seeds[next_random() % seeds];
		size_t n = strlen(seed);
		memcpy(bytes, seed, n);
		run(bytes, i < (int)seeds ? n : mutate(bytes, n));
	}
	return 0;
}
