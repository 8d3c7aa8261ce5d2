#include "broker.h"

#include <errno.h>
#include <mosquitto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backoff.h"
#include "log.h"

/* LOOK_MS: between two looks if an attempt has ended. MAX_UNACKNOWLEDGED: messages on their way to
 * the broker. */
enum {
    KEEPALIVE_S = 10,
    LOOK_MS = 20,
    TICK_MS = 1000,
    MAX_UNACKNOWLEDGED = 500,
    QOS = 1,
    TOPIC_BYTES = 256
};

/* Tells once why it is not connected. */
static void complain(struct broker *broker, const char *why)
{
    if (!broker->complained) {
        broker->complained = true;
        log_line("broker %s: not reached: %s", broker->options->broker.at, why);
    }
}

static void on_connect(struct mosquitto *mosquitto, void *context, int code)
{
    struct broker *broker = context;
    const struct options *options = broker->options;
    char topic[TOPIC_BYTES];

    if (code != 0) {
        complain(broker, mosquitto_connack_string(code));
        return; /* it disconnects */
    }
    broker->unsubscribed = options->rooms;
    for (unsigned i = 0; i < options->rooms; i++) {
        (void)snprintf(topic, sizeof topic, "%s/%s/+", options->prefix, options->room[i] + 1);
        (void)mosquitto_subscribe(mosquitto, NULL, topic, QOS);
    }
}

/* The answers come in the order of the requests. */
static void on_subscribe(struct mosquitto *mosquitto, void *context, int id, int topics,
                         const int *granted)
{
    struct broker *broker = context;
    const struct options *options = broker->options;
    char why[TOPIC_BYTES];

    (void)id;
    if (broker->unsubscribed == 0 || topics != 1) {
        return;
    }
    const char *room = options->room[options->rooms - broker->unsubscribed--];
    if (granted[0] != QOS) {
        (void)snprintf(why, sizeof why, "it does not let --user read %s/%s/+", options->prefix,
                       room + 1);
        complain(broker, why);
        (void)mosquitto_disconnect(mosquitto);
        broker->unsubscribed = 0;
        return;
    }
    if (broker->unsubscribed > 0) {
        return;
    }
    broker->ready = true;
    broker->complained = false;
    broker->wait_ms = BACKOFF_FIRST_MS;
    broker->connected(broker->context);
    log_line("broker %s: connected", options->broker.at);
}

static void on_disconnect(struct mosquitto *mosquitto, void *context, int code)
{
    struct broker *broker = context;

    (void)mosquitto;
    if (broker->ready) {
        log_line("broker %s: connection lost: %s", broker->options->broker.at,
                 mosquitto_strerror(code));
    } else if (code != 0) {
        complain(broker, mosquitto_strerror(code));
    }
    broker->ready = false;
    broker->lost = true;
}

static void on_publish(struct mosquitto *mosquitto, void *context, int id)
{
    struct broker *broker = context;

    (void)mosquitto;
    (void)id;
    broker->unacknowledged -= broker->unacknowledged > 0;
}

static void on_message(struct mosquitto *mosquitto, void *context,
                       const struct mosquitto_message *message)
{
    struct broker *broker = context;

    (void)mosquitto;
    broker->heard(broker->context, message->topic, message->payload, (size_t)message->payloadlen);
}

/* Sets the user's name and password. */
static const char *authenticate(struct broker *broker, const struct options *options)
{
    char password[256] = "";

    if (options->password_file != NULL &&
        !options_first_line(options->password_file, password, sizeof password)) {
        return "--password-file: it cannot be read, or is empty";
    }
    int error = mosquitto_username_pw_set(broker->mosquitto, options->user,
                                          options->password_file == NULL ? NULL : password);
    explicit_bzero(password, sizeof password);
    return error == MOSQ_ERR_SUCCESS ? NULL : mosquitto_strerror(error);
}

/* @return NULL, or what is wrong with the options. */
static const char *set_up(struct broker *broker)
{
    const struct options *options = broker->options;
    const char *wrong = NULL;

    broker->mosquitto = mosquitto_new(broker->name, false, broker);
    if (broker->mosquitto == NULL) {
        return "no memory";
    }
    if (options->user != NULL) {
        wrong = authenticate(broker, options);
    }
    if (wrong == NULL && options->tls_ca != NULL &&
        mosquitto_tls_set(broker->mosquitto, options->tls_ca, NULL, options->tls_cert,
                          options->tls_key, NULL) != MOSQ_ERR_SUCCESS) {
        wrong = "--tls-ca, --tls-cert or --tls-key: a file cannot be read";
    }
    (void)mosquitto_int_option(broker->mosquitto, MOSQ_OPT_TCP_NODELAY, 1);
    (void)mosquitto_threaded_set(broker->mosquitto, true);
    (void)mosquitto_max_inflight_messages_set(broker->mosquitto, MAX_UNACKNOWLEDGED);
    mosquitto_connect_callback_set(broker->mosquitto, on_connect);
    mosquitto_subscribe_callback_set(broker->mosquitto, on_subscribe);
    mosquitto_disconnect_callback_set(broker->mosquitto, on_disconnect);
    mosquitto_publish_callback_set(broker->mosquitto, on_publish);
    mosquitto_message_callback_set(broker->mosquitto, on_message);
    broker->unacknowledged = 0;
    return wrong;
}

/*
 * An attempt to connect, in a thread: libmosquitto looks the name up, and a name server may take
 * its time. The thread and the broker share it; the last to release it frees it.
 */
struct broker_attempt {
    struct mosquitto *mosquitto;
    const struct options_address *to; /* the options live as long as the program */
    int error, error_number;
    atomic_bool ended;
    atomic_int users;
};

static void release(struct broker_attempt *attempt)
{
    if (atomic_fetch_sub(&attempt->users, 1) == 1) {
        mosquitto_destroy(attempt->mosquitto);
        free(attempt);
    }
}

static void *run(void *context)
{
    struct broker_attempt *attempt = context;

    attempt->error = mosquitto_connect_async(attempt->mosquitto, attempt->to->host,
                                             attempt->to->port, KEEPALIVE_S);
    attempt->error_number = errno;
    atomic_store(&attempt->ended, true);
    release(attempt);
    return NULL;
}

/* @return NULL, or why it cannot be begun. */
static const char *begin_attempt(struct broker *broker)
{
    struct broker_attempt *attempt = calloc(1, sizeof *attempt);
    pthread_t thread;

    if (attempt == NULL) {
        return strerror(errno);
    }
    attempt->mosquitto = broker->mosquitto;
    attempt->to = &broker->options->broker;
    atomic_init(&attempt->ended, false);
    atomic_init(&attempt->users, 2);
    int error = pthread_create(&thread, NULL, run, attempt);
    if (error != 0) {
        free(attempt);
        return strerror(error);
    }
    (void)pthread_detach(thread);
    broker->mosquitto = NULL; /* it is the attempt's */
    broker->attempt = attempt;
    return NULL;
}

/* Takes what the attempt has made, once it has ended. @return NULL, or why it has failed. */
static const char *end_attempt(struct broker *broker)
{
    struct broker_attempt *attempt = broker->attempt;

    if (!atomic_load(&attempt->ended)) {
        return NULL;
    }
    int error = attempt->error;
    const char *wrong = error == MOSQ_ERR_SUCCESS ? NULL
                        : error == MOSQ_ERR_ERRNO ? strerror(attempt->error_number)
                                                  : mosquitto_strerror(error);
    broker->mosquitto = attempt->mosquitto;
    broker->attempt = NULL;
    attempt->mosquitto = NULL;
    release(attempt);
    return wrong;
}

const char *broker_open(struct broker *broker, const struct options *options, const char *id)
{
    (void)mosquitto_lib_init();
    (void)snprintf(broker->name, sizeof broker->name, "lwchat-bridge-%s", id);
    broker->options = options;
    broker->wait_ms = BACKOFF_FIRST_MS;
    return set_up(broker);
}

int broker_socket(const struct broker *broker)
{
    return mosquitto_socket(broker->mosquitto);
}

bool broker_wants_write(const struct broker *broker)
{
    /* What was to be sent over a connection that is gone does not count. */
    return broker_socket(broker) >= 0 && mosquitto_want_write(broker->mosquitto);
}

void broker_read(struct broker *broker)
{
    (void)mosquitto_loop_read(broker->mosquitto, 1); /* the number is not used */
}

void broker_write(struct broker *broker)
{
    (void)mosquitto_loop_write(broker->mosquitto, 1);
}

uint64_t broker_tick(struct broker *broker, uint64_t now_ms)
{
    if (broker->lost) {
        broker->lost = false;
        broker->retry_ms = now_ms + backoff_next(&broker->wait_ms);
    }
    const char *wrong = NULL;
    if (broker->attempt != NULL) {
        wrong = end_attempt(broker);
    } else if (broker_socket(broker) >= 0) {
        (void)mosquitto_loop_misc(broker->mosquitto);
    } else if (now_ms >= broker->retry_ms) {
        /* A new one, which does not send again what was not acknowledged: what has not come back is
         * sent again from its beginning, and what follows must not precede it. */
        mosquitto_destroy(broker->mosquitto);
        wrong = set_up(broker);
        /* Never without the TLS or the password that it is to have. */
        wrong = wrong == NULL ? begin_attempt(broker) : wrong;
    }
    if (wrong != NULL) {
        broker->lost = true;
        complain(broker, wrong);
    }
    if (broker->lost || broker->attempt != NULL) {
        return broker->lost ? 0 : LOOK_MS;
    }
    bool waits = broker_socket(broker) < 0 && broker->retry_ms - now_ms < TICK_MS;
    return waits ? broker->retry_ms - now_ms : TICK_MS;
}

bool broker_publish(struct broker *broker, const char *topic, const char *payload, size_t bytes)
{
    if (!broker->ready || broker->unacknowledged >= MAX_UNACKNOWLEDGED ||
        mosquitto_publish(broker->mosquitto, NULL, topic, (int)bytes, payload, QOS, false) !=
            MOSQ_ERR_SUCCESS) {
        return false;
    }
    broker->unacknowledged++;
    return true;
}

void broker_close(struct broker *broker, bool stored)
{
    broker->ready = false;
    if (broker->attempt != NULL) {
        return; /* its thread uses the library */
    }
    if (broker->mosquitto != NULL) {
        if (stored) {
            (void)mosquitto_disconnect(broker->mosquitto);
            (void)mosquitto_loop_write(broker->mosquitto, 1);
        }
        mosquitto_destroy(broker->mosquitto);
    }
    (void)mosquitto_lib_cleanup();
}
