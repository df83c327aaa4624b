/*
 * number - a decimal number in any of the forms that languages print: 40, 40.0, .5, 5., +40, 040, 1e-7, 4.0E+01, -0.0.
 *
 * A comma may be the decimal point: PHP before 8, awk and printf write one in many locales. Blanks around it are
 * passed over, the unbreakable ones of French too. Whatever the locale of the process. Pure.
 */
#ifndef RUNNEL_NUMBER_H
#define RUNNEL_NUMBER_H

#include <stdbool.h>

/*
 * false when it is no number: inf, nan, hexadecimal, 1_000, 1,000,000, two numbers, nothing. A sign "%" may end it.
 * A number too large for a double is HUGE_VAL.
 */
bool number_read(const char *text, double *number);

#endif
