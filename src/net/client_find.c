#include "client_find.h"

#include <stdbool.h>
#include <string.h>

#include "../core/text.h"
#include "../lwchat_error.h"
#include "../port.h"
#include "client_dnssd.h"
#include "client_parts.h"
#include "sock.h"

#if LWCHAT_SCREEN

enum {
    /* Most answer within 120 ms; packets may be lost. */
    FIND_MS = 1000,
    ROUND_MS = 250,
    /* The longest wait for the console. */
    CONSOLE_MS = 1000,
    CHOICE_BYTES = 64
};

struct finder {
    enum words_language lang;
    uint16_t id;
    struct dnssd_found found;
};

static void wait_ms(uint32_t timeout_ms)
{
    struct sock_poll none = {.sock = -1, .want = 0};

    sock_wait(&none, 1, timeout_ms);
}

/* --- The search ----------------------------------------------------------- */

static void ask(struct finder *finder, const struct dnssd_name *name, enum dnssd_type type)
{
    uint8_t question[DNSSD_QUESTION_BYTES];

    (void)sock_ask(question, dnssd_ask(question, finder->id, name, type));
}

/* Servers are asked for twice, and again while there are none. */
static void ask_round(struct finder *finder, unsigned round)
{
    enum dnssd_type type;

    if (round % 2 == 0 || finder->found.count == 0) {
        ask(finder, NULL, DNSSD_PTR);
    }
    for (unsigned i = 0; i < finder->found.count; i++) {
        const struct dnssd_name *name = dnssd_missing(&finder->found.server[i], round, &type);
        if (name != NULL) {
            ask(finder, name, type);
        }
    }
}

static void hear(struct finder *finder)
{
    uint8_t answer[DNSSD_ANSWER_BYTES];
    struct lwchat_address from;
    int bytes;

    while ((bytes = sock_hear(answer, sizeof answer, &from)) >= 0) {
        dnssd_take(&finder->found, answer, (size_t)bytes, finder->id, from);
    }
}

static void search(struct finder *finder)
{
    uint32_t start_ms = port_now_ms(), passed_ms;
    unsigned round = 0;

    port_entropy(&finder->id, sizeof finder->id);
    while ((passed_ms = port_now_ms() - start_ms) < FIND_MS && !port_stopping()) {
        if (passed_ms >= round * ROUND_MS) {
            ask_round(finder, round++);
        }
        wait_ms(passed_ms < round * ROUND_MS ? round * ROUND_MS - passed_ms : 0);
        hear(finder);
    }
    (void)sock_ask(NULL, 0);
    dnssd_settle(&finder->found);
}

/* --- The list ------------------------------------------------------------- */

struct arguments {
    char text[DNSSD_SHOWN_BYTES + ADDRESS_TEXT_BYTES + 40];
    size_t bytes;
};

static void add(struct arguments *arguments, const char *text, size_t bytes)
{
    memcpy(arguments->text + arguments->bytes, text, bytes);
    arguments->bytes += bytes;
    arguments->text[arguments->bytes++] = '\0';
}

static void add_number(struct arguments *arguments, uint32_t number)
{
    char digits[10];
    size_t bytes = text_number(digits, number);

    add(arguments, digits, bytes);
}

/* Shows a sentence. @return false when nobody can read it. */
static bool show(const struct finder *finder, enum word_client word,
                 const struct arguments *arguments)
{
    char line[CLIENT_SENTENCE_BYTES + 1];
    size_t bytes = client_write(finder->lang, word, arguments->text, arguments->bytes, line);
    int n = 0;

    line[bytes++] = '\n';
    for (size_t at = 0; at < bytes; at += (size_t)n) {
        n = port_console_write(line + at, bytes - at);
        if (n < 0 || port_stopping()) {
            return false;
        }
        if (n == 0) {
            wait_ms(CONSOLE_MS);
        }
    }
    return true;
}

/* "*** 2: Ada, people: 3, at 192.168.7.2 port 50000", without a number if there is one only. */
static bool show_server(const struct finder *finder, unsigned index)
{
    const struct dnssd_server *server = &finder->found.server[index];
    struct arguments arguments = {.bytes = 0};
    char address[ADDRESS_TEXT_BYTES];
    size_t address_bytes = address_write(address, server->address);

    add(&arguments, server->shown, server->shown_bytes);
    add(&arguments, address, address_bytes);
    add_number(&arguments, server->port);
    if (server->counted) {
        add_number(&arguments, server->people);
    } else {
        add(&arguments, "?", 1);
    }
    add_number(&arguments, index + 1);
    return show(finder, finder->found.count > 1 ? C_LISTED : C_FOUND, &arguments);
}

static bool list(const struct finder *finder)
{
    for (unsigned i = 0; i < finder->found.count; i++) {
        if (!show_server(finder, i)) {
            return false;
        }
    }
    return true;
}

/* Says why there is no connection. */
static void complain(const struct finder *finder, enum word_client why)
{
    char line[CLIENT_SENTENCE_BYTES + 1], reason[CLIENT_SENTENCE_BYTES];
    struct arguments count = {.bytes = 0};

    add_number(&count, finder->found.count);
    /* The reason is the third argument. */
    reason[0] = reason[1] = '\0';
    size_t bytes = client_write(finder->lang, why, count.text, count.bytes, line);
    memcpy(reason + 2, line, bytes);
    line[client_write(finder->lang, C_FAILED, reason, 2 + bytes, line)] = '\0';
    port_complain(line);
}

/* --- The choice ----------------------------------------------------------- */

/* Reads a line, and cuts it. @return its length, or LWCHAT_GONE. */
static int read_line(char line[CHOICE_BYTES])
{
    size_t bytes = 0;
    char c;

    while (!port_stopping()) {
        int n = port_console_read(&c, 1);
        if (n == LWCHAT_AGAIN) {
            wait_ms(CONSOLE_MS);
        } else if (n < 0) {
            return n;
        } else if (c == '\n') {
            return (int)text_clean(line, bytes, CHOICE_BYTES);
        } else if (bytes < CHOICE_BYTES) {
            line[bytes++] = c;
        }
    }
    return LWCHAT_GONE;
}

static bool is_called(const struct dnssd_server *server, const char *name, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (bytes != server->shown_bytes || text_lower(server->shown[i]) != text_lower(name[i])) {
            return false;
        }
    }
    return bytes > 0;
}

/* The server that was typed, or NULL when it is none, or may be several. */
static const struct dnssd_server *look_up(const struct dnssd_found *found, const char *typed,
                                          size_t bytes)
{
    const struct dnssd_server *called = NULL;
    uint32_t number;

    if (text_parse_number(typed, bytes, found->count, &number) && number > 0) {
        return &found->server[number - 1];
    }
    for (unsigned i = 0; i < found->count; i++) {
        if (is_called(&found->server[i], typed, bytes)) {
            if (called != NULL) {
                return NULL;
            }
            called = &found->server[i];
        }
    }
    return called;
}

/* Has the user choose. @return NULL if that cannot be, or the user leaves. */
static const struct dnssd_server *choose(const struct finder *finder)
{
    const struct arguments nothing = {.bytes = 0};
    const struct dnssd_server *chosen = NULL;
    char typed[CHOICE_BYTES];
    int bytes;

    if (!show(finder, C_WHICH, &nothing)) {
        return NULL;
    }
    while (chosen == NULL && (bytes = read_line(typed)) >= 0) {
        chosen = look_up(&finder->found, typed, (size_t)bytes);
        struct arguments quoted = {.bytes = 0};
        add(&quoted, typed, (size_t)bytes);
        if (chosen == NULL && !show(finder, C_NOT_LISTED, &quoted)) {
            return NULL;
        }
    }
    return chosen;
}

int client_find(struct client_place *place, enum words_language lang)
{
    static struct finder finder;
    const struct dnssd_server *chosen = &finder.found.server[0];
    uint32_t colours;

    finder = (struct finder){.lang = lang};
    search(&finder);
    if (port_stopping()) {
        return LWCHAT_GONE;
    }
    if (finder.found.count == 0) {
        complain(&finder, C_NO_SERVER);
        return LWCHAT_NOT_FOUND;
    }
    if (!list(&finder)) {
        return LWCHAT_GONE;
    }
    if (finder.found.count > 1) {
        if (!port_screen(&colours)) {
            complain(&finder, C_SEVERAL);
            return LWCHAT_NOT_FOUND;
        }
        chosen = choose(&finder);
    }
    if (chosen == NULL) {
        return LWCHAT_GONE;
    }
    place->host[address_write(place->host, chosen->address)] = '\0';
    place->port = chosen->port;
    return LWCHAT_OK;
}

#endif
