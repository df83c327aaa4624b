/*
 * subcommands - the functions of the table in main.c, each in a file of its own or of its family.
 */
#ifndef RUNNEL_SUBCOMMANDS_H
#define RUNNEL_SUBCOMMANDS_H

#include "command.h"

int command_publish(const struct command *command, int argc, char **argv);
int command_progress(const struct command *command, int argc, char **argv);
int command_done(const struct command *command, int argc, char **argv);
int command_fail(const struct command *command, int argc, char **argv);
int command_log(const struct command *command, int argc, char **argv);
int command_run(const struct command *command, int argc, char **argv);
int command_tail(const struct command *command, int argc, char **argv);
int command_channels(const struct command *command, int argc, char **argv);
int command_show(const struct command *command, int argc, char **argv);
int command_remove(const struct command *command, int argc, char **argv);
int command_init(const struct command *command, int argc, char **argv);

#endif
