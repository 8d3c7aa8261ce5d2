/**
 * @file
 * Checks of what IRC clients are sent, written independently of the dialect, after
 * RFC 2812 section 2.3.1 and the IRCv3 specifications of tags and server-time.
 */
#ifndef LWCHAT_FUZZ_IRC_H
#define LWCHAT_FUZZ_IRC_H

#include "../sim/safe.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/** A word of the line, up to the next blank; removes both. @return false if it is empty or long. */
static inline bool irc_word(const char **line, char *word, size_t room)
{
    size_t bytes = strcspn(*line, " ");

    if (bytes == 0 || bytes >= room) {
        return false;
    }
    memcpy(word, *line, bytes);
    word[bytes] = '\0';
    *line += bytes + ((*line)[bytes] == ' ');
    return true;
}

/** A tag with the time in UTC, to the second. */
static inline bool irc_time(const char *tag)
{
    static const char form[] = "@time=0000-00-00T00:00:00.000Z";

    for (size_t i = 0; i < sizeof form; i++) {
        if (form[i] == '0' ? !isdigit((unsigned char)tag[i]) : form[i] != tag[i]) {
            return false;
        }
    }
    return true;
}

/** True for NICK!NICK@Marcel, where a message of the chat could have that sender. */
static inline bool irc_sender(const char *prefix)
{
    char shown[80];
    size_t bytes = strcspn(prefix, "!");
    int n = snprintf(shown, sizeof shown, "%.*s> x", (int)(bytes < 40 ? bytes : 40), prefix);

    return bytes < 40 && prefix[bytes] == '!' && safe_line(shown, (size_t)n, false) &&
           strlen(prefix) == 2 * bytes + strlen("!@Marcel") &&
           memcmp(prefix + bytes + 1, prefix, bytes) == 0 &&
           strcmp(prefix + 2 * bytes + 1, "@Marcel") == 0;
}

/** What a person does: the rest of the line after the sender. */
static inline bool irc_deed(const char *line)
{
    char command[16], target[40];

    if (!irc_word(&line, command, sizeof command)) {
        return false;
    }
    if (strcmp(command, "QUIT") == 0) {
        return line[0] == ':';
    }
    if (!irc_word(&line, target, sizeof target)) {
        return false;
    }
    if (strcmp(command, "PRIVMSG") == 0) {
        return line[0] == ':' && line[1] != '\0';
    }
    return line[0] == '\0' &&
           (strcmp(command, "NICK") == 0 ||
            ((strcmp(command, "JOIN") == 0 || strcmp(command, "PART") == 0) && target[0] == '#'));
}

/** What the server says: the rest of the line after the prefix. */
static inline bool irc_reply(const char *line)
{
    static const char *const words[] = {"NOTICE", "KILL", "CAP", "PONG"};
    char command[16], target[40];
    bool known = isdigit((unsigned char)line[0]) && isdigit((unsigned char)line[1]) &&
                 isdigit((unsigned char)line[2]) && line[3] == ' ';

    if (!irc_word(&line, command, sizeof command) || !irc_word(&line, target, sizeof target)) {
        return false;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        known = known || strcmp(command, words[i]) == 0;
    }
    return known && line[0] != '\0';
}

/** The line, without its end, is one that an IRC server may send, and safe to show. */
static inline bool irc_line(const char *text, size_t bytes)
{
    char copy[2048], word[128];
    const char *line = copy;
    size_t n = 0;

    if (bytes == 0 || bytes >= sizeof copy || memchr(text, '\0', bytes) != NULL ||
        memchr(text, '\r', bytes) != NULL) {
        return false;
    }
    /* The only control characters are those around an ACTION. */
    for (size_t i = 0; i < bytes; i++) {
        bool begins = i > 1 && text[i] == 1 && text[i - 1] == ':' && bytes - i > 8 &&
                      memcmp(text + i, "\001ACTION ", 8) == 0;
        bool ends = text[i] == 1 && i + 1 == bytes && n < i;
        if (!begins && !ends) {
            copy[n++] = text[i];
        }
    }
    copy[n] = '\0';
    if (line[0] == '@' && (!irc_word(&line, word, sizeof word) || !irc_time(word))) {
        return false;
    }
    if (strlen(line) + (bytes - n) > 510 || !safe_text(line, strlen(line))) {
        return false;
    }
    if (strncmp(line, "ERROR :", 7) == 0) {
        return line[7] != '\0';
    }
    if (line[0] != ':' || !irc_word(&line, word, sizeof word)) {
        return false;
    }
    return strcmp(word, ":Marcel") == 0 ? irc_reply(line) : irc_sender(word + 1) && irc_deed(line);
}

#endif
