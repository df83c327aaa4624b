/*
 * markup_scan - where in a template its reader (markup.c) is, and what the marks of ctemplate mean there.
 *
 * `place` is all that the meaning of the next byte depends on, so a section may end only where the place is what it was at
 * its beginning: shown once, twice or not at all, the rest is read alike.
 */
#ifndef RUNNEL_MARKUP_SCAN_H
#define RUNNEL_MARKUP_SCAN_H

#include "html/attribute.h"
#include "base/buf.h"
#include "base/problem.h"

#include <stdbool.h>
#include <stddef.h>

enum { NAME_BYTES_MAX = 64, SECTIONS_MAX = 32 };

enum where {
	IN_TEXT,
	IN_TITLE,     /* or textarea: text in which only the end tag is a tag */
	IN_RAW,       /* script, style and the like */
	IN_COMMENT,
	IN_DOCTYPE,
	IN_TAG_NAME,
	IN_TAG,       /* between its attributes */
	IN_NAME,      /* of an attribute */
	BEFORE_VALUE, /* after = */
	IN_UNQUOTED,
	IN_QUOTES,
};

/* How far a URL has been read. */
enum link_part {
	LINK_START,  /* nothing yet */
	LINK_VALUE,  /* a value, and nothing else */
	LINK_SCHEME, /* what may become a scheme */
	LINK_PATH,   /* whatever follows changes neither scheme … */
	LINK_QUERY,  /* … nor path */
	LINK_OTHER,  /* a scheme whose rest may be a program */
};

struct place {
	enum where where;
	size_t tag, attribute; /* where they begin, so that two of them are never taken for one */
	int use;               /* enum attribute_use */
	int link;              /* enum link_part */
	int quote;             /* the byte that ends the value */
	int foreign;           /* svg and math elements that are open */
};

struct section {
	struct place place;
	bool spaced;
	const char *name;
	size_t bytes;
};

struct scan {
	const char *text;
	size_t n, at;
	bool own;
	struct place place;
	bool spaced;  /* an attribute may begin here */
	bool named;   /* = may follow */
	bool closing; /* the tag is an end tag */
	bool solidus; /* it ends in /> */
	char element[NAME_BYTES_MAX + 1], attribute[NAME_BYTES_MAX + 1];
	struct section sections[SECTIONS_MAX];
	int depth;
	struct buf *out;
	struct problem *problem;
};

/* Of the byte at `at`, counted from 1. */
unsigned markup_scan_line(const struct scan *scan);

/* Sets the problem and is false. */
#define WRONG(scan, format, ...) problem_set((scan)->problem, 500, "line %u: " format, markup_scan_line(scan), __VA_ARGS__)
#define WRONG_HERE(scan, sentence) WRONG(scan, "%s", sentence)

/* The mark that begins at `at`: checks it, adds it to out and moves on behind it. */
bool markup_scan_mark(struct scan *scan);

#endif
