#include "protocol.h"

#include <string.h>

static bool starts(const char *line, size_t bytes, const char *with)
{
    return bytes >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

static bool lwchat_notice(const char *line, size_t bytes)
{
    return starts(line, bytes, "*** ") || starts(line, bytes, "You are connected ");
}

static bool select_notice(const char *line, size_t bytes)
{
    return starts(line, bytes, "Welcome to ");
}

static bool ncat_notice(const char *line, size_t bytes)
{
    return starts(line, bytes, "<announce> ");
}

static bool irc_notice(const char *line, size_t bytes)
{
    const char *verb = memchr(line, ' ', bytes);

    return verb == NULL || !starts(verb, bytes - (size_t)(verb - line), " PRIVMSG ");
}

static const struct protocol protocols[] = {
    {.name = "lwchat",
     .joined = "*** You are guest",
     .missed = "*** you missed ",
     .before = "",
     .after = "\n",
     .leave = "/join #idle\n",
     .is_notice = lwchat_notice},
    {.name = "ncat", .joined = "<announce>", .before = "", .after = "\n", .is_notice = ncat_notice},
    {.name = "select",
     .joined = "Welcome to ",
     .before = "",
     .after = "\n",
     .is_notice = select_notice},
    {.name = "irc",
     .hello = "NICK b%u\r\nUSER b 0 * :b\r\nJOIN #b\r\n",
     .joined = " 366 ",
     .before = "PRIVMSG #b :",
     .after = "\r\n",
     .leave = "PART #b\r\n",
     .is_notice = irc_notice},
};

const struct protocol *protocol_find(const char *name)
{
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        if (strcmp(protocols[i].name, name) == 0) {
            return &protocols[i];
        }
    }
    return NULL;
}
