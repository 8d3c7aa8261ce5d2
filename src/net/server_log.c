/*
 * The log of what is said, as a text file: lwchatd --log. Lines are rendered into a
 * block and written at the end of a pass. What the file does not take stays in the
 * block, and what follows stays in the chat's log for as long as that has room.
 */
#include "server_parts.h"

#if LWCHAT_FILES

#include "core/text.h"
#include "port.h"

#include <string.h>

enum { TRY_AGAIN_MS = 1000 };

void server_log_start(struct server *server, const struct lwchat_config *config)
{
    server->log.on = config->log;
    if (config->log) {
        chat_follow(&server->chat, CHAT_TAIL_TEXT);
    }
}

/* Fills the block, which is empty. @return its length. */
static size_t fill(struct server *server)
{
    struct server_log *log = &server->log;
    size_t bytes;

    log->sent = 0;
    log->bytes = 0;
    while (sizeof log->text - log->bytes >= LWCHAT_SHOWN_BYTES &&
           (bytes = chat_log_line(&server->chat, log->text + log->bytes)) > 0) {
        log->bytes = (uint16_t)(log->bytes + bytes);
    }
    return log->bytes;
}

static void tell_reason(struct server *server, enum word_chat word)
{
    const char *reason = port_reason();

    chat_tell_operator(&server->chat, word, reason, text_cut(reason, strlen(reason), 100));
}

/* The file takes text again. Reads on before it tells, or that might overwrite another line. */
static void go_on(struct server *server)
{
    char number[10];
    uint32_t missed = chat_tail_missed(&server->chat, CHAT_TAIL_TEXT);

    server->log.full = false;
    (void)fill(server);
    chat_tell_operator(&server->chat, W_LOG_AGAIN, number, text_number(number, missed));
}

/* Writes the rest of the block. @return false if the file does not take it now. */
static bool write_block(struct server *server)
{
    struct server_log *log = &server->log;
    size_t bytes = (size_t)(log->bytes - log->sent);
    size_t written = port_log_write(log->text + log->sent, bytes);

    log->sent = (uint16_t)(log->sent + written);
    if (written < bytes) {
        log->tried_ms = server->now_ms;
        if (!log->full) {
            log->full = true;
            tell_reason(server, W_LOG_FULL);
        }
        return false;
    }
    if (log->full) {
        go_on(server);
    }
    return true;
}

void server_log_write(struct server *server)
{
    struct server_log *log = &server->log;

    if (!log->on) {
        return;
    }
    if (port_log_reopen() == LWCHAT_FAILED) {
        tell_reason(server, W_LOG_KEPT);
    }
    if (!log->full || server->now_ms - log->tried_ms >= TRY_AGAIN_MS) {
        while ((log->sent < log->bytes || fill(server) > 0) && write_block(server)) {
        }
    }
    if (log->full && server->due_ms > TRY_AGAIN_MS) {
        server->due_ms = TRY_AGAIN_MS;
    }
}

#endif
