/**
 * @file
 * What the main() of both programs does around its loop.
 */
#ifndef LWCHAT_PROGRAM_H
#define LWCHAT_PROGRAM_H

#include "options.h"

/** What a program exits with. */
enum program_exit { PROGRAM_WELL = 0, PROGRAM_CANNOT_RUN = 1, PROGRAM_BAD_USAGE = 2 };

/**
 * Reads the command line; shows help, version or a complaint, or brings the
 * port up and runs `run` with the options (a struct options *).
 *
 * @param run  the program's loop; returns the exit code
 * @return the exit code for main()
 */
int program_main(enum options_program program, int argc, char *argv[], int (*run)(void *options));

#endif
