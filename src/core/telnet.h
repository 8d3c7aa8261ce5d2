/**
 * @file
 * Telnet's commands, each behind an IAC (RFC 854, "TELNET COMMAND STRUCTURE";
 * those before SE are of RFC 1184 and RFC 885).
 */
#ifndef LWCHAT_TELNET_H
#define LWCHAT_TELNET_H

enum telnet_command {
    TELNET_FIRST = 236, /**< what is below is no command, but text in some old encoding */
    TELNET_SE = 240,    /**< ends a subnegotiation */
    TELNET_AYT = 246,   /**< are you there? */
    TELNET_EC = 247,    /**< erase the last character */
    TELNET_EL = 248,    /**< erase the line */
    TELNET_SB = 250,    /**< begins a subnegotiation */
    TELNET_WILL = 251,
    TELNET_WONT = 252,
    TELNET_DO = 253,
    TELNET_DONT = 254,
    TELNET_IAC = 255 /**< interpret as command; twice, it is a byte of text */
};

#endif
