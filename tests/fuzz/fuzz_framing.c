/*
 * A stream split in two different ways gives the same lines, refusals and
 * complaints; and each line, once cleaned, is safe, and longer only by the
 * characters that close its isolates.
 */
#include "core/framing.h"
#include "core/text.h"
#include "fuzz.h"
#include "lwchat_config.h"
#include "safe.h"

#include <string.h>

enum { TRACE_BYTES = 1 << 16 };

/* The result of a stream. */
struct outcome {
    size_t bytes;
    uint8_t flags;
    char text[TRACE_BYTES];
};

static void note(struct outcome *outcome, char kind, const void *text, size_t bytes)
{
    if (outcome->bytes + bytes + 2 <= TRACE_BYTES) {
        outcome->text[outcome->bytes++] = kind;
        memcpy(outcome->text + outcome->bytes, text, bytes);
        outcome->bytes += bytes;
    }
}

static void note_line(struct outcome *outcome, const struct framing_line *line)
{
    char clean[LWCHAT_LINE_BYTES], twice[LWCHAT_LINE_BYTES];

    memcpy(clean, line->text, line->bytes);
    size_t bytes = text_clean(clean, line->bytes, sizeof clean);
    FUZZ_PROMISE(bytes <= (size_t)line->bytes + TEXT_CLOSE_BYTES && bytes <= sizeof clean);
    FUZZ_PROMISE(safe_text(clean, bytes));
    memcpy(twice, clean, bytes);
    FUZZ_PROMISE(text_clean(twice, bytes, bytes) == bytes && memcmp(twice, clean, bytes) == 0);
    for (size_t limit = 0; limit <= bytes; limit += 1 + bytes / 7) {
        size_t copied = text_copy(twice, limit, clean, bytes);
        FUZZ_PROMISE(copied <= limit && safe_text(twice, copied));
    }
    note(outcome, 'L', clean, bytes);
}

static void feed(struct outcome *outcome, const uint8_t *in, size_t bytes, const uint8_t *splits,
                 size_t split_count)
{
    struct framing framing = {0};
    char text[LWCHAT_LINE_BYTES];
    struct framing_line line = {.text = text};
    size_t at = 0, split = 0;

    outcome->bytes = 0;
    while (at < bytes) {
        size_t piece = split_count == 0 ? bytes - at : (size_t)1 + splits[split++ % split_count];
        /* A buffer of the exact size, so that an overrun is detected. */
        piece = piece < bytes - at ? piece : bytes - at;
        uint8_t *exact = malloc(piece);
        FUZZ_PROMISE(exact != NULL);
        memcpy(exact, in + at, piece);
        enum framing_event event;
        size_t used = framing_feed(&framing, exact, piece, &line, &event);
        free(exact);
        FUZZ_PROMISE(used >= 1 && used <= piece && line.bytes <= LWCHAT_LINE_BYTES);
        FUZZ_PROMISE(event != FRAMING_MORE || used == piece);
        at += used;
        if (event == FRAMING_LINE) {
            note_line(outcome, &line);
            line.bytes = 0;
        } else if (event == FRAMING_TOO_LONG) {
            note(outcome, 'T', "", 0);
            line.bytes = 0;
        } else if (event == FRAMING_ANSWER) {
            FUZZ_PROMISE(line.refusal[0] == 252 || line.refusal[0] == 254);
            note(outcome, 'R', line.refusal, sizeof line.refusal);
        }
    }
    note(outcome, 'E', text, line.bytes);
    outcome->flags = framing.flags;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct outcome whole, split;
    struct fuzz_input input = {data, bytes};
    const uint8_t *splits;
    size_t split_count = fuzz_bytes(&input, fuzz_number(&input, 8), &splits);

    feed(&whole, input.at, input.left, NULL, 0);
    feed(&split, input.at, input.left, splits, split_count);
    FUZZ_PROMISE(whole.bytes == split.bytes && whole.flags == split.flags);
    FUZZ_PROMISE(memcmp(whole.text, split.text, whole.bytes) == 0);
    return 0;
}
