/**
 * @file
 * The limits of lwchat_config.h on a PC: its defaults, which suit one.
 */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#endif
