/* Peers without line ends: one send() is one message, and so is whatever one recv() returns. */
#include "dialect.h"
#include "plain.h"

static void seal(struct shown *shown)
{
    (void)shown;
}

const struct dialect dialect_unterminated = {
    .feed = framing_feed,
    .greet = plain_greet,
    .show = plain_show,
    .say = plain_say,
    .seal = seal,
    .answer = plain_answer,
    .apart = true,
};
