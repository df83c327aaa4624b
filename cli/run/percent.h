/*
 * percent - how far a program says it is, found in a line of its output.
 *
 * Known are percentages, "45%", "45.5 %", "45,5%", "%45" (Turkish), and steps, "[3/10]", "3/10", "3 of 10", "12.3/45.6 MB", in the
 * digits and signs of the languages in fold(). What only looks like one is left alone: dates, paths, versions, fractions, URL
 * escapes; so is what is in doubt. Pure: no I/O.
 */
#ifndef RUNNEL_PERCENT_H
#define RUNNEL_PERCENT_H

#include <stdbool.h>

/* Whether the line says it; then *percent is 0 to 100. */
bool percent_find(const char *line, double *percent);

#endif
