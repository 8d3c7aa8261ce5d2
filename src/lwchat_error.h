/**
 * @file
 * All error codes. A function that can fail returns 0 or a count on success,
 * and one of these on failure. errno is not used above sock.c and the ports.
 */
#ifndef LWCHAT_ERROR_H
#define LWCHAT_ERROR_H

enum lwchat_error {
    LWCHAT_OK = 0,
    LWCHAT_AGAIN = -1,         /**< nothing available now: try again after the next wait */
    LWCHAT_GONE = -2,          /**< the peer, or the console's input, has closed or was reset */
    LWCHAT_NO_MEMORY = -3,     /**< a pool or a table is full; nothing was changed */
    LWCHAT_BAD_ARGUMENT = -4,  /**< a value out of range; nothing was changed */
    LWCHAT_NOT_FOUND = -5,     /**< no such name: host, interface, nick */
    LWCHAT_REFUSED = -6,       /**< the peer answered with a reset, or is banned */
    LWCHAT_TIMED_OUT = -7,     /**< no answer in time */
    LWCHAT_IN_USE = -8,        /**< the address and port are in use */
    LWCHAT_NO_PERMISSION = -9, /**< the system does not allow it */
    LWCHAT_UNREACHABLE = -10,  /**< no route to that address */
    LWCHAT_UNSUPPORTED = -11,  /**< this port cannot do that */
    LWCHAT_NO_LEASE = -12,     /**< no DHCP server answered */
    LWCHAT_TOO_MANY = -14,     /**< more sessions than one address may have; nothing was changed */
    LWCHAT_FAILED = -13        /**< any other error; port_reason() says which */
};

#endif
