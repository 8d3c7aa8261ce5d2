/* The commands of the operator. */
#include "operator.h"

#include "ban.h"
#include "output.h"
#include "people.h"
#include "text.h"

#include <string.h>

/* The target of a /kick: a nick, a number from /who, an address, or an address and a port. */
struct target {
    struct chat_session *session; /* NULL: all sessions from `ip` */
    struct lwchat_address ip;
    uint32_t port; /* 0: any */
};

#if LWCHAT_IPV6
/* Parses ADDR, ADDR:PORT, [ADDR] or [ADDR]:PORT. */
static bool read_peer(const char *text, size_t bytes, struct target *target)
{
    const char *close = bytes > 0 && *text == '[' ? memchr(text, ']', bytes) : NULL;
    const char *colon = close != NULL ? close + 1 : memchr(text, ':', bytes);
    const char *end = text + bytes;

    if (close == NULL && colon != NULL && memchr(colon + 1, ':', (size_t)(end - colon - 1))) {
        colon = NULL; /* it is one of an IPv6 address */
    }
    colon = colon == end ? NULL : colon;
    const char *first = close != NULL ? text + 1 : text;
    const char *last = close != NULL ? close : colon != NULL ? colon : end;
    return address_parse(first, (size_t)(last - first), &target->ip) &&
           (colon == NULL ||
            (*colon == ':' &&
             text_parse_number(colon + 1, (size_t)(end - colon - 1), UINT16_MAX, &target->port) &&
             target->port > 0));
}
#else
/* Parses ADDR or ADDR:PORT. */
static bool read_peer(const char *text, size_t bytes, struct target *target)
{
    const char *colon = memchr(text, ':', bytes);
    size_t address_bytes = colon == NULL ? bytes : (size_t)(colon - text);

    return address_parse(text, address_bytes, &target->ip) &&
           (colon == NULL ||
            (text_parse_number(colon + 1, bytes - address_bytes - 1, UINT16_MAX, &target->port) &&
             target->port > 0));
}
#endif

static bool find_target(const struct request *request, const char *text, size_t bytes,
                        struct target *target)
{
    struct chat *chat = request->chat;
    uint32_t number;

    *target = (struct target){.session = NULL};
    if (text_parse_number(text, bytes, LWCHAT_MAX_SESSIONS, &number)) {
        target->session = &chat->session[number];
        return number > CHAT_OPERATOR && target->session->state != CHAT_FREE;
    }
    if (read_peer(text, bytes, target)) {
        return true;
    }
    target->session = people_find(chat, text, bytes);
    return target->session != NULL && !session_is_operator(chat, target->session);
}

/* Marks the sessions from a network, and from `port` unless 0, to be kicked. @return how many. */
static unsigned kick_from(const struct request *request, struct lwchat_address network,
                          uint8_t prefix, uint32_t port)
{
    struct chat *chat = request->chat;
    unsigned count = 0;

    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        if (session->state != CHAT_FREE && address_is_in(session->ip, network, prefix) &&
            (port == 0 || port == session->port)) {
            people_ask_to_kick(chat, session);
            count++;
        }
    }
    return count;
}

/* Ends what comes from an address, and from its port unless 0. @return false if nothing does. */
static bool kick_address(const struct request *request, const struct target *target)
{
    unsigned count = kick_from(request, target->ip, ADDRESS_BITS, target->port);

#if LWCHAT_HTTP
    const struct chat_config *config = &request->chat->config;
    if (config->page != NULL) {
        count += config->cut_requests(config->page_context, target->ip, (uint16_t)target->port);
    }
#endif
    return count > 0;
}

void operator_kick(const struct request *request)
{
    struct words_arguments arguments = {.bytes = 0};
    const char *text;
    size_t bytes;
    size_t word_bytes = request_first_word(request->text, request->bytes, &text, &bytes);
    struct target target;

    words_add(&arguments, request->text, word_bytes);
    if (!find_target(request, request->text, word_bytes, &target) ||
        (target.session == NULL && !kick_address(request, &target))) {
        request_reply(request, W_NO_NICK, &arguments);
        return;
    }
    if (target.session == NULL) {
        request_reply(request, W_CUT, &arguments);
        return;
    }
    if (target.session->state != CHAT_ACTIVE) {
        request_reply(request, W_CUT, &arguments);
    }
    people_kick(request->chat, target.session, text, bytes);
}

/* Parses the network of a /ban or /unban. False, after a reply, when it is not valid. */
static bool read_network(const struct request *request, struct lwchat_address *network,
                         uint8_t *prefix, struct words_arguments *arguments)
{
    char text[ADDRESS_NETWORK_BYTES];

    if (!address_parse_network(request->text, request->bytes, network, prefix)) {
        request_reply_text(request, W_ADDRESS_BAD);
        return false;
    }
    words_add_network(arguments, text, address_write_network(text, *network, *prefix));
    return true;
}

void operator_ban(const struct request *request)
{
    struct words_arguments arguments = {.bytes = 0};
    struct lwchat_address network;
    uint8_t prefix;

    if (!read_network(request, &network, &prefix, &arguments)) {
        return;
    }
    if (ban_is_shared(network, prefix)) {
        request_reply(request, W_BAN_SHARED, &arguments);
        return;
    }
    if (ban_add(&request->chat->bans, network, prefix) != LWCHAT_OK) {
        words_add_number(&arguments, LWCHAT_MAX_BANS);
        request_reply(request, W_BANS_FULL, &arguments);
        return;
    }
    request_reply(request, W_BAN_SET, &arguments);
    (void)kick_from(request, network, prefix, 0);
}

void operator_unban(const struct request *request)
{
    struct words_arguments arguments = {.bytes = 0};
    struct lwchat_address network;
    uint8_t prefix;

    if (!read_network(request, &network, &prefix, &arguments)) {
        return;
    }
    int found = ban_find(&request->chat->bans, network, prefix);
    if (found >= 0) {
        ban_remove(&request->chat->bans, found);
    }
    request_reply(request, found >= 0 ? W_BAN_LIFTED : W_NO_BAN, &arguments);
}

#if LWCHAT_BRIDGE
static int find_bridge(const struct chat *chat, struct lwchat_address ip)
{
    for (unsigned i = 0; i < chat->bridges; i++) {
        if (address_is(chat->bridge[i], ip)) {
            return (int)i;
        }
    }
    return LWCHAT_NOT_FOUND;
}

bool operator_lists_bridge(const struct chat *chat, struct lwchat_address ip)
{
    return find_bridge(chat, ip) >= 0;
}

/* Lets a session be a bridge, or no longer: then it reads records in another form. */
static void set_bridge(struct chat *chat, struct chat_session *session, bool is_one)
{
    if (session->bridge != is_one) {
        output_keep_rest(chat, session);
        session->bridge = is_one;
    }
}

/* Adds an address to the bridges', or removes it. @return the reply. */
static enum word_chat list_bridge(struct chat *chat, struct lwchat_address ip, bool is_one)
{
    int at = find_bridge(chat, ip);

    if (!is_one) {
        if (at >= 0) {
            chat->bridge[at] = chat->bridge[--chat->bridges];
        }
    } else if (ban_is_shared(ip, ADDRESS_BITS)) {
        return W_BRIDGE_SHARED;
    } else if (at < 0 && chat->bridges == LWCHAT_MAX_BRIDGES) {
        return W_BRIDGES_FULL;
    } else if (at < 0) {
        chat->bridge[chat->bridges++] = ip;
    }
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        if (session->state != CHAT_FREE && address_is(session->ip, ip)) {
            set_bridge(chat, session, is_one);
        }
    }
    return is_one ? W_BRIDGE_SET : W_BRIDGE_LIFTED;
}

void operator_op(const struct request *request)
{
    struct words_arguments arguments = {.bytes = 0};
    const char *name;
    size_t bytes;
    size_t role_bytes = request_first_word(request->text, request->bytes, &name, &bytes);
    bool is_one = text_is(request->text, role_bytes, "bridge");
    struct target target;

    if (request->bytes == 0) {
        output_answer(request->chat, request->session, ANSWER_BRIDGES);
        return;
    }
    if ((!is_one && !text_is(request->text, role_bytes, "none")) || bytes == 0) {
        request_reply_text(request, W_OP_BAD);
        return;
    }
    words_add(&arguments, name, bytes);
    enum word_chat word = is_one ? W_BRIDGE_SET : W_BRIDGE_LIFTED;
    target = (struct target){.session = NULL};
    if (read_peer(name, bytes, &target) && target.port == 0) {
        word = list_bridge(request->chat, target.ip, is_one);
        words_add_number(&arguments, LWCHAT_MAX_BRIDGES);
    } else if (find_target(request, name, bytes, &target) && target.session != NULL) {
        set_bridge(request->chat, target.session, is_one);
    } else {
        word = W_NO_NICK;
    }
    request_reply(request, word, &arguments);
}
#endif

void operator_ip(const struct request *request)
{
    struct chat *chat = request->chat;
    const char *rest;
    size_t rest_bytes;
    size_t bytes = request_first_word(request->text, request->bytes, &rest, &rest_bytes);
    char address[ADDRESS_NETWORK_BYTES + 2], gateway[20];
    int result = LWCHAT_BAD_ARGUMENT;
    bool asks = text_is(request->text, bytes, "auto");

    if (bytes == 0) {
        output_answer(chat, request->session, ANSWER_ADDRESS);
        return;
    }
    if (bytes < sizeof address && rest_bytes < sizeof gateway && chat->config.set_address != NULL) {
        memcpy(address, request->text, bytes);
        address[bytes] = '\0';
        memcpy(gateway, rest, rest_bytes);
        gateway[rest_bytes] = '\0';
        result =
            chat->config.set_address(asks ? "auto" : address, rest_bytes == 0 ? NULL : gateway);
    }
    if (result != LWCHAT_OK) {
        request_reply_text(request, result == LWCHAT_IN_USE        ? W_ADDRESS_TAKEN
                                    : result == LWCHAT_UNSUPPORTED ? W_ADDRESS_FIXED
                                                                   : W_NOT_SET);
    } else if (asks) {
        request_reply_plainly(request, W_ASKS_DHCP);
    } else {
        struct words_arguments arguments = {.bytes = 0};
        words_add_network(&arguments, address, bytes);
        request_reply(request, W_ADDRESS_SET, &arguments);
    }
}

#if LWCHAT_QR
void operator_qr(const struct request *request)
{
    chat_tell_page(request->chat, true);
}
#endif

void operator_shutdown(const struct request *request)
{
    chat_shutdown(request->chat);
}
