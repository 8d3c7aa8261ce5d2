/* Peers that end their lines: nc, telnet, PuTTY, scripts. */
#include "dialect.h"
#include "plain.h"

const struct dialect dialect_lines = {
    .feed = framing_feed,
    .greet = plain_greet,
    .show = plain_show,
    .say = plain_say,
    .seal = plain_seal,
    .answer = plain_answer,
};
