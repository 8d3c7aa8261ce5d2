/**
 * @file
 * The state of a connection in the WebSocket frames that its peer sends (RFC 6455
 * section 5.2).
 */
#ifndef LWCHAT_WEBSOCKET_H
#define LWCHAT_WEBSOCKET_H

#include <stdbool.h>
#include <stdint.h>

/** Why a connection is closed, as a status code less 1000 (section 7.4.1). */
enum websocket_close {
    WEBSOCKET_NORMAL = 0,
    WEBSOCKET_GOING_AWAY = 1,
    WEBSOCKET_PROTOCOL = 2,
    WEBSOCKET_NO_TEXT = 3,
    WEBSOCKET_NO_UTF8 = 7,
    WEBSOCKET_POLICY = 8,
    WEBSOCKET_TOO_LARGE = 9
};

/** All zeros at the start. */
struct websocket {
    uint8_t place;    /**< state in a frame: enum place */
    uint8_t head;     /**< the frame's first byte: FIN and opcode */
    uint16_t left;    /**< bytes of its payload still to come */
    uint8_t mask[4];  /**< what its payload is XORed with */
    uint8_t turn;     /**< index in that, modulo 4 */
    uint8_t utf8;     /**< state in a character of the current message */
    uint8_t close;    /**< enum websocket_close, once `closed` */
    bool message : 1; /**< a message has begun and not ended */
    bool closed : 1;  /**< the peer has sent Close, or violated the protocol */
};

#endif
