/**
 * @file
 * The connection to the MQTT broker, over libmosquitto. Re-established when lost.
 *
 * What the broker has sent is acknowledged by broker_write(), after the caller has
 * stored it: libmosquitto, told that its caller has threads, only queues the
 * acknowledgements while it reads.
 */
#ifndef BRIDGE_BROKER_H
#define BRIDGE_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"

struct mosquitto;
struct broker_attempt;

struct broker {
    struct mosquitto *mosquitto; /**< NULL during an attempt to connect */
    struct broker_attempt *attempt;
    const struct options *options;
    /** Called with each message that the broker sends, in order. */
    void (*heard)(void *context, const char *topic, const char *payload, size_t bytes);
    /** Called when it is connected, after the subscription: what has not come back is to be sent
     * again, since the broker may have lost what it acknowledged. */
    void (*connected)(void *context);
    void *context;
    char name[64];         /**< by which the broker knows it again */
    bool ready;            /**< connected, and has accepted us and the subscriptions */
    unsigned unsubscribed; /**< subscriptions that are not answered yet */
    bool lost;             /**< the connection has ended since the last broker_tick() */
    bool complained;       /**< that it is not reached */
    uint64_t heard_ms;     /**< when it last sent a message */
    uint64_t retry_ms;     /**< when to connect again */
    uint64_t wait_ms;      /**< current back-off delay */
    unsigned unacknowledged;
};

/**
 * Prepares the connection. `id` is the bridge's, by which the broker knows it again; `heard`,
 * `connected` and `context` are set.
 * @return NULL, or what is wrong with the options.
 */
const char *broker_open(struct broker *broker, const struct options *options, const char *id);

/** The socket to poll, or -1. */
int broker_socket(const struct broker *broker);

bool broker_wants_write(const struct broker *broker);
void broker_read(struct broker *broker);
void broker_write(struct broker *broker);

/** Connects, and keeps the connection alive. @return ms until it is due again. */
uint64_t broker_tick(struct broker *broker, uint64_t now_ms);

/** @return false if it takes no more now. */
bool broker_publish(struct broker *broker, const char *topic, const char *payload, size_t bytes);

/**
 * Disconnects, and frees all resources.
 * @param stored  all that was received is stored, and may be acknowledged
 */
void broker_close(struct broker *broker, bool stored);

#endif
