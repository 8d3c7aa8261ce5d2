/**
 * @file
 * Telnet's commands, each preceded by IAC (RFC 854, "TELNET COMMAND STRUCTURE";
 * those before SE are from RFC 1184 and RFC 885).
 */
#ifndef LWCHAT_TELNET_H
#define LWCHAT_TELNET_H

enum telnet_command {
    TELNET_FIRST = 236, /**< bytes below are not commands, but text in some legacy encoding */
    TELNET_SE = 240,    /**< ends a subnegotiation */
    TELNET_AYT = 246,   /**< are you there? */
    TELNET_EC = 247,    /**< erase the last character */
    TELNET_EL = 248,    /**< erase the line */
    TELNET_SB = 250,    /**< begins a subnegotiation */
    TELNET_WILL = 251,
    TELNET_WONT = 252,
    TELNET_DO = 253,
    TELNET_DONT = 254,
    TELNET_IAC = 255 /**< interpret as command; doubled, it is a byte of text */
};

enum { TELNET_ECHO = 1 /**< the option of who echoes what is typed (RFC 857) */ };

#endif
