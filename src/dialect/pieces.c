#include "pieces.h"

#include "core/text.h"

#if LWCHAT_SHOWN_BYTES > LWCHAT_RAW_BYTES

struct piece pieces_find(struct shown *shown, const struct chat_place *place, bool raw)
{
    struct piece piece = {.text = shown->text,
                          .bytes = shown->bytes,
                          .offset = place->offset,
                          .last = true,
                          .alone = true};
    /* The rest of a line of which the peer got a part as a line is a message of its own. */
    bool begins = place->offset == 0 && raw && shown->bytes > LWCHAT_RAW_BYTES &&
                  !(place->owes & CHAT_OWES_REST);

    if (!begins && !(place->owes & CHAT_OWES_PIECES)) {
        return piece;
    }
    size_t at = 0, prefix = 0, part;
    for (;;) {
        /* The rest of the line, from `at` on, follows the first `prefix` bytes of the line. */
        part =
            text_part(shown->text + at, shown->bytes - at, LWCHAT_RAW_BYTES - prefix, &piece.bytes);
        piece.bytes += prefix;
        piece.last = at + part == shown->bytes;
        if (piece.last || piece.offset < piece.bytes) {
            break;
        }
        piece.offset -= piece.bytes;
        at += part;
        prefix = shown->prefix;
    }
    text_copy(shown->text + prefix, LWCHAT_RAW_BYTES - prefix, shown->text + at, part);
    piece.alone = false;
    return piece;
}

void pieces_keep(struct buffer *rest, const struct shown *shown)
{
    rest->prefix = (uint16_t)shown->prefix;
}

size_t pieces_prefix(const struct buffer *rest)
{
    return rest->prefix;
}

#else

/* Every line fits in one piece. */
struct piece pieces_find(struct shown *shown, const struct chat_place *place, bool raw)
{
    (void)raw;
    return (struct piece){.text = shown->text,
                          .bytes = shown->bytes,
                          .offset = place->offset,
                          .last = true,
                          .alone = true};
}

void pieces_keep(struct buffer *rest, const struct shown *shown)
{
    (void)rest;
    (void)shown;
}

size_t pieces_prefix(const struct buffer *rest)
{
    (void)rest;
    return 0;
}

#endif
