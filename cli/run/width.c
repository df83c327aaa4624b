#include "run/width.h"

#include <locale.h>
#include <pthread.h>
#include <stdbool.h>
#include <wchar.h>

static locale_t utf8;

static void make_locale(void)
{
	utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static void enter_locale(void)
{
	static _Thread_local bool entered;
	static pthread_once_t made = PTHREAD_ONCE_INIT;
	if (entered)
		return;
	pthread_once(&made, make_locale);
	if (utf8)
		uselocale(utf8);
	entered = true;
}

/* What the library does not know, such as a private character, takes one column. */
unsigned character_width(uint32_t code)
{
	if (code < 0x300)
		return 1;
	enter_locale();
	int width = wcwidth((wchar_t)code);
	return width < 0 ? 1 : (unsigned)width;
}
