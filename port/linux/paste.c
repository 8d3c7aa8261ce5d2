#include "paste.h"

#include <string.h>

static const char begins[] = "\033[200~", ends[] = "\033[201~";

enum { SAME_BYTES = 4 /* with which both begin */ };

static void collect(struct paste *paste, const char *text, size_t bytes)
{
    size_t room = PASTE_BYTES - paste->bytes;
    size_t fits = bytes < room ? bytes : room;

    memcpy(paste->text + paste->bytes, text, fits);
    paste->bytes += fits;
    paste->lost += bytes - fits;
}

size_t paste_take(struct paste *paste, char byte, char keys[PASTE_KEYS])
{
    size_t held = paste->matched;

    if (held == SAME_BYTES) {
        paste->begins = byte == begins[SAME_BYTES];
    }
    const char *sequence = paste->inside && !paste->begins ? ends : begins;
    if (byte == sequence[held]) {
        paste->matched++;
        if (sequence[paste->matched] == '\0') {
            paste->whole = paste->inside && !paste->begins;
            paste->inside = !paste->whole;
            paste->begins = false;
            paste->matched = 0;
            if (paste->inside) {
                paste->bytes = paste->lost = 0;
            }
        }
        return 0;
    }
    paste->matched = 0;
    paste->begins = false;
    if (paste->inside) {
        collect(paste, sequence, held);
    } else {
        memcpy(keys, sequence, held);
    }
    if (byte == sequence[0]) {
        paste->matched = 1;
        return paste->inside ? 0 : held;
    }
    if (paste->inside) {
        collect(paste, &byte, 1);
        return 0;
    }
    keys[held] = byte;
    return held + 1;
}

void paste_forget(struct paste *paste)
{
    if (paste->inside) {
        paste->inside = paste->begins = false;
        paste->matched = paste->bytes = paste->lost = 0;
    }
}

bool paste_holds(const struct paste *paste)
{
    return !paste->inside && paste->matched > 0;
}

size_t paste_release(struct paste *paste, char keys[PASTE_KEYS])
{
    size_t held = paste_holds(paste) ? paste->matched : 0;

    memcpy(keys, begins, held);
    paste->matched = paste->inside ? paste->matched : 0;
    return held;
}

size_t paste_lines(struct paste *paste)
{
    size_t lines = 0, n = 0, begin = 0;

    paste->whole = false;
    paste->text[paste->bytes++] = '\n';
    for (size_t at = 0; at < paste->bytes; at++) {
        char byte = paste->text[at];
        bool end = byte == '\n' || byte == '\r';
        if (!end) {
            paste->text[n++] = (unsigned char)byte < ' ' || byte == 0x7F ? ' ' : byte;
            continue;
        }
        size_t blank = begin;
        while (blank < n && paste->text[blank] == ' ') {
            blank++;
        }
        if (blank == n) {
            n = begin;
            continue;
        }
        paste->text[n++] = '\n';
        begin = n;
        lines++;
    }
    paste->bytes = n;
    return lines;
}
