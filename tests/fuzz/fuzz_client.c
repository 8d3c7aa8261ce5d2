/*
 * The client's two buffers. Whatever a server sends, however it is split, the
 * output is safe, line by line; and typed input is sent without loss. And the
 * names of servers, whatever is said of them on the link.
 */
#include "core/text.h"
#include "fuzz.h"
#include "net/client_dnssd.h"
#include "net/client_down.h"
#include "net/client_up.h"
#include "safe.h"

#include <string.h>

enum { MOST_BYTES = 1 << 16 };

/* What was shown, or sent. */
struct outcome {
    size_t bytes;
    char text[MOST_BYTES];
};

static void add(struct outcome *outcome, const char *text, size_t bytes)
{
    if (bytes <= MOST_BYTES - outcome->bytes) {
        memcpy(outcome->text + outcome->bytes, text, bytes);
        outcome->bytes += bytes;
    }
}

/* --- Down ---------------------------------------------------------------------- */

static void show(struct client_down *down, struct outcome *shown, size_t most)
{
    const char *text;
    size_t bytes;

    while ((bytes = client_down_look(down, &text)) > 0) {
        bytes = bytes < most ? bytes : most;
        add(shown, text, bytes);
        client_down_skip(down, bytes);
    }
}

/* `quiet`: the number of pieces after which the server pauses; 0: never. */
static void receive(struct outcome *shown, enum client_framing framing, const uint8_t *in,
                    size_t bytes, size_t piece, unsigned quiet)
{
    struct client_down down;
    unsigned pieces = 0;

    client_down_start(&down, framing);
    shown->bytes = 0;
    while (bytes > 0) {
        char *where;
        size_t room = client_down_room(&down, &where);
        size_t n = piece < bytes ? piece : bytes;
        FUZZ_PROMISE(room > 0);
        n = n < room ? n : room;
        memcpy(where, in, n);
        client_down_take(&down, n);
        show(&down, shown, 7);
        in += n;
        bytes -= n;
        if (quiet > 0 && ++pieces % quiet == 0 && client_down_waits(&down)) {
            client_down_quiet(&down);
            show(&down, shown, 50);
        }
    }
    client_down_end(&down);
    show(&down, shown, 1000);
    for (size_t at = 0; at < shown->bytes;) {
        const char *end = memchr(shown->text + at, '\n', shown->bytes - at);
        size_t next = end == NULL ? shown->bytes : (size_t)(end - shown->text);
        FUZZ_PROMISE(safe_text(shown->text + at, next - at));
        at = next + 1;
    }
}

/* --- Up -------------------------------------------------------------------------- */

static void transmit(struct client_up *up, struct outcome *sent, bool raw)
{
    while (client_up_choose(up, raw)) {
        const char *text;
        size_t bytes = client_up_look(up, &text);
        FUZZ_PROMISE(bytes > 0 && bytes <= sizeof up->text);
        size_t part = bytes / 2 + 1 < bytes ? bytes / 2 + 1 : bytes;
        add(sent, text, part);
        client_up_skip(up, part);
        if (part < bytes) {
            size_t rest = client_up_look(up, &text);
            FUZZ_PROMISE(rest == bytes - part);
            add(sent, text, rest);
            client_up_skip(up, rest);
        }
    }
}

static void type(struct outcome *sent, bool raw, const uint8_t *in, size_t bytes, size_t piece)
{
    static struct client_up up;

    memset(&up, 0, sizeof up);
    client_up_start(&up);
    sent->bytes = 0;
    while (bytes > 0) {
        char *where;
        size_t room = client_up_room(&up, &where);
        size_t n = piece < bytes ? piece : bytes;
        FUZZ_PROMISE(room > 0);
        n = n < room ? n : room;
        memcpy(where, in, n);
        client_up_take(&up, n);
        transmit(&up, sent, raw);
        in += n;
        bytes -= n;
    }
    up.ended = true;
    transmit(&up, sent, raw);
    client_up_farewell(&up);
    transmit(&up, sent, raw);
}

/* --- Servers on the link ----------------------------------------------------------- */

/* The input without its header, which says that everything in it is an answer. */
static void find(const uint8_t *in, size_t bytes)
{
    static const uint8_t header[] = {0, 1, 0x84, 0, 0, 0, 0, 255, 0, 0, 0, 0};
    static struct dnssd_found found;
    uint8_t *packet = malloc(sizeof header + bytes);

    FUZZ_PROMISE(packet != NULL);
    memcpy(packet, header, sizeof header);
    memcpy(packet + sizeof header, in, bytes);
    found.count = 0;
    dnssd_take(&found, packet, sizeof header + bytes, 1, (struct lwchat_address){.low = 1});
    dnssd_settle(&found);
    for (unsigned i = 0; i < found.count; i++) {
        FUZZ_PROMISE(safe_text(found.server[i].shown, found.server[i].shown_bytes));
    }
    free(packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct outcome first, second;
    struct fuzz_input input = {data, bytes};
    enum client_framing framing = (enum client_framing)fuzz_number(&input, 2);
    unsigned quiet = fuzz_number(&input, 4);
    size_t piece = 1 + fuzz_number(&input, 255);

    receive(&first, framing, input.at, input.left, piece, quiet);
    type(&first, false, input.at, input.left, piece);
    type(&second, false, input.at, input.left, 1);
    /* The server receives the same lines, however they are split; only a last line end is added. */
    FUZZ_PROMISE(first.bytes == second.bytes && memcmp(first.text, second.text, first.bytes) == 0);
    FUZZ_PROMISE(memcmp(first.text, input.at, input.left) == 0);
    type(&first, true, input.at, input.left, piece);
    find(input.at, input.left);
    return 0;
}
