/*
 * attribute - which attributes of HTML a template may put a value into.
 *
 * A list of what is allowed: all others run, fetch, submit or rename something, or may do so tomorrow. Pure.
 */
#ifndef RUNNEL_ATTRIBUTE_H
#define RUNNEL_ATTRIBUTE_H

#include <stdbool.h>

enum attribute_use {
	ATTRIBUTE_CLOSED, /* no value may stand in it */
	ATTRIBUTE_PLAIN,  /* any text, in quotes and escaped */
	ATTRIBUTE_LINK    /* a URL, which link.h must allow */
};

/*
 * Of an attribute of an element, both in lower case. own: the template is filled by runnel itself, with
 * nothing that a publisher wrote, and so may connect a stream and load a script.
 */
enum attribute_use attribute_use(const char *element, const char *attribute, bool own);

#endif
