#include "help.h"

#include "lwchat_config.h"

#include <stddef.h>

enum audience { PEOPLE = 1, OPERATOR = 2 };

static const struct {
    uint8_t word;
    uint8_t audience;
} lines[] = {
    {W_HELP_NICK, PEOPLE},
    {W_HELP_ME, PEOPLE},
    {W_HELP_MSG, PEOPLE},
    {W_HELP_JOIN, PEOPLE},
    {W_HELP_ROOMS, PEOPLE},
    {W_HELP_HISTORY, PEOPLE},
#if LWCHAT_MAX_IGNORES > 0
    {W_HELP_IGNORE, PEOPLE},
#endif
    {W_HELP_KICK, OPERATOR},
    {W_HELP_BAN, OPERATOR},
    {W_HELP_UNBAN, OPERATOR},
    {W_HELP_BANS, OPERATOR},
    {W_HELP_STATS, OPERATOR},
    {W_HELP_IP, OPERATOR},
    {W_HELP_SHUTDOWN, OPERATOR},
    {W_HELP_WHO, PEOPLE | OPERATOR},
    {W_HELP_HELP, PEOPLE | OPERATOR},
    {W_HELP_QUIT, PEOPLE},
    {W_HELP_SLASH, PEOPLE | OPERATOR},
};

enum { LINES = sizeof lines / sizeof lines[0] };

const struct word *help_sentence(unsigned step, bool to_operator, uint16_t *next)
{
    uint8_t audience = to_operator ? OPERATOR : PEOPLE;

    while (step < LINES && !(lines[step].audience & audience)) {
        step++;
    }
    *next = (uint16_t)(step + 1);
    return step < LINES ? &words_chat[lines[step].word] : NULL;
}
