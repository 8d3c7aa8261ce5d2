#include "store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/nick.h"

static const char own_nick[] = "bridge";

enum { STARTS = 4, FIELDS = 14 };

static void *check_alloc(void *memory)
{
    if (memory == NULL) {
        abort(); /* see journal_add() */
    }
    return memory;
}

/* --- What was seen of each server ------------------------------------------------- */

static bool is_of(const struct store_seen *seen, const char *room, const char *server)
{
    return strcmp(seen->room, room) == 0 && strcmp(seen->server, server) == 0;
}

static struct store_seen *find_seen(struct store *store, const struct store_message *message)
{
    for (size_t i = store->seen_count; i > 0; i--) {
        struct store_seen *seen = &store->seen[i - 1];
        if (seen->start == message->start && is_of(seen, message->room, message->server)) {
            return seen;
        }
    }
    return NULL;
}

/* The number of a server's runs that are known, and the oldest of them. */
static size_t runs_of(const struct store *store, const struct store_message *message,
                      size_t *oldest)
{
    size_t runs = 0;

    for (size_t i = store->seen_count; i > 0; i--) {
        if (is_of(&store->seen[i - 1], message->room, message->server)) {
            *oldest = i - 1;
            runs++;
        }
    }
    return runs;
}

static struct store_seen *add_seen(struct store *store, const struct store_message *message)
{
    size_t oldest = 0;
    bool is_known = runs_of(store, message, &oldest) == STARTS;

    if (is_known || store->seen_count == STORE_SEEN) {
        oldest = is_known ? oldest : 0;
        store->seen_count--;
        memmove(&store->seen[oldest], &store->seen[oldest + 1],
                (store->seen_count - oldest) * sizeof *store->seen);
    }
    store->seen = check_alloc(realloc(store->seen, (store->seen_count + 1) * sizeof *store->seen));
    struct store_seen *seen = &store->seen[store->seen_count++];
    memset(seen, 0, sizeof *seen);
    (void)snprintf(seen->room, sizeof seen->room, "%s", message->room);
    (void)snprintf(seen->server, sizeof seen->server, "%s", message->server);
    seen->start = message->start;
    return seen;
}

static void see(struct store *store, const struct store_message *message)
{
    struct store_seen *seen = find_seen(store, message);

    seen = seen == NULL ? add_seen(store, message) : seen;
    seen->seq = message->seq > seen->seq ? message->seq : seen->seq;
    seen->count = message->count > seen->count ? message->count : seen->count;
}

/* --- Messages ------------------------------------------------------------------------ */

static char *keep(char **at, const char *text)
{
    char *kept = *at;
    size_t bytes = strlen(text) + 1;

    memcpy(kept, text, bytes);
    *at += bytes;
    return kept;
}

/* A copy of the message, in one piece of memory. */
static struct store_message *copy_of(const struct store_message *message)
{
    size_t bytes = strlen(message->room) + strlen(message->server) + strlen(message->from) +
                   strlen(message->text) + strlen(message->to) + 5;
    struct store_message *copy = check_alloc(malloc(sizeof *copy + bytes));
    char *at = (char *)(copy + 1);

    *copy = *message;
    copy->room = keep(&at, message->room);
    copy->server = keep(&at, message->server);
    copy->from = keep(&at, message->from);
    copy->text = keep(&at, message->text);
    copy->to = keep(&at, message->to);
    return copy;
}

static void append(struct store *store, const struct store_message *message)
{
    size_t count = (size_t)(store->next - store->base);

    if (count == store->capacity) {
        store->capacity = 2 * store->capacity + 64;
        store->messages =
            check_alloc(realloc(store->messages, store->capacity * sizeof *store->messages));
    }
    store->messages[count] = copy_of(message);
    store->next++;
}

static void write_message(struct store *store, const struct store_message *message)
{
    journal_add(&store->journal, "M\t%c\t%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s\t%s",
                message->kind, message->room, message->server, message->start, message->seq,
                message->count, message->to, message->from, message->text);
}

static void add(struct store *store, const struct store_message *message)
{
    append(store, message);
    write_message(store, message);
    store->heard = true;
}

bool store_is_person(const char *nick, size_t bytes)
{
    return bytes > 0 && nick_valid(nick, bytes) &&
           !nick_alike(nick, bytes, own_nick, sizeof own_nick - 1);
}

void store_tell(struct store *store, const char *room, const char *server, const char *to,
                const char *text)
{
    add(store, &(struct store_message){.kind = STORE_NOTICE,
                                       .room = room,
                                       .server = server,
                                       .from = own_nick,
                                       .text = text,
                                       .to = to});
}

static void write_seen(struct store *store, const struct store_seen *seen)
{
    journal_add(&store->journal, "S\t%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64, seen->room,
                seen->server, seen->start, seen->seq, seen->count);
}

bool store_hear(struct store *store, const struct store_message *message)
{
    const struct store_seen *seen = find_seen(store, message);
    bool counts = message->kind == STORE_MESSAGE || message->kind == STORE_ACTION;
    size_t oldest;
    char text[STORE_NAME_BYTES + 80];

    if (seen != NULL && (message->kind == STORE_MISSED ? message->count <= seen->count
                                                       : message->seq <= seen->seq)) {
        return false;
    }
    if (seen == NULL && runs_of(store, message, &oldest) > 0) {
        (void)snprintf(text, sizeof text,
                       "%s was started again: what was said there last may be missing",
                       message->server);
        store_tell(store, message->room, message->server, "", text);
    } else if (seen != NULL && message->count > seen->count + counts) {
        uint64_t missing = message->count - seen->count - counts;
        (void)snprintf(text, sizeof text, "%" PRIu64 " message%s from %s %s missing", missing,
                       missing == 1 ? "" : "s", message->server, missing == 1 ? "is" : "are");
        store_tell(store, message->room, message->server, "", text);
    }
    see(store, message);
    if (message->kind == STORE_STARTED || message->kind == STORE_MISSED) {
        write_seen(store, find_seen(store, message));
        store->heard = true;
    } else {
        add(store, message);
    }
    return true;
}

const struct store_message *store_at(const struct store *store, uint64_t number)
{
    return number < store->next ? store->messages[number - store->base] : NULL;
}

/* True for what was said there. */
static bool is_from(const struct store_position *position, const struct store_message *message)
{
    return strcmp(message->server, position->name) == 0 ||
           (strcmp(message->server, position->former_name) == 0 &&
            (uint32_t)message->start == position->echo_start);
}

bool store_is_for(const struct store_position *position, const struct store_message *message)
{
    return strcmp(message->room, position->room) == 0 &&
           (message->to[0] == '\0' ? !is_from(position, message)
                                   : strcmp(message->to, position->at) == 0);
}

void store_name(struct store_position *position, const char *name)
{
    if (strcmp(position->name, name) != 0) {
        memcpy(position->former_name, position->name, sizeof position->former_name);
        (void)snprintf(position->name, sizeof position->name, "%s", name);
        position->changed = true;
    }
}

/* Moves a position on to `number`, and counts what is not said there. */
static void push_on(struct store *store, struct store_position *position, uint64_t number)
{
    for (; position->cursor < number; position->cursor++) {
        const struct store_message *message = store_at(store, position->cursor);
        position->lost += message->kind != STORE_PRESENCE && store_is_for(position, message);
    }
    position->changed = position->pushed = true;
}

/* Pushes on the positions that are behind `number`. `all`: those that are used, too. */
static void push_on_all(struct store *store, uint64_t number, bool all)
{
    for (size_t i = 0; i < store->positions_count; i++) {
        if ((all || !store->positions[i]->used) && store->positions[i]->cursor < number) {
            push_on(store, store->positions[i], number);
        }
    }
}

/* Frees the messages that all servers have passed. One that is too far behind is pushed on; so is
 * one that the bridge does not join, for which nothing is kept. */
static void trim(struct store *store)
{
    uint64_t least = store->next;

    if (store->next - store->base > STORE_MESSAGES) {
        push_on_all(store, store->next - STORE_MESSAGES, true);
    }
    for (size_t i = 0; i < store->positions_count; i++) {
        if (store->positions[i]->used && store->positions[i]->cursor < least) {
            least = store->positions[i]->cursor;
        }
    }
    size_t passed = (size_t)(least - store->base);
    /* Moving the rest is worth it only now and then. */
    if (passed == 0 || (passed < 1024 && passed < store->next - store->base)) {
        return;
    }
    push_on_all(store, least, false);
    for (size_t i = 0; i < passed; i++) {
        free(store->messages[i]);
    }
    memmove(store->messages, store->messages + passed,
            (size_t)(store->next - least) * sizeof(struct store_message *));
    store->base = least;
}

/* --- Positions ------------------------------------------------------------------------- */

static struct store_position *find_position(const struct store *store, const char *at,
                                            const char *room)
{
    for (size_t i = 0; i < store->positions_count; i++) {
        struct store_position *position = store->positions[i];
        if (strcmp(position->at, at) == 0 && strcmp(position->room, room) == 0) {
            return position;
        }
    }
    return NULL;
}

static struct store_position *add_position(struct store *store, const char *at, const char *room)
{
    struct store_position *position = check_alloc(calloc(1, sizeof *position));
    size_t count = store->positions_count + 1;

    store->positions =
        check_alloc(realloc(store->positions, count * sizeof(struct store_position *)));
    store->positions[store->positions_count++] = position;
    (void)snprintf(position->at, sizeof position->at, "%s", at);
    (void)snprintf(position->room, sizeof position->room, "%s", room);
    position->cursor = store->next;
    return position;
}

struct store_position *store_position(struct store *store, const char *at, const char *room)
{
    struct store_position *position = find_position(store, at, room);

    position = position == NULL ? add_position(store, at, room) : position;
    position->used = position->changed = true;
    return position;
}

static void write_position(struct store *store, struct store_position *position)
{
    journal_add(&store->journal,
                "P\t%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
                "\t%" PRIu64 "\t%" PRIu64 "\t%s\t%" PRIu64 "\t%s\t%" PRIu64,
                position->at, position->room, position->start, position->seq, position->count,
                position->cursor, position->echo, position->echo_start, position->lost,
                position->name, position->told, position->former_name, position->time_s);
    position->changed = false;
}

/* --- The file ------------------------------------------------------------------------------ */

/* Splits a record at its tabs. The last field may have more of them. */
static size_t split(char *text, char *fields[FIELDS], size_t most)
{
    size_t count = 0;

    while (text != NULL && count < most) {
        fields[count++] = text;
        text = count < most ? strchr(text, '\t') : NULL;
        if (text != NULL) {
            *text++ = '\0';
        }
    }
    return count;
}

static uint64_t number(const char *text)
{
    return strtoull(text, NULL, 10);
}

static void take_message(struct store *store, char *text)
{
    char *f[FIELDS];

    if (split(text, f, 10) < 10 || strlen(f[8]) > LWCHAT_NICK_BYTES ||
        strlen(f[3]) > LWCHAT_NICK_BYTES || strlen(f[9]) > LWCHAT_LINE_BYTES) {
        return;
    }
    struct store_message message = {.kind = (enum store_kind)f[1][0],
                                    .room = f[2],
                                    .server = f[3],
                                    .start = number(f[4]),
                                    .seq = number(f[5]),
                                    .count = number(f[6]),
                                    .to = f[7],
                                    .from = f[8],
                                    .text = f[9]};
    append(store, &message);
    if (message.kind != STORE_NOTICE) {
        see(store, &message);
    }
}

static void take_position(struct store *store, char *text)
{
    char *f[FIELDS] = {NULL};

    if (split(text, f, 14) < 10 || number(f[6]) < store->base || number(f[6]) > store->next) {
        return; /* the last four were added later */
    }
    struct store_position *position = find_position(store, f[1], f[2]);
    position = position == NULL ? add_position(store, f[1], f[2]) : position;
    position->start = number(f[3]);
    position->seq = number(f[4]);
    position->count = number(f[5]);
    position->cursor = number(f[6]);
    position->echo = number(f[7]);
    position->echo_start = number(f[8]);
    position->lost = number(f[9]);
    (void)snprintf(position->name, sizeof position->name, "%s", f[10] == NULL ? "" : f[10]);
    position->told = f[11] == NULL ? 0 : number(f[11]);
    (void)snprintf(position->former_name, sizeof position->former_name, "%s",
                   f[12] == NULL ? "" : f[12]);
    position->time_s = f[13] == NULL ? 0 : number(f[13]);
}

static void take_seen(struct store *store, char *text)
{
    char *f[FIELDS];

    if (split(text, f, 6) == 6) {
        see(store, &(struct store_message){.room = f[1],
                                           .server = f[2],
                                           .start = number(f[3]),
                                           .seq = number(f[4]),
                                           .count = number(f[5])});
    }
}

/* It precedes all that refers to it. */
static void take_base(struct store *store, uint64_t base)
{
    if (store->next == 0 && store->positions_count == 0 && base < UINT64_MAX / 2) {
        store->base = store->next = base;
    }
}

static void take(void *context, char *text)
{
    struct store *store = context;

    switch (text[0]) {
    case 'I':
        (void)snprintf(store->id, sizeof store->id, "%s", text + 1);
        break;
    case 'B':
        take_base(store, number(text + 1));
        break;
    case 'M':
        take_message(store, text);
        break;
    case 'P':
        take_position(store, text);
        break;
    case 'S':
        take_seen(store, text);
        break;
    default:
        break;
    }
}

static void generate_id(struct store *store)
{
    uint64_t random = 0;

    if (getrandom(&random, sizeof random, 0) != sizeof random) {
        abort();
    }
    (void)snprintf(store->id, sizeof store->id, "%016" PRIx64, random);
    journal_add(&store->journal, "I%s", store->id);
}

const char *store_open(struct store *store, const char *path, size_t *torn)
{
    memset(store, 0, sizeof *store);
    const char *wrong = journal_open(&store->journal, path, take, store, torn);
    if (wrong != NULL) {
        return wrong;
    }
    if (store->id[0] == '\0') {
        generate_id(store);
    }
    return NULL;
}

/* Writes all that is still needed to a new file. */
static bool compact(struct store *store)
{
    if (!journal_begin(&store->journal)) {
        return false;
    }
    journal_add(&store->journal, "I%s", store->id);
    journal_add(&store->journal, "B%" PRIu64, store->base);
    for (size_t i = 0; i < store->seen_count; i++) {
        write_seen(store, &store->seen[i]);
    }
    for (uint64_t i = store->base; i < store->next; i++) {
        write_message(store, store_at(store, i));
    }
    for (size_t i = 0; i < store->positions_count; i++) {
        write_position(store, store->positions[i]);
    }
    return journal_replace(&store->journal);
}

bool store_commit(struct store *store)
{
    for (size_t i = 0; i < store->positions_count; i++) {
        if (store->positions[i]->changed) {
            write_position(store, store->positions[i]);
        }
    }
    if (!journal_commit(&store->journal, store->heard)) {
        return false;
    }
    store->heard = false;
    trim(store);
    return !journal_is_long(&store->journal) || compact(store);
}

void store_close(struct store *store)
{
    for (uint64_t i = store->base; i < store->next; i++) {
        free(store->messages[i - store->base]);
    }
    for (size_t i = 0; i < store->positions_count; i++) {
        free(store->positions[i]);
    }
    free(store->messages);
    free(store->positions);
    free(store->seen);
    journal_close(&store->journal);
}
