/*
 * What is written to files: the log of what is said, and the history. Each is rendered
 * into a block. That is written in each pass before anybody is sent the same, so that
 * the history has what people have read, even if the server is killed. What a file does
 * not take stays in the block, and what follows stays in the chat's log for as long as
 * that has room.
 */
#include "server_parts.h"

#if LWCHAT_FILES

#include "core/text.h"
#include "port.h"

#include <string.h>

/*
 * A history's file is written anew, with what the chat's log has, once it is this large; the rest
 * of it cannot be restored.
 */
enum { TRY_AGAIN_MS = 1000, HISTORY_MOST_BYTES = 4 * LWCHAT_LOG_BYTES };

_Static_assert((int)CHAT_SYSTEM_BYTES == PORT_SYSTEM_BYTES, "both are the same ID");

static const struct sink {
    size_t (*render)(struct chat *chat, char *out, size_t bytes);
    size_t (*write)(const char *data, size_t bytes);
    enum word_chat full, again;
} sinks[CHAT_TAILS] = {
    [CHAT_TAIL_TEXT] = {chat_log_lines, port_log_write, W_LOG_FULL, W_LOG_AGAIN},
    [CHAT_TAIL_HISTORY] = {chat_history, port_history_write, W_HISTORY_FULL, W_HISTORY_AGAIN},
};

static void tell(struct server *server, enum word_chat word, const char *text)
{
    chat_tell_operator(&server->chat, word, text, text_cut(text, strlen(text), 100));
}

static void tell_missed(struct server *server, enum chat_tail_kind kind, uint32_t missed)
{
    char number[10];

    chat_tell_operator(&server->chat, sinks[kind].again, number, text_number(number, missed));
}

/* Fills the block, which is empty. @return its length. */
static size_t render(struct server *server, enum chat_tail_kind kind)
{
    struct server_file *file = &server->file[kind];

    file->sent = 0;
    file->bytes = (uint16_t)sinks[kind].render(&server->chat, file->text, sizeof file->text);
    return file->bytes;
}

/* The same. It tells of what is missing only then, or that might overwrite another record. */
static size_t fill(struct server *server, enum chat_tail_kind kind)
{
    struct server_file *file = &server->file[kind];
    uint32_t missed = chat_tail_missed(&server->chat, kind);
    size_t bytes = render(server, kind);

    if (missed > 0 || file->recovered) {
        file->recovered = false;
        tell_missed(server, kind, missed);
    }
    return bytes;
}

static void stop_for_now(struct server *server, enum chat_tail_kind kind)
{
    struct server_file *file = &server->file[kind];

    file->tried_ms = server->now_ms;
    if (!file->full) {
        file->full = true;
        tell(server, sinks[kind].full, port_reason());
    }
}

/* Writes the rest of the block. @return false if the file does not take it now. */
static bool write_block(struct server *server, enum chat_tail_kind kind)
{
    struct server_file *file = &server->file[kind];
    size_t bytes = (size_t)(file->bytes - file->sent);
    size_t written = sinks[kind].write(file->text + file->sent, bytes);

    file->sent = (uint16_t)(file->sent + written);
    if (written < bytes) {
        stop_for_now(server, kind);
        return false;
    }
    file->recovered = file->recovered || file->full;
    file->full = false;
    return true;
}

/* --- The history --------------------------------------------------------------- */

/* Fills the block with what the file is to begin or go on with. */
static void begin(struct server *server, bool whole)
{
    struct server_file *file = &server->file[CHAT_TAIL_HISTORY];
    char system[CHAT_SYSTEM_BYTES];

    port_system(system);
    file->sent = 0;
    file->bytes = (uint16_t)chat_history_begin(&server->chat, system, whole, file->text);
}

/* Writes all of the history to a file that has just been begun. */
static bool write_history(struct server *server)
{
    struct server_file *file = &server->file[CHAT_TAIL_HISTORY];
    bool all;

    begin(server, true);
    do {
        all = port_history_write(file->text, file->bytes) == file->bytes;
    } while (all && render(server, CHAT_TAIL_HISTORY) > 0);
    file->bytes = file->sent = 0;
    return all;
}

/* Writes the history anew. @return false, after a complaint, if there is no room for it now. */
static bool renew_history(struct server *server)
{
    struct server_file *file = &server->file[CHAT_TAIL_HISTORY];
    uint32_t missed = chat_tail_missed(&server->chat, CHAT_TAIL_HISTORY);

    if (port_history_renew() == LWCHAT_OK) {
        chat_history_again(&server->chat);
        if (port_history_replace(write_history(server)) == LWCHAT_OK) {
            if (file->full || missed > 0) {
                file->full = false;
                tell_missed(server, CHAT_TAIL_HISTORY, missed);
            }
            return true;
        }
        chat_history_undo(&server->chat);
    }
    stop_for_now(server, CHAT_TAIL_HISTORY);
    return false;
}

static void complain(const struct lwchat_config *config, enum word_chat word, size_t number)
{
    char line[256], arguments[128];
    size_t bytes = text_cut(config->history, strlen(config->history), 100);

    memcpy(arguments, config->history, bytes);
    bytes = text_clean(arguments, bytes, 100);
    arguments[bytes++] = '\0';
    bytes += text_number64(arguments + bytes, number);
    bytes =
        words_write(line, sizeof line - 1, words_chat[word].text[config->french], arguments, bytes);
    line[bytes] = '\0';
    port_complain(line);
}

/* Restores the history, and makes its file ready to be appended to. */
static int start_history(struct server *server, const struct lwchat_config *config)
{
    size_t bytes, whole;
    char system[CHAT_SYSTEM_BYTES];
    const char *content = port_history_content(&bytes);

    port_system(system);
    int outcome = chat_history_restore(&server->chat, system, content, bytes, &whole);
    if (outcome != LWCHAT_OK) {
        complain(config,
                 outcome == LWCHAT_FAILED        ? W_HISTORY_DAMAGED
                 : outcome == LWCHAT_UNSUPPORTED ? W_HISTORY_OTHER
                                                 : W_HISTORY_FOREIGN,
                 whole);
        return LWCHAT_BAD_ARGUMENT;
    }
    if (whole < bytes) {
        complain(config, W_HISTORY_TORN, bytes - whole);
    }
    if (port_history_cut(whole) != LWCHAT_OK) {
        port_complain(port_reason());
        return LWCHAT_FAILED;
    }
    begin(server, whole == 0);
    return LWCHAT_OK;
}

/* --- Both ------------------------------------------------------------------------- */

int server_files_start(struct server *server, const struct lwchat_config *config)
{
    int outcome = LWCHAT_OK;

    if (config->history != NULL) {
        outcome = start_history(server, config);
    }
    server->file[CHAT_TAIL_HISTORY].on = config->history != NULL;
    server->file[CHAT_TAIL_TEXT].on = config->log;
    if (config->log) {
        chat_follow(&server->chat, CHAT_TAIL_TEXT);
    }
    return outcome;
}

static void write_file(struct server *server, enum chat_tail_kind kind)
{
    struct server_file *file = &server->file[kind];

    if (file->full && server->now_ms - file->tried_ms < TRY_AGAIN_MS) {
        return;
    }
    if (kind == CHAT_TAIL_HISTORY && file->sent == file->bytes &&
        port_history_bytes() >= HISTORY_MOST_BYTES && !renew_history(server)) {
        return;
    }
    while ((file->sent < file->bytes || fill(server, kind) > 0) && write_block(server, kind)) {
    }
}

void server_files_write(struct server *server)
{
    if (server->file[CHAT_TAIL_TEXT].on && port_log_reopen() == LWCHAT_FAILED) {
        tell(server, W_LOG_KEPT, port_reason());
    }
    for (unsigned kind = 0; kind < CHAT_TAILS; kind++) {
        if (server->file[kind].on) {
            write_file(server, (enum chat_tail_kind)kind);
        }
    }
}

void server_files_end(struct server *server)
{
    struct server_file *file = &server->file[CHAT_TAIL_HISTORY];

    if (file->on && file->sent == file->bytes && !file->full) {
        (void)port_history_write(file->text, chat_history_end(file->text));
    }
}

uint32_t server_files_due_ms(const struct server *server)
{
    bool full = server->file[CHAT_TAIL_TEXT].full || server->file[CHAT_TAIL_HISTORY].full;

    return full ? TRY_AGAIN_MS : UINT32_MAX;
}

#endif
