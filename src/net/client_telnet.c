#include "client_telnet.h"

#include <string.h>

#include "../core/telnet.h"

/* Positions in a command; after WILL, WONT, DO or DONT the position is that command. */
enum { OUTSIDE, AFTER_IAC, IN_SB, AFTER_SB_IAC };

/*
 * RFC 1143: a request to enable an option is refused; WONT and DONT are not answered, so that
 * there are no loops.
 */
static void take_option(struct client_telnet *telnet, uint8_t option)
{
    uint8_t command = telnet->place;

    telnet->place = OUTSIDE;
    telnet->seen = true;
    if ((command == TELNET_WILL || command == TELNET_DO) &&
        telnet->answer_bytes + 3U <= sizeof telnet->answers) {
        char *answer = telnet->answers + telnet->answer_bytes;
        answer[0] = (char)TELNET_IAC;
        answer[1] = (char)(command == TELNET_WILL ? TELNET_DONT : TELNET_WONT);
        answer[2] = (char)option;
        telnet->answer_bytes = (uint8_t)(telnet->answer_bytes + 3);
    }
}

static void take_subnegotiation(struct client_telnet *telnet, uint8_t byte)
{
    telnet->seen = true;
    if (telnet->place == AFTER_SB_IAC && byte == TELNET_SE) {
        telnet->place = OUTSIDE;
    } else {
        telnet->place = telnet->place == IN_SB && byte == TELNET_IAC ? AFTER_SB_IAC : IN_SB;
    }
    /* One that never ends must not swallow the rest of the stream. */
    if (++telnet->skipped == 0) {
        telnet->place = OUTSIDE;
    }
}

/* Processes the byte after IAC. @return how many bytes of text the two stand for. */
static size_t take_command(struct client_telnet *telnet, uint8_t byte, char *out)
{
    telnet->place = OUTSIDE;
    if (byte >= TELNET_WILL && byte != TELNET_IAC) {
        telnet->place = byte;
    } else if (byte == TELNET_SB) {
        telnet->place = IN_SB;
        telnet->skipped = 0;
    } else if (byte == TELNET_IAC || byte < TELNET_FIRST) {
        /* Text in a legacy encoding: a doubled IAC, or not a command at all. */
        out[0] = (char)TELNET_IAC;
        out[1] = (char)byte;
        return byte == TELNET_IAC ? 1 : 2;
    }
    return 0;
}

size_t client_telnet_strip(struct client_telnet *telnet, char *text, size_t bytes)
{
    size_t out = 0;

    if (telnet->place == AFTER_IAC && bytes > 0) {
        /* The IAC may turn out to be text: put it back. */
        memmove(text + 1, text, bytes++);
        text[0] = (char)TELNET_IAC;
        telnet->place = OUTSIDE;
    }
    for (size_t i = 0; i < bytes; i++) {
        uint8_t byte = (uint8_t)text[i];
        switch (telnet->place) {
        case OUTSIDE:
            if (byte == TELNET_IAC) {
                telnet->place = AFTER_IAC;
            } else if (byte != '\0') {
                text[out++] = (char)byte;
            }
            break;
        case AFTER_IAC:
            out += take_command(telnet, byte, text + out);
            break;
        case IN_SB:
        case AFTER_SB_IAC:
            take_subnegotiation(telnet, byte);
            break;
        default:
            take_option(telnet, byte);
        }
    }
    return out;
}

void client_telnet_skip(struct client_telnet *telnet, size_t bytes)
{
    telnet->answer_bytes = (uint8_t)(telnet->answer_bytes - bytes);
    memmove(telnet->answers, telnet->answers + bytes, telnet->answer_bytes);
}
