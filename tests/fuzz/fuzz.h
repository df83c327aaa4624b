/*
 * fuzz - what every fuzz main shares. Built with libFuzzer (clang -fsanitize=fuzzer) the tool calls
 * LLVMFuzzerTestOneInput() by itself; built plainly, as in make check, fuzz.c calls it with a
 * bounded number of mutations of the seeds, and with the files named on the command line.
 */
#ifndef RUNNEL_TESTS_FUZZ_H
#define RUNNEL_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Inputs to begin with; ends with NULL. */
extern const char *const fuzz_seeds[];

#endif
