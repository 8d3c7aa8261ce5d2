#include "wifi_command.h"

#include <string.h>

enum { PASSPHRASE_LEAST = 8 /* IEEE 802.11-2020, section J.4.1 */ };

static const struct {
    const char *name;
    enum settings_mode mode;
} setters[] = {{"/wifi", SETTINGS_STATION}, {"/ap", SETTINGS_ACCESS_POINT}};

enum { SETTERS = sizeof setters / sizeof setters[0] };

/* A line, and how much of it was read. */
struct reader {
    const char *at;
    const char *end;
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static void skip_blanks(struct reader *reader)
{
    while (reader->at < reader->end && is_blank(*reader->at)) {
        reader->at++;
    }
}

/* Whether the line begins with this word. The reader is then behind it. */
static bool takes(struct reader *reader, const char *word)
{
    size_t bytes = strlen(word);

    if ((size_t)(reader->end - reader->at) < bytes || memcmp(reader->at, word, bytes) != 0 ||
        (reader->at + bytes < reader->end && !is_blank(reader->at[bytes]))) {
        return false;
    }
    reader->at += bytes;
    return true;
}

/* The command that sets a network; SETTERS if it is another one. */
static unsigned setter_of(struct reader *reader)
{
    unsigned i = 0;

    skip_blanks(reader);
    while (i < SETTERS && !takes(reader, setters[i].name)) {
        i++;
    }
    return i;
}

/*
 * Reads an SSID of up to `most` bytes to `to`.
 * @return its length; `most` + 1 if it is longer, 0 if there is none or its quotes are not closed.
 */
static size_t read_ssid(struct reader *reader, char *to, size_t most)
{
    size_t bytes = 0;
    bool quoted = reader->at < reader->end && *reader->at == '"';

    for (reader->at += quoted; reader->at < reader->end; reader->at++) {
        if (quoted ? *reader->at == '"' : is_blank(*reader->at)) {
            reader->at += quoted;
            return bytes;
        }
        if (quoted && *reader->at == '\\' && reader->at + 1 < reader->end) {
            reader->at++;
        }
        if (bytes < most) {
            to[bytes] = *reader->at;
        }
        bytes += bytes <= most;
    }
    return quoted ? 0 : bytes;
}

static bool is_hexadecimal(const char *text)
{
    return text[strspn(text, "0123456789abcdefABCDEF")] == '\0';
}

static const char *check_password(const char *password)
{
    size_t bytes = strlen(password);

    if (bytes > SETTINGS_PASSWORD_BYTES ||
        (bytes == SETTINGS_PASSWORD_BYTES && !is_hexadecimal(password)) ||
        (bytes > 0 && bytes < PASSPHRASE_LEAST)) {
        return "a password has 8 to 63 characters, or 64 hexadecimal digits";
    }
    for (; *password != '\0'; password++) {
        if (*password < ' ' || *password > '~') {
            return "a password has ASCII characters only";
        }
    }
    return NULL;
}

static const char *read_network(struct reader *reader, struct settings *settings)
{
    char ssid[SETTINGS_SSID_BYTES + 1] = "";
    size_t bytes = read_ssid(reader, ssid, SETTINGS_SSID_BYTES);
    const char *wrong;

    if (bytes == 0 || bytes > SETTINGS_SSID_BYTES) {
        return "an SSID has 1 to 32 bytes, in quotes if there are spaces in it";
    }
    if (reader->at < reader->end && !is_blank(*reader->at)) {
        return "put a space between the SSID and the password";
    }
    skip_blanks(reader);
    wrong = check_password(reader->at);
    if (wrong == NULL) {
        memset(settings, 0, sizeof *settings);
        memcpy(settings->ssid, ssid, sizeof ssid);
        memcpy(settings->password, reader->at, strlen(reader->at));
    }
    return wrong;
}

enum wifi_command wifi_command_read(const char *line, struct settings *settings, const char **wrong)
{
    struct reader reader = {line, line + strlen(line)};
    unsigned setter = setter_of(&reader);

    if (setter == SETTERS) {
        bool forget = takes(&reader, "/forget");
        skip_blanks(&reader);
        return forget && reader.at == reader.end ? WIFI_COMMAND_FORGET : WIFI_COMMAND_OTHER;
    }
    skip_blanks(&reader);
    if (reader.at == reader.end && setters[setter].mode == SETTINGS_STATION) {
        return WIFI_COMMAND_SHOW;
    }
    *wrong = read_network(&reader, settings);
    if (*wrong != NULL) {
        return WIFI_COMMAND_WRONG;
    }
    settings->mode = setters[setter].mode;
    return WIFI_COMMAND_SAVE;
}

size_t wifi_command_open_bytes(const char *line, size_t bytes)
{
    struct reader reader = {line, line + bytes};
    char ssid[1];

    if (setter_of(&reader) == SETTERS) {
        return bytes;
    }
    skip_blanks(&reader);
    (void)read_ssid(&reader, ssid, 0);
    skip_blanks(&reader);
    return (size_t)(reader.at - line);
}
