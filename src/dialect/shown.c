#include "shown.h"

#include "core/text.h"

#include <string.h>

void shown_add(struct shown *shown, const char *text, size_t bytes)
{
    size_t room = LWCHAT_SHOWN_BYTES - LWCHAT_SEAL_BYTES - shown->bytes;

    if (bytes > room) {
        shown->bytes += text_copy(shown->text + shown->bytes, room, text, bytes);
        return;
    }
    memcpy(shown->text + shown->bytes, text, bytes);
    shown->bytes += bytes;
}

void shown_add_literal(struct shown *shown, const char *text)
{
    shown_add(shown, text, strlen(text));
}
