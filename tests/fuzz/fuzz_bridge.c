/*
 * What lwchat-bridge reads: from the broker, and from its own file. Whatever is published, what it
 * says and stores is a message of a bridge in that topic, and its file restores the same state.
 * Whatever its file has, no record of it is used that does not fit the others.
 *
 * The first byte selects one of the two. Lines of the rest are topics and payloads in turn, or the
 * file's records.
 */
#include "core/nick.h"
#include "core/room.h"
#include "core/text.h"
#include "fuzz.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "../../tools/bridge/payload.h"
#include "../../tools/bridge/store.h"

enum { PAYLOAD_BYTES = 16384, MOST = 64 };

static char path[] = "/dev/shm/fuzz-bridge-XXXXXX";
static struct store store;
static struct store_position *position;

static void open_store(void)
{
    size_t torn;

    FUZZ_PROMISE(store_open(&store, path, &torn) == NULL && torn == 0);
    position = store_position(&store, "zoe:1", "#lobby");
}

/* The next line, without its end. */
static size_t line_of(struct fuzz_input *input, const uint8_t **line)
{
    const uint8_t *end = input->left == 0 ? NULL : memchr(input->at, '\n', input->left);
    size_t bytes = end == NULL ? input->left : (size_t)(end - input->at);

    bytes = fuzz_bytes(input, bytes, line);
    (void)fuzz_byte(input);
    return bytes;
}

/* Text that cannot end its field in the file, or harm who reads it. */
static bool is_clean(const char *text)
{
    char copy[LWCHAT_LINE_BYTES + 1];
    size_t bytes = strlen(text);

    FUZZ_PROMISE(bytes <= LWCHAT_LINE_BYTES);
    memcpy(copy, text, bytes);
    return text_clean(copy, bytes, bytes) == bytes && memcmp(copy, text, bytes) == 0;
}

static void check(const struct store_message *message, const char *topic)
{
    char expected[256];
    bool says = message->kind == STORE_MESSAGE || message->kind == STORE_ACTION;

    FUZZ_PROMISE(room_valid(message->room, strlen(message->room)));
    FUZZ_PROMISE(nick_valid(message->server, strlen(message->server)));
    (void)snprintf(expected, sizeof expected, "lwchat/%s/%s", message->room + 1, message->server);
    FUZZ_PROMISE(strcmp(topic, expected) == 0);
    FUZZ_PROMISE(message->seq < UINT64_C(1) << 53 && message->count < UINT64_C(1) << 53);
    if (says || message->kind == STORE_PRESENCE) {
        FUZZ_PROMISE(store_is_person(message->from, strlen(message->from)));
        FUZZ_PROMISE(is_clean(message->text) && message->text[0] != '\0');
    }
}

/* Both are what the file is to restore. */
static void check_restored(uint64_t next, size_t seen_count, uint64_t cursor)
{
    store_close(&store);
    open_store();
    FUZZ_PROMISE(store.next == next && store.seen_count == seen_count);
    FUZZ_PROMISE(position->cursor == cursor);
}

static void hear(struct fuzz_input *input)
{
    static char topic[256], payload[PAYLOAD_BYTES];
    struct store_message message;
    const uint8_t *line;

    for (unsigned i = 0; input->left > 0 && i < MOST; i++) {
        size_t bytes = line_of(input, &line);
        bytes = bytes < sizeof topic ? bytes : sizeof topic - 1;
        memcpy(topic, line, bytes);
        topic[bytes] = '\0';
        bytes = line_of(input, &line);
        memcpy(payload, line, bytes);
        if (!payload_read("lwchat", topic, payload, bytes, &message)) {
            continue;
        }
        check(&message, topic);
        (void)store_hear(&store, &message);
        FUZZ_PROMISE(!store_hear(&store, &message)); /* it came before */
    }
    FUZZ_PROMISE(store_commit(&store));
    check_restored(store.next, store.seen_count, position->cursor);
}

static void read_records(struct fuzz_input *input)
{
    const uint8_t *line;

    while (input->left > 0) {
        size_t bytes = line_of(input, &line);
        if (memchr(line, '\0', bytes) == NULL) {
            journal_add(&store.journal, "%.*s", (int)bytes, (const char *)line);
        }
    }
    FUZZ_PROMISE(journal_commit(&store.journal, false));
    store_close(&store);
    open_store();
    for (uint64_t i = position->cursor; i < store.next; i++) {
        const struct store_message *message = store_at(&store, i);
        FUZZ_PROMISE(strlen(message->text) <= LWCHAT_LINE_BYTES);
        (void)store_is_for(position, message);
    }
    store_tell(&store, "#lobby", "Zoe", "", "hello");
    FUZZ_PROMISE(store_commit(&store));
}

static void clean_up(void)
{
    (void)unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct fuzz_input input = {data, bytes};
    static int file = -1;

    if (file < 0) {
        file = mkstemp(path);
        (void)atexit(clean_up);
    }
    FUZZ_PROMISE(file >= 0 && ftruncate(file, 0) == 0);
    open_store();
    if (fuzz_byte(&input) % 2 == 0) {
        hear(&input);
    } else {
        read_records(&input);
    }
    store_close(&store);
    return 0;
}
