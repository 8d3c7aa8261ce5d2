#include "broker.h"

#include <errno.h>
#include <mosquitto.h>
#include <stdio.h>
#include <string.h>

#include "log.h"

/* MAX_UNACKNOWLEDGED: messages on their way to the broker. */
enum {
    KEEPALIVE_S = 10,
    FIRST_WAIT_MS = 250,
    MAX_WAIT_MS = 5000,
    MAX_UNACKNOWLEDGED = 500,
    QOS = 1,
    TOPIC_BYTES = 256
};

static void on_connect(struct mosquitto *mosquitto, void *context, int code)
{
    struct broker *broker = context;
    const struct options *options = broker->options;
    char topic[TOPIC_BYTES];

    if (code != 0) {
        log_line("broker %s: %s", options->broker.at, mosquitto_connack_string(code));
        return; /* it disconnects */
    }
    for (unsigned i = 0; i < options->rooms; i++) {
        (void)snprintf(topic, sizeof topic, "%s/%s/+", options->prefix, options->room[i] + 1);
        (void)mosquitto_subscribe(mosquitto, NULL, topic, QOS);
    }
    broker->ready = true;
    broker->complained = false;
    broker->wait_ms = FIRST_WAIT_MS;
    broker->connected(broker->context);
    log_line("broker %s: connected", options->broker.at);
}

/* Tells once why it is not connected. */
static void complain(struct broker *broker, const char *why)
{
    if (!broker->complained) {
        broker->complained = true;
        log_line("broker %s: not reached: %s", broker->options->broker.at, why);
    }
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
    mosquitto_disconnect_callback_set(broker->mosquitto, on_disconnect);
    mosquitto_publish_callback_set(broker->mosquitto, on_publish);
    mosquitto_message_callback_set(broker->mosquitto, on_message);
    broker->unacknowledged = 0;
    return wrong;
}

const char *broker_open(struct broker *broker, const struct options *options, const char *id)
{
    (void)mosquitto_lib_init();
    (void)snprintf(broker->name, sizeof broker->name, "lwchat-bridge-%s", id);
    broker->options = options;
    broker->wait_ms = FIRST_WAIT_MS;
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

void broker_tick(struct broker *broker, uint64_t now_ms)
{
    if (broker->lost) {
        broker->lost = false;
        broker->retry_ms = now_ms + broker->wait_ms;
        broker->wait_ms = broker->wait_ms < MAX_WAIT_MS / 2 ? 2 * broker->wait_ms : MAX_WAIT_MS;
    }
    if (broker_socket(broker) >= 0) {
        (void)mosquitto_loop_misc(broker->mosquitto);
    } else if (now_ms >= broker->retry_ms) {
        const struct options_address *to = &broker->options->broker;
        /* A new one, which does not send again what was not acknowledged: what has not come back is
         * sent again from its beginning, and what follows must not precede it. */
        mosquitto_destroy(broker->mosquitto);
        const char *wrong = set_up(broker);
        if (wrong == NULL) {
            int error = mosquitto_connect_async(broker->mosquitto, to->host, to->port, KEEPALIVE_S);
            wrong = error == MOSQ_ERR_SUCCESS ? NULL
                    : error == MOSQ_ERR_ERRNO ? strerror(errno)
                                              : mosquitto_strerror(error);
        }
        /* Never without the TLS or the password that it is to have. */
        broker->lost = broker->lost || wrong != NULL;
        if (wrong != NULL) {
            complain(broker, wrong);
        }
    }
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
    if (broker->mosquitto != NULL) {
        if (stored) {
            (void)mosquitto_disconnect(broker->mosquitto);
            (void)mosquitto_loop_write(broker->mosquitto, 1);
        }
        mosquitto_destroy(broker->mosquitto);
    }
    (void)mosquitto_lib_cleanup();
}
