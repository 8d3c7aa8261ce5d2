/**
 * @file
 * The main() of both programs, apart from their loops.
 */
#ifndef LWCHAT_PROGRAM_H
#define LWCHAT_PROGRAM_H

#include "options.h"

/** Exit codes. */
enum program_exit { PROGRAM_WELL = 0, PROGRAM_CANNOT_RUN = 1, PROGRAM_BAD_USAGE = 2 };

/**
 * Parses the command line; shows the help, the version or an error, or brings
 * the port up and calls `run` with the options (a struct options *).
 *
 * @param run  the program's loop; returns the exit code
 * @return the exit code for main()
 */
int program_main(enum options_program program, int argc, char *argv[], int (*run)(void *options));

#endif
