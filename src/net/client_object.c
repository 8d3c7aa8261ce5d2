#include "client_object.h"

#include <stdbool.h>
#include <string.h>

#include "../core/text.h"

static const char say[] = "{\"say\":\"", cmd[] = "{\"cmd\":\"";

static size_t put(char *out, size_t at, const char *text)
{
    size_t bytes = strlen(text);

    memcpy(out + at, text, bytes);
    return at + bytes;
}

size_t client_object_write(char *out, const char *line, size_t bytes)
{
    bool leaves = text_is(line, bytes, "fin");
    bool commands = bytes > 0 && line[0] == '/' && !(bytes > 1 && line[1] == '/');
    size_t n = put(out, 0, leaves || commands ? cmd : say);

    if (leaves) {
        return put(out, n, "/quit\"}\n");
    }
    /* //TEXT says /TEXT. */
    for (size_t i = !commands && bytes > 1 && line[0] == '/'; i < bytes; i++) {
        if (line[i] == '"' || line[i] == '\\') {
            out[n++] = '\\';
        }
        out[n++] = (unsigned char)line[i] < ' ' || line[i] == 0x7F ? ' ' : line[i];
    }
    return put(out, n, "\"}\n");
}

size_t client_object_resume(char *out, uint64_t start, uint64_t seq)
{
    size_t n = put(out, 0, "{\"resume\":{\"start\":");

    n += text_number64(out + n, start);
    n = put(out, n, ",\"seq\":");
    n += text_number64(out + n, seq);
    return put(out, n, "}}\n");
}

size_t client_object_read(char *line, size_t bytes)
{
    size_t n = 0, at = sizeof say - 1;

    if (bytes < at || (memcmp(line, say, at) != 0 && memcmp(line, cmd, at) != 0)) {
        return 0;
    }
    bool said = line[2] == 's';
    if (said && at < bytes && line[at] == '/') {
        line[n++] = '/';
    }
    for (; at < bytes && line[at] != '"'; at++) {
        at += line[at] == '\\' && at + 1 < bytes;
        line[n++] = line[at];
    }
    return n;
}
