#include "answer.h"

#include "command.h"
#include "ignore.h"

#include <string.h>

enum { WHO_COLUMNS = 60 };

static void end_answer(struct chat_place *place)
{
    place->answer = ANSWER_NONE;
    place->step = 0;
}

static void show_greeting(const struct chat *chat, const struct chat_session *session,
                          struct chat_place *place, struct shown *shown)
{
    if (place->step++ == 0) {
        show_sentence(chat, shown, &words_chat[W_CONNECTED], chat->config.name,
                      strlen(chat->config.name));
    } else {
        show_sentence(chat, shown, &words_chat[W_WELCOME], session->nick, session->nick_bytes);
        end_answer(place);
    }
}

static void show_entered(const struct chat *chat, const struct chat_session *session,
                         struct chat_place *place, struct shown *shown)
{
    const struct room *room = &chat->room[session->room];

    show_sentence(chat, shown, &words_chat[W_YOU_ARE_IN], room->name, room->name_bytes);
    end_answer(place);
}

static void show_help(const struct chat *chat, const struct chat_session *reader,
                      struct chat_place *place, struct shown *shown)
{
    enum word_chat word =
        command_help(place->step, session_is_operator(chat, reader), &place->step);

    if (word == WORDS_CHAT) {
        end_answer(place);
    } else {
        show_sentence(chat, shown, &words_chat[word], NULL, 0);
    }
}

/* People of the reader's room, many to a line. */
static void show_who(const struct chat *chat, const struct chat_session *session,
                     struct chat_place *place, struct shown *shown)
{
    const struct room *room = &chat->room[session->room];
    struct words_arguments arguments = {.bytes = 0};
    unsigned i = place->step;

    if (i == 0) {
        uint32_t people = 0;
        for (unsigned k = 1; k < CHAT_SESSIONS; k++) {
            people +=
                chat->session[k].state == CHAT_ACTIVE && chat->session[k].room == session->room;
        }
        words_add(&arguments, room->name, room->name_bytes);
        words_add_number(&arguments, people);
        show_word(chat, shown, W_WHO_HERE, &arguments);
        place->step = 1;
        return;
    }
    for (; i < CHAT_SESSIONS; i++) {
        const struct chat_session *other = &chat->session[i];
        if (other->state != CHAT_ACTIVE || other->room != session->room) {
            continue;
        }
        if (shown->bytes + other->nick_bytes > WHO_COLUMNS) {
            place->step = (uint16_t)i;
            return;
        }
        if (shown->bytes == 0) {
            show_sentence(chat, shown, &words_chat[W_WHO_NICKS], NULL, 0);
        } else {
            show_literal(shown, " ");
        }
        show_text(shown, other->nick, other->nick_bytes);
    }
    end_answer(place);
}

/* Every place that is taken, one to a line, with where it is taken from. */
static void show_who_to_operator(const struct chat *chat, struct chat_place *place,
                                 struct shown *shown)
{
    unsigned i = place->step == 0 ? 1 : place->step;

    while (i < CHAT_SESSIONS && chat->session[i].state == CHAT_FREE) {
        i++;
    }
    if (i == CHAT_SESSIONS) {
        if (place->step == 0) {
            show_sentence(chat, shown, &words_chat[W_WHO_NOBODY], NULL, 0);
        }
        end_answer(place);
        return;
    }
    const struct chat_session *session = &chat->session[i];
    struct words_arguments arguments = {.bytes = 0};
    enum word_chat word = W_WHO_OPERATOR;
    if (session->state == CHAT_ACTIVE) {
        const struct room *room = &chat->room[session->room];
        words_add(&arguments, session->nick, session->nick_bytes);
        words_add(&arguments, room->name, room->name_bytes);
    } else {
        word = session->state == CHAT_ARRIVING ? W_WHO_ARRIVING : W_WHO_LEAVING;
    }
    words_add_address(&arguments, session->ip);
    words_add_number(&arguments, session->port);
    words_add_number(&arguments, i);
    words_add(&arguments, session->nick, session->nick_bytes);
    show_word(chat, shown, word, &arguments);
    place->step = (uint16_t)(i + 1);
}

static void show_bans(const struct chat *chat, struct chat_place *place, struct shown *shown)
{
    struct words_arguments arguments = {.bytes = 0};
    char text[20];

    if (place->step >= chat->bans.count) {
        if (place->step == 0) {
            show_sentence(chat, shown, &words_chat[W_NO_BANS], NULL, 0);
        }
        end_answer(place);
        return;
    }
    words_add(&arguments, text,
              ban_write(text, chat->bans.network[place->step], chat->bans.prefix[place->step]));
    show_word(chat, shown, W_BAN, &arguments);
    place->step++;
}

#if LWCHAT_MAX_IGNORES > 0
static void show_ignored(const struct chat *chat, const struct chat_session *session,
                         struct chat_place *place, struct shown *shown)
{
    size_t bytes;
    const char *nick = ignore_nick(session, place->step, &bytes);

    if (nick != NULL) {
        show_sentence(chat, shown, &words_chat[W_IGNORED], nick, bytes);
        place->step++;
        return;
    }
    if (place->step == 0) {
        show_sentence(chat, shown, &words_chat[W_IGNORES_NOBODY], NULL, 0);
    }
    end_answer(place);
}
#endif

static void show_rooms(const struct chat *chat, struct chat_place *place, struct shown *shown)
{
    unsigned i = place->step;

    while (i < LWCHAT_MAX_ROOMS && !room_exists(chat->room, i)) {
        i++;
    }
    if (i == LWCHAT_MAX_ROOMS) {
        end_answer(place);
        return;
    }
    struct words_arguments arguments = {.bytes = 0};
    words_add(&arguments, chat->room[i].name, chat->room[i].name_bytes);
    words_add_number(&arguments, chat->room[i].people);
    show_word(chat, shown, W_ROOM, &arguments);
    place->step = (uint16_t)(i + 1);
}

static void show_stats(const struct chat *chat, struct chat_place *place, struct shown *shown)
{
    enum { PEOPLE, PLACES, LOG, HOLD, MISSED, LINES, POOLS };
    struct words_arguments arguments = {.bytes = 0};
    enum word_chat word = W_STATS_POOL;
    uint32_t rooms = 0, lines = 0;
    struct chat_pool pool;

    switch (place->step) {
    case PEOPLE:
        for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
            rooms += room_exists(chat->room, i);
        }
        words_add_number(&arguments, chat->people);
        words_add_number(&arguments, chat->config.max_sessions);
        words_add_number(&arguments, chat->counts.most);
        words_add_number(&arguments, rooms);
        words_add_number(&arguments, LWCHAT_MAX_ROOMS);
        word = W_STATS_PEOPLE;
        break;
    case PLACES:
        words_add_number(&arguments, chat->occupied);
        words_add_number(&arguments, (uint32_t)chat->occupied - chat->people);
        words_add_number(&arguments, chat->counts.refused);
        word = W_STATS_PLACES;
        break;
    case LOG:
        words_add_number(&arguments, chat->log.next - chat->log.first);
        words_add_number(&arguments, chat->log.bytes);
        words_add_number(&arguments, chat->counts.records);
        word = W_STATS_LOG;
        break;
    case HOLD:
        words_add_number(&arguments, chat->gate.times);
        words_add_number(&arguments, chat->gate.total_ms);
        word = W_STATS_HOLD;
        break;
    case MISSED:
        words_add_number(&arguments, chat->counts.passed_over);
        words_add_number(&arguments, chat->counts.dropped);
        word = W_STATS_MISSED;
        break;
    case LINES:
        for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
            lines += chat->buffer[i].owner != BUFFER_NONE;
        }
        words_add_number(&arguments, lines);
        words_add_number(&arguments, LWCHAT_LINE_BUFFERS);
        word = W_STATS_LINES;
        break;
    default:
        if (chat->config.pool == NULL || !chat->config.pool((unsigned)place->step - POOLS, &pool)) {
            end_answer(place);
            return;
        }
        words_add(&arguments, pool.name, strlen(pool.name));
        words_add_number(&arguments, pool.used);
        words_add_number(&arguments, pool.most);
        words_add_number(&arguments, pool.available);
        break;
    }
    show_word(chat, shown, word, &arguments);
    place->step++;
}

void answer_show(const struct chat *chat, const struct chat_session *reader,
                 struct chat_place *place, struct shown *shown)
{
    switch (place->answer) {
    case ANSWER_GREETING:
        show_greeting(chat, reader, place, shown);
        break;
    case ANSWER_ENTERED:
        show_entered(chat, reader, place, shown);
        break;
    case ANSWER_HELP:
        show_help(chat, reader, place, shown);
        break;
    case ANSWER_WHO:
        if (session_is_operator(chat, reader)) {
            show_who_to_operator(chat, place, shown);
        } else {
            show_who(chat, reader, place, shown);
        }
        break;
    case ANSWER_BANS:
        show_bans(chat, place, shown);
        break;
#if LWCHAT_MAX_IGNORES > 0
    case ANSWER_IGNORED:
        show_ignored(chat, reader, place, shown);
        break;
#endif
    case ANSWER_ROOMS:
        show_rooms(chat, place, shown);
        break;
    case ANSWER_STATS:
        show_stats(chat, place, shown);
        break;
    default:
        end_answer(place);
        break;
    }
}
