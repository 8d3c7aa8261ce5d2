/* The operator's console, which reads every room. */
#include "dialect.h"
#include "plain.h"

static void show(struct shown *shown, uint32_t position, const struct log_record *record)
{
    if (record->room != LOG_EVERY_ROOM) {
        plain_add_time(shown, record);
        const struct room *room = &shown->chat->room[record->room];
        if (log_before(position, room->born)) {
            shown_add_literal(shown, "#?"); /* a former room, whose name is lost */
        } else {
            shown_add(shown, room->name, room->name_bytes);
        }
        shown_add_literal(shown, " ");
    }
    plain_show(shown, position, record);
}

const struct dialect dialect_console = {
    .feed = framing_feed,
    .greet = plain_greet,
    .show = show,
    .say = plain_say,
    .seal = plain_seal,
};
