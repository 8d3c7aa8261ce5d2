/*
 * The head of a request, whole or in pieces, gives the same answer after the
 * same bytes; and a handshake succeeds only for pages that may join.
 */
#include "fuzz.h"
#include "net/http.h"

#include <stdbool.h>
#include <string.h>

static bool is_kitchen(const char *host)
{
    return strcmp(host, "kitchen") == 0;
}

static const struct http_site site = {"Marcel", "\"5f3a\"", is_kitchen};

/* The result of a head. */
struct outcome {
    struct http_request request;
    enum http_answer answer;
    size_t used;
};

static void feed(struct outcome *outcome, const uint8_t *in, size_t bytes, const uint8_t *splits,
                 size_t split_count)
{
    size_t at = 0, split = 0;

    memset(outcome, 0, sizeof *outcome);
    while (at < bytes) {
        size_t piece = split_count == 0 ? bytes - at : (size_t)1 + splits[split++ % split_count];
        /* A buffer of the exact size, so that an overrun is detected. */
        piece = piece < bytes - at ? piece : bytes - at;
        uint8_t *exact = malloc(piece);
        FUZZ_PROMISE(exact != NULL);
        memcpy(exact, in + at, piece);
        size_t used;
        enum http_answer before = outcome->answer;
        outcome->answer = http_feed(&outcome->request, exact, piece, &site, &used);
        free(exact);
        FUZZ_PROMISE(before == HTTP_GOES_ON ? used > 0 : used == 0 && outcome->answer == before);
        FUZZ_PROMISE(used == piece || (used < piece && outcome->answer != HTTP_GOES_ON));
        outcome->used += used;
        at += piece;
    }
    FUZZ_PROMISE(outcome->used <= HTTP_HEAD_BYTES);
    FUZZ_PROMISE(outcome->used < HTTP_HEAD_BYTES || outcome->answer != HTTP_GOES_ON);
}

static bool is_base64(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

static void look_at_key(const struct http_request *request)
{
    char accept[HTTP_ACCEPT_BYTES];

    for (size_t i = 0; i < HTTP_KEY_BYTES; i++) {
        FUZZ_PROMISE(i < HTTP_KEY_BYTES - 2 ? is_base64(request->key[i]) : request->key[i] == '=');
    }
    http_accept(request, accept);
    for (size_t i = 0; i < HTTP_ACCEPT_BYTES; i++) {
        FUZZ_PROMISE(i < HTTP_ACCEPT_BYTES - 1 ? is_base64(accept[i]) : accept[i] == '=');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct outcome whole, split;
    static uint8_t head[2 * HTTP_HEAD_BYTES];
    struct fuzz_input input = {data, bytes};
    const uint8_t *splits;
    size_t split_count = fuzz_bytes(&input, fuzz_number(&input, 8), &splits);
    /* Empty lines first, so that the head may exceed its limit. */
    size_t blank = fuzz_number(&input, 15) == 15 ? HTTP_HEAD_BYTES - 256 : 0;
    size_t left = input.left < sizeof head - blank ? input.left : sizeof head - blank;

    memset(head, '\n', blank);
    memcpy(head + blank, input.at, left);
    feed(&whole, head, blank + left, NULL, 0);
    feed(&split, head, blank + left, splits, split_count);
    FUZZ_PROMISE(memcmp(&whole, &split, sizeof whole) == 0);
    if (whole.answer != HTTP_GOES_ON && whole.answer != HTTP_BAD &&
        whole.answer != HTTP_TOO_LARGE) {
        FUZZ_PROMISE(head[whole.used - 1] == '\n');
    }
    if (whole.answer == HTTP_UPGRADE) {
        look_at_key(&whole.request);
    }
    return 0;
}
