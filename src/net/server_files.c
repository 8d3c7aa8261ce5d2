/*
 * What is written to files: the log of what is said, and the history. Both are written
 * in each pass, and again where somebody leaves while output is sent, before anybody is
 * sent the same: the history has what people have read, even if the server is killed.
 * What a full disk does not take stays in the chat's log for as long as that has room.
 * The log's file then goes on; the history's is left torn, so that a restart knows that
 * it lacks something, until a new one replaces it. A history that is long, but cannot be
 * replaced for now, is appended to instead.
 */
#include "server_parts.h"

#if LWCHAT_FILES

#include "core/text.h"
#include "port.h"

#include <string.h>

/*
 * A history's file is rewritten, with what the chat's log has, once it is this large; the rest
 * of it cannot be restored.
 */
#define HISTORY_LONG_BYTES (UINT64_C(4) * LWCHAT_LOG_BYTES)

enum {
    TRY_AGAIN_MS = 1000,   /* from one try to write to a full disk to the next */
    RENEW_AGAIN_MS = 60000 /* from one try to replace a long history to the next */
};

_Static_assert((int)CHAT_BOOT_ID_BYTES == PORT_BOOT_ID_BYTES, "both are the same ID");

static const struct {
    enum word_chat full, again;
} says[CHAT_TAILS] = {
    [CHAT_TAIL_TEXT] = {W_LOG_FULL, W_LOG_AGAIN},
    [CHAT_TAIL_HISTORY] = {W_HISTORY_FULL, W_HISTORY_AGAIN},
};

static void tell(struct server *server, enum word_chat word, const char *text)
{
    chat_tell_operator(&server->chat, word, text, text_cut(text, strlen(text), 100));
}

static void tell_missed(struct server *server, enum chat_tail_kind kind, uint32_t missed)
{
    char number[10];

    chat_tell_operator(&server->chat, says[kind].again, number, text_number(number, missed));
}

static void stop_for_now(struct server *server, enum chat_tail_kind kind)
{
    struct server_file *file = &server->file[kind];

    file->tried_ms = server->now_ms;
    if (!file->full) {
        file->full = true;
        tell(server, says[kind].full, port_reason());
    }
}

/* True while it is too early to try a full disk again. */
static bool is_paused(const struct server *server, enum chat_tail_kind kind)
{
    const struct server_file *file = &server->file[kind];

    return file->full && server->now_ms - file->tried_ms < TRY_AGAIN_MS;
}

/* --- The log --------------------------------------------------------------------- */

/*
 * Renders the next lines into the block, which is empty, then reports missed lines. The report is
 * itself a record and may overwrite others, so it comes last. @return the block's length.
 */
static size_t fill(struct server *server)
{
    struct server_file *file = &server->file[CHAT_TAIL_TEXT];
    uint32_t missed = chat_tail_missed(&server->chat, CHAT_TAIL_TEXT);

    file->sent = 0;
    file->bytes = (uint16_t)chat_log_lines(&server->chat, file->text, sizeof file->text);
    if (missed > 0 || file->recovered) {
        file->recovered = false;
        tell_missed(server, CHAT_TAIL_TEXT, missed);
    }
    return file->bytes;
}

/* Writes the rest of the block. @return false if the file does not take it now. */
static bool write_block(struct server *server)
{
    struct server_file *file = &server->file[CHAT_TAIL_TEXT];
    size_t bytes = (size_t)(file->bytes - file->sent);
    size_t written = port_log_write(file->text + file->sent, bytes);

    file->sent = (uint16_t)(file->sent + written);
    if (written < bytes) {
        stop_for_now(server, CHAT_TAIL_TEXT);
        return false;
    }
    file->recovered = file->recovered || file->full;
    file->full = false;
    return true;
}

static void write_log(struct server *server)
{
    const struct server_file *file = &server->file[CHAT_TAIL_TEXT];

    if (is_paused(server, CHAT_TAIL_TEXT)) {
        return;
    }
    while ((file->sent < file->bytes || fill(server) > 0) && write_block(server)) {
    }
}

/* --- The history --------------------------------------------------------------- */

/* Fills the block with what the file is to begin or go on with. */
static void begin(struct server *server, bool whole)
{
    struct server_file *file = &server->file[CHAT_TAIL_HISTORY];
    char boot_id[CHAT_BOOT_ID_BYTES];

    port_boot_id(boot_id);
    file->bytes = (uint16_t)chat_history_begin(&server->chat, boot_id, whole, file->text);
}

/* What was rendered since the mark is in no file. */
static void stop_history(struct server *server)
{
    chat_history_abort(&server->chat);
    (void)port_history_tear();
    stop_for_now(server, CHAT_TAIL_HISTORY);
}

/* Writes the block; if it is empty, what follows. @return the length, or LWCHAT_FAILED. */
static int write_next(struct server *server)
{
    struct server_file *file = &server->file[CHAT_TAIL_HISTORY];
    size_t bytes = file->bytes;

    file->bytes = 0;
    if (bytes == 0) {
        bytes = chat_history(&server->chat, file->text, sizeof file->text);
    }
    return bytes == 0 || port_history_write(file->text, bytes) == LWCHAT_OK ? (int)bytes
                                                                            : LWCHAT_FAILED;
}

/* Writes all of the history to a new file. @return 0, or LWCHAT_FAILED. */
static int renew_history(struct server *server)
{
    int written;

    server->file[CHAT_TAIL_HISTORY].tried_ms = server->now_ms;
    if (port_history_renew() != LWCHAT_OK) {
        return LWCHAT_FAILED;
    }
    chat_history_rewrite(&server->chat);
    begin(server, true);
    do {
        written = write_next(server);
    } while (written > 0);
    return port_history_replace(written == 0);
}

/* True when a new file is to replace the history's, which is to have all of its beginning then. */
static bool is_long(const struct server *server)
{
    const struct server_file *file = &server->file[CHAT_TAIL_HISTORY];

    return file->bytes == 0 && port_history_bytes() >= HISTORY_LONG_BYTES &&
           !(file->grows && server->now_ms - file->tried_ms < RENEW_AGAIN_MS);
}

/* Goes on with the file, which is whole, until a new one can replace it. */
static void keep_history(struct server *server)
{
    struct server_file *file = &server->file[CHAT_TAIL_HISTORY];

    chat_history_abort(&server->chat);
    if (!file->grows) {
        file->grows = true;
        tell(server, W_HISTORY_GROWS, port_reason());
    }
}

/* Writes the next part, or a new file. @return true if there is more to do. */
static bool write_part(struct server *server)
{
    struct server_file *file = &server->file[CHAT_TAIL_HISTORY];
    uint32_t missed = chat_tail_missed(&server->chat, CHAT_TAIL_HISTORY);
    bool over = file->full || chat_history_is_over(&server->chat);
    bool renews = over || is_long(server);

    chat_history_mark(&server->chat);
    int written = renews ? renew_history(server) : write_next(server);
    if (written < 0) {
        if (renews && !over) {
            keep_history(server);
            return true;
        }
        stop_history(server);
        return false;
    }
    file->grows = file->grows && !renews;
    if (missed > 0 || file->full) {
        file->full = false;
        tell_missed(server, CHAT_TAIL_HISTORY, missed);
    }
    return written > 0;
}

static void write_history(struct server *server)
{
    if (is_paused(server, CHAT_TAIL_HISTORY)) {
        return;
    }
    while (write_part(server)) {
    }
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
    char boot_id[CHAT_BOOT_ID_BYTES];
    const char *content = port_history_content(&bytes);

    port_boot_id(boot_id);
    int outcome = chat_history_restore(&server->chat, boot_id, content, bytes, &whole);
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

void server_files_write(struct server *server)
{
    if (server->file[CHAT_TAIL_TEXT].on && port_log_reopen() == LWCHAT_FAILED) {
        tell(server, W_LOG_KEPT, port_reason());
    }
    if (server->file[CHAT_TAIL_TEXT].on) {
        write_log(server);
    }
    if (server->file[CHAT_TAIL_HISTORY].on) {
        write_history(server);
    }
}

void server_files_end(struct server *server)
{
    struct server_file *file = &server->file[CHAT_TAIL_HISTORY];

    if (file->on && !file->full) {
        (void)port_history_write(file->text, chat_history_end(file->text));
    }
}

uint32_t server_files_due_ms(const struct server *server)
{
    bool full = server->file[CHAT_TAIL_TEXT].full || server->file[CHAT_TAIL_HISTORY].full;

    return full ? TRY_AGAIN_MS : UINT32_MAX;
}

#endif
