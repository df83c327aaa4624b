/*
 * percent - how far a program says it is, found in a line of its output.
 *
 * Known are "45%" and "45.5%", "[3/10]" and "(3/10)", "3/10" and "3 of 10". What only looks like
 * one is left alone: dates, paths, versions, URL escapes. Pure: no I/O.
 */
#ifndef RUNNEL_PERCENT_H
#define RUNNEL_PERCENT_H

#include <stdbool.h>

/* Whether the line says it; then *percent is 0 to 100. */
bool percent_find(const char *line, double *percent);

#endif
