/**
 * @file
 * The limits of lwchat_config.h on a PC: the defaults.
 */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#endif
