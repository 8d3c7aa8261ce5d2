#include "client_telnet.h"

#include <string.h>

/* RFC 854, "TELNET COMMAND STRUCTURE"; below, RFC 885 and RFC 1184 have a few more. */
enum {
    LEAST_COMMAND = 236,
    SE = 240,
    SB = 250,
    WILL = 251,
    WONT = 252,
    DO = 253,
    DONT = 254,
    IAC = 255
};

/* Places in a command; after WILL, WONT, DO or DONT the place is that command. */
enum { OUTSIDE, AFTER_IAC, IN_SB, AFTER_SB_IAC };

/* RFC 1143: a request for an option that is off and stays off is refused; a WONT or DONT is not
 * answered, so that there are no loops. */
static void take_option(struct client_telnet *telnet, uint8_t option)
{
    uint8_t command = telnet->place;

    telnet->place = OUTSIDE;
    telnet->seen = true;
    if ((command == WILL || command == DO) && telnet->answer_bytes + 3U <= sizeof telnet->answers) {
        char *answer = telnet->answers + telnet->answer_bytes;
        answer[0] = (char)IAC;
        answer[1] = (char)(command == WILL ? DONT : WONT);
        answer[2] = (char)option;
        telnet->answer_bytes = (uint8_t)(telnet->answer_bytes + 3);
    }
}

static void take_subnegotiation(struct client_telnet *telnet, uint8_t byte)
{
    telnet->seen = true;
    if (telnet->place == AFTER_SB_IAC && byte == SE) {
        telnet->place = OUTSIDE;
    } else {
        telnet->place = telnet->place == IN_SB && byte == IAC ? AFTER_SB_IAC : IN_SB;
    }
    /* One that never ends must not swallow the talk. */
    if (++telnet->skipped == 0) {
        telnet->place = OUTSIDE;
    }
}

/* Takes the byte after IAC. Returns how many bytes of text the two are. */
static size_t take_command(struct client_telnet *telnet, uint8_t byte, char *out)
{
    telnet->place = OUTSIDE;
    if (byte >= WILL && byte != IAC) {
        telnet->place = byte;
    } else if (byte == SB) {
        telnet->place = IN_SB;
        telnet->skipped = 0;
    } else if (byte == IAC || byte < LEAST_COMMAND) {
        /* Text in some old encoding: doubled, or no command at all. */
        out[0] = (char)IAC;
        out[1] = (char)byte;
        return byte == IAC ? 1 : 2;
    }
    return 0;
}

size_t client_telnet_strip(struct client_telnet *telnet, char *text, size_t bytes)
{
    size_t out = 0;

    if (telnet->place == AFTER_IAC && bytes > 0) {
        /* It may prove to be text: put it back where it stood. */
        memmove(text + 1, text, bytes++);
        text[0] = (char)IAC;
        telnet->place = OUTSIDE;
    }
    for (size_t i = 0; i < bytes; i++) {
        uint8_t byte = (uint8_t)text[i];
        switch (telnet->place) {
        case OUTSIDE:
            if (byte == IAC) {
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
