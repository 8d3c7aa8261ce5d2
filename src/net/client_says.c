/* The client's own messages. */
#include "client_parts.h"

#include <string.h>

#include "../core/text.h"
#include "../port.h"

static const struct word words_client[WORDS_CLIENT] = {
#define WORD(name, english, french) [C_##name] = {{english, french}},
#include "client.def"
#undef WORD
};

enum { QUOTED_BYTES = 64 /* typed text that a sentence quotes */ };

size_t client_write(enum words_language lang, enum word_client word, const char *arguments,
                    size_t arguments_bytes, char *line)
{
    return words_write(line, CLIENT_SENTENCE_BYTES, words_client[word].text[lang], arguments,
                       arguments_bytes);
}

size_t client_write_about(const struct client *client, enum word_client word, const char *reason,
                          size_t reason_bytes, char *line)
{
    char arguments[CLIENT_SENTENCE_BYTES + 80];
    size_t n = strlen(client->host);

    n = text_cut(client->host, n, n < QUOTED_BYTES ? n : QUOTED_BYTES);
    memcpy(arguments, client->host, n);
    n = text_clean(arguments, n, QUOTED_BYTES);
    arguments[n++] = '\0';
    n += text_number(arguments + n, client->port);
    arguments[n++] = '\0';
    memcpy(arguments + n, reason, reason_bytes);
    return client_write(client->config->lang, word, arguments, n + reason_bytes, line);
}

void client_complain(const struct client *client, enum word_client word, const char *reason,
                     size_t reason_bytes)
{
    char line[CLIENT_SENTENCE_BYTES + 1];

    line[client_write_about(client, word, reason, reason_bytes, line)] = '\0';
    port_complain(line);
}

void client_say(struct client *client, enum word_client word, const char *typed, size_t bytes)
{
    char line[CLIENT_SENTENCE_BYTES], quoted[QUOTED_BYTES];

    bytes = text_copy(quoted, sizeof quoted, typed, bytes);
    client_down_say(&client->down, line,
                    client_write(client->config->lang, word, quoted, bytes, line));
}

void client_tell_not_delivered(const struct client *client, uint32_t forgotten)
{
    if (forgotten > 0) {
        char number[10];
        client_complain(client, C_NOT_DELIVERED_MORE, number, text_number(number, forgotten));
    } else {
        client_complain(client, C_NOT_DELIVERED, "", 0);
    }
}

void client_tell_undelivered(struct client *client, bool unsent)
{
    const char *line;
    bool told = false;

#if LWCHAT_SCREEN
    if (client->screen.known) {
        client_screen_leave(client);
        return;
    }
    bool typed = !client_screen_asks(client);
#else
    bool typed = true;
#endif
    if (!typed) {
        memset(&client->kept, 0, sizeof client->kept);
    }
    /* On a board, typed text that was not sent is executed as commands after the connection. */
    if (unsent && client->config->host != NULL) {
        client_kept_add(&client->kept, client->up.text, typed ? client->up.bytes : 0, false);
#if LWCHAT_SCREEN
        client_kept_add(&client->kept, client->screen.typed, client->screen.typed_bytes, false);
        client->screen.typed_bytes = 0;
#endif
    }
    for (size_t at = 0; (line = client_kept_line(&client->kept, &at)) != NULL;) {
        if (line[0] == '\0' || text_is(line, strlen(line), "fin")) {
            continue;
        }
        if (!told) {
            client_tell_not_delivered(client, client->kept.forgotten);
        }
        told = true;
        port_complain(line);
    }
    memset(&client->kept, 0, sizeof client->kept);
}
