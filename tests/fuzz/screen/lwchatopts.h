/**
 * @file
 * The client's features on a PC, with limits that an input of the fuzzer reaches.
 */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#define LWCHAT_MAX_SESSIONS   12
#define LWCHAT_LINE_BYTES     96
#define LWCHAT_PASSWORD_BYTES 24
#define LWCHAT_SCREEN         1
#define LWCHAT_PASSWORD       1
#define LWCHAT_IPV6           1

#endif
