/**
 * @file
 * The limits of lwchat_config.h on a PC: the defaults, IRC, mDNS, IPv6, files, and a client for
 * terminals.
 */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#ifndef LWCHAT_IRC /* cmake -DLWCHAT_IRC=0 */
#define LWCHAT_IRC 1
#endif
#define LWCHAT_FILES  1
#define LWCHAT_MDNS   1
#define LWCHAT_IPV6   1
#define LWCHAT_SCREEN 1

/* A terminal or a pipe takes much at once. */
#define LWCHAT_CONSOLE_BYTES LWCHAT_SEND_BYTES

/* Access: --password and --proxy. */
#define LWCHAT_PASSWORD 1
#define LWCHAT_PROXY    1

#endif
