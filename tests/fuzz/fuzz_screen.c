/*
 * The client at a terminal, with readline: what a server sends, and what is typed,
 * pasted and done to the terminal meanwhile. A terminal of this file's own follows the
 * output: it is well-formed text with the client's own sequences alone, in rows that
 * fit. What is typed while it is hidden is given as a password, and appears nowhere.
 */
#include "fuzz.h"

#include "lwchat_error.h"
#include "net/client.h"
#include "net/sock.h"
#include "port.h"
#include "safe.h"

#include <locale.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

/* The terminal's device: see below. Its files are here, as each input finds them as at the start.
 */
static int device_poll(struct pollfd *set, nfds_t count, int timeout_ms);
static ssize_t device_read(int fd, void *buffer, size_t bytes);
static unsigned device_columns(void);
static unsigned device_height(void);

#define poll         device_poll
#define read         device_read
#define rows_columns device_columns
#define rows_height  device_height
#include "../../port/linux/display.c"
#include "../../port/linux/terminal.c"
#undef poll
#undef read
#undef rows_columns
#undef rows_height

enum {
    SOCK = 5,
    SECRET = '`', /* only what is typed while it is hidden has it */
    NARROWEST = 4,
    STEPS_AT_ONCE = 4000,
    LINE_BYTES = 1 << 17
};

bool reason_french;
static struct client *client;
static struct client_config config;

static struct {
    uint32_t now_ms, until_ms, colours;
    bool open, ended, reset, finished, refused, silent, stopping;
    bool starved; /* the client has read all that was typed */
    size_t got, acknowledged, send_room, arrived_bytes, key_at, key_bytes;
    char last; /* byte that the server sent */
    char arrived[1 << 16], keys[1 << 16];
} world;

/* A line that is checked once it is whole. */
struct line {
    size_t bytes;
    char text[LINE_BYTES];
};
static struct line shown, logged;

/* --- The terminal ----------------------------------------------------------------- */

static struct {
    unsigned columns, height, row, column;
    size_t room; /* bytes that it accepts now */
    bool resized;
    bool loose;   /* its size has changed, and it is not drawn anew yet */
    size_t stale; /* bytes still to come that were written before that */
    size_t bytes; /* of a sequence or a character */
    char text[32];
} tty;

/* The number at `*at`, which then is what follows it. */
static unsigned number_at(const char **at)
{
    unsigned number = 0;

    while (**at >= '0' && **at <= '9') {
        number = number * 10 + (unsigned)(*(*at)++ - '0');
        FUZZ_PROMISE(number < 1000);
    }
    return number;
}

/* The client's sequences for colours: `at` is what follows ESC [ */
static bool is_style(const char *at)
{
    static const char *const fixed[] = {"m",   "1m",  "2m",  "7m",  "31m",
                                        "32m", "33m", "34m", "35m", "36m"};

    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        if (strcmp(at, fixed[i]) == 0) {
            return true;
        }
    }
    unsigned numbers = strncmp(at, "38;5;", 5) == 0 ? 1 : strncmp(at, "38;2;", 5) == 0 ? 3 : 0;
    for (at += numbers > 0 ? 4 : 0; numbers > 0; numbers--) {
        if (*at++ != ';' || number_at(&at) > 255) {
            return false;
        }
    }
    return strcmp(at, "m") == 0;
}

/* The client's other sequences. */
static void obey(const char *at)
{
    if (strcmp(at, "J") == 0 || strcmp(at, "K") == 0 || strcmp(at, "2J") == 0) {
        return;
    }
    if (strcmp(at, "H") == 0) {
        tty.row = tty.column = 0;
        tty.loose = tty.loose && (tty.resized || tty.stale > 0);
    } else if (strcmp(at, "999;1H") == 0) {
        tty.row = tty.height - 1;
        tty.column = 0;
    } else {
        unsigned rows = *at == 'A' ? 1 : number_at(&at);
        FUZZ_PROMISE(rows > 0 && strcmp(at, "A") == 0);
        FUZZ_PROMISE(tty.loose || rows <= tty.row);
        tty.row -= rows < tty.row ? rows : tty.row;
    }
}

static void put_character(wchar_t c)
{
    int width = c < SECRET ? 1 : wcwidth(c);
    unsigned columns = width < 0 ? 1 : (unsigned)width;

    FUZZ_PROMISE(c >= ' ' && (c < 0x7F || c >= 0xA0) && c != SECRET);
    tty.column += columns;
    FUZZ_PROMISE(tty.loose || tty.columns < NARROWEST || tty.column <= tty.columns);
}

static void take_byte(char byte)
{
    mbstate_t state = {0};
    wchar_t c;

    if (tty.bytes == 0 && byte == '\n') {
        tty.row += tty.row + 1 < tty.height;
        tty.column = 0;
    } else if (tty.bytes == 0 && byte == '\r') {
        tty.column = 0;
    } else if (tty.bytes > 0 || byte != '\a') {
        FUZZ_PROMISE(tty.bytes < sizeof tty.text - 1);
        tty.text[tty.bytes++] = byte;
        tty.text[tty.bytes] = '\0';
        if (tty.text[0] == '\033') {
            FUZZ_PROMISE(tty.bytes != 2 || byte == '[');
            if (tty.bytes > 2 && byte >= '@') {
                tty.bytes = 0;
                if (!is_style(tty.text + 2)) {
                    obey(tty.text + 2);
                }
            }
            return;
        }
        if (byte >= ' ' && byte < SECRET && tty.bytes == 1) {
            tty.bytes = 0;
            put_character(byte);
            return;
        }
        size_t length = mbrtowc(&c, tty.text, tty.bytes, &state);
        FUZZ_PROMISE(length != (size_t)-1 && length != 0);
        if (length != (size_t)-2) {
            tty.bytes = 0;
            put_character(c);
        }
    }
}

static void resize(unsigned columns, unsigned height)
{
    tty.columns = columns;
    tty.height = height;
    tty.row = tty.row < height ? tty.row : height - 1;
    tty.resized = tty.loose = true;
    tty.stale = screen.bytes;
}

static unsigned device_columns(void)
{
    return tty.columns;
}

static unsigned device_height(void)
{
    return tty.height;
}

static int device_poll(struct pollfd *set, nfds_t count, int timeout_ms)
{
    (void)timeout_ms;
    FUZZ_PROMISE(count == 1 && set->fd == STDIN_FILENO);
    return world.key_bytes > 0;
}

static ssize_t device_read(int fd, void *buffer, size_t bytes)
{
    FUZZ_PROMISE(fd == STDIN_FILENO && bytes == 1 && world.key_bytes > 0);
    memcpy(buffer, world.keys + world.key_at, 1);
    world.key_at = --world.key_bytes > 0 ? world.key_at + 1 : 0;
    return 1;
}

static int key_is_there(void)
{
    return world.key_bytes > 0;
}

int outlet_write(const char *text, size_t bytes)
{
    bytes = bytes < tty.room ? bytes : tty.room;
    tty.room -= bytes;
    for (size_t i = 0; i < bytes; i++) {
        take_byte(text[i]);
        tty.stale -= tty.stale > 0;
    }
    return (int)bytes;
}

bool outlet_wait(int timeout_ms)
{
    (void)timeout_ms;
    return tty.room > 0;
}

bool tty_is_shared(void)
{
    return true;
}

bool tty_is_ours(void)
{
    return true;
}

bool tty_is_smart(void)
{
    return true;
}

bool tty_has_resumed(void)
{
    return false;
}

bool tty_has_changed(void)
{
    return tty.resized;
}

bool tty_has_resized(void)
{
    bool so = tty.resized;

    tty.resized = false;
    return so;
}

void tty_start(bool marks_pastes)
{
    (void)marks_pastes;
}

void tty_take(void)
{
}

void tty_restore(void)
{
}

/* --- What was typed ------------------------------------------------------------------ */

void typed_start(void)
{
    stifle_history(TYPED_LINES);
}

void typed_add(const char *line)
{
    FUZZ_PROMISE(strchr(line, SECRET) == NULL);
    add_history(line);
}

void typed_stop(void)
{
    clear_history();
}

/* --- What is shown, and kept in the log ----------------------------------------------------- */

static void check_lines(struct line *line, const char *text, size_t bytes)
{
    FUZZ_PROMISE(memchr(text, SECRET, bytes) == NULL);
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '\n') {
            FUZZ_PROMISE(safe_text(line->text, line->bytes));
            line->bytes = 0;
        } else if (line->bytes < LINE_BYTES) {
            line->text[line->bytes++] = text[i];
        }
    }
}

/* The text alone of what the client shows: a server can send none of the rest. */
static void check_shown(const char *text, size_t bytes)
{
    for (size_t at = 0; at < bytes;) {
        size_t n = 1;
        if (text[at] == '\033') {
            char style[24];
            FUZZ_PROMISE(world.colours > 0 && text[at + 1] == '[');
            while (n < sizeof style && at + n < bytes && text[at + n] != 'm') {
                style[n - 1] = text[at + n];
                n++;
            }
            FUZZ_PROMISE(n < sizeof style && at + n < bytes);
            memcpy(style + n - 1, "m", 2);
            FUZZ_PROMISE(is_style(style + 1));
            n++;
        } else if (text[at] == '\a') {
            FUZZ_PROMISE(at + 1 < bytes && text[at + 1] == '\n');
        } else if (text[at] != PORT_INDENT) {
            check_lines(&shown, text + at, 1);
        }
        at += n;
    }
}

int port_console_write(const char *text, size_t bytes)
{
    int n = terminal_write(text, bytes);

    check_shown(text, n > 0 ? (size_t)n : 0);
    return n;
}

void port_complain(const char *line)
{
    FUZZ_PROMISE(safe_text(line, strlen(line)));
    (void)terminal_write(line, strlen(line));
    (void)terminal_write("\n", 1);
}

size_t port_log_write(const char *text, size_t bytes)
{
    check_lines(&logged, text, bytes);
    return bytes;
}

int port_console_read(char *buffer, size_t bytes)
{
    int n = terminal_read(buffer, bytes);

    world.starved = n == LWCHAT_AGAIN;
    return n;
}

bool port_screen(uint32_t *colours)
{
    *colours = world.colours;
    return true;
}

/* --- The rest of the port, and the sockets ---------------------------------------------- */

uint32_t port_now_ms(void)
{
    return world.now_ms;
}

bool port_clock(uint32_t *utc_s, int32_t *local_s)
{
    *utc_s = 1796019150;
    *local_s = 3600;
    return true;
}

void port_entropy(void *buffer, size_t bytes)
{
    memset(buffer, 0, bytes);
}

bool port_stopping(void)
{
    return world.stopping;
}

void port_address(char text[PORT_ADDRESS_BYTES])
{
    text[0] = '\0';
}

int port_set_address(const char *address, const char *gateway)
{
    (void)address;
    (void)gateway;
    return LWCHAT_UNSUPPORTED;
}

int sock_resolve(const char *host, struct lwchat_address *ip)
{
    FUZZ_PROMISE(host[0] != '\0');
    *ip = address_v4(0x7F000001);
    return LWCHAT_OK;
}

int sock_connect(const struct sock_address *to)
{
    FUZZ_PROMISE(to->port > 0 && !world.open);
    world.open = true;
    world.ended = world.reset = world.finished = world.silent = false;
    world.got = world.arrived_bytes = 0;
    world.acknowledged = world.send_room = SIZE_MAX;
    return SOCK;
}

int sock_connected(int sock)
{
    FUZZ_PROMISE(sock == SOCK && world.open);
    return world.refused ? LWCHAT_REFUSED : LWCHAT_OK;
}

int sock_peek(int sock, void *buffer, size_t bytes)
{
    FUZZ_PROMISE(sock == SOCK && world.open && bytes > 0);
    if (world.arrived_bytes == 0) {
        return world.reset ? LWCHAT_GONE : world.ended ? 0 : LWCHAT_AGAIN;
    }
    bytes = bytes < world.arrived_bytes ? bytes : world.arrived_bytes;
    memcpy(buffer, world.arrived, bytes);
    return (int)bytes;
}

void sock_skip(int sock, void *buffer, size_t bytes)
{
    (void)buffer;
    FUZZ_PROMISE(sock == SOCK && bytes <= world.arrived_bytes);
    world.arrived_bytes -= bytes;
    memmove(world.arrived, world.arrived + bytes, world.arrived_bytes);
}

int sock_send(int sock, const void *data, size_t bytes)
{
    FUZZ_PROMISE(sock == SOCK && world.open && !world.finished && bytes > 0);
    /* What was hidden is given for the password, and never said. */
    FUZZ_PROMISE(memchr(data, SECRET, bytes) == NULL ||
                 (client->state == CLIENT_GREETING && client->password.asks));
    if (world.reset) {
        return LWCHAT_GONE;
    }
    if (world.send_room == 0) {
        return LWCHAT_AGAIN;
    }
    bytes = bytes < world.send_room ? bytes : world.send_room;
    world.send_room -= bytes;
    world.got += bytes;
    return (int)bytes;
}

int sock_finish(int sock)
{
    FUZZ_PROMISE(sock == SOCK && world.open);
    world.finished = true;
    return LWCHAT_OK;
}

int sock_unacknowledged(int sock, bool *silent)
{
    FUZZ_PROMISE(sock == SOCK && world.open);
    *silent = world.silent;
    if (world.reset) {
        return LWCHAT_GONE;
    }
    return world.got > world.acknowledged ? (int)(world.got - world.acknowledged) : 0;
}

void sock_close(int sock)
{
    FUZZ_PROMISE(sock == SOCK && world.open);
    world.open = false;
}

size_t sock_abort(int sock)
{
    sock_close(sock);
    return 0;
}

int sock_wait(struct sock_poll *set, size_t count, uint32_t timeout_ms)
{
    FUZZ_PROMISE(count == 1 && (set->sock < 0 || world.open));
    bool readable =
        (set->want & SOCK_READABLE) != 0 && (world.arrived_bytes > 0 || world.ended || world.reset);
    bool writable = (set->want & SOCK_WRITABLE) != 0 &&
                    (world.send_room > 0 || client->state == CLIENT_CONNECTING);
    bool keyed = (world.key_bytes > 0 && terminal_listens()) || (terminal_holds() && tty.room > 0);
    terminal_ready();
    if (world.starved && ahead.bytes > 0) {
        world.starved = false;
        return 0;
    }
    if (!keyed && (set->sock < 0 || (!readable && !writable))) {
        uint32_t left_ms = world.until_ms - world.now_ms;
        world.now_ms += timeout_ms < left_ms ? timeout_ms : left_ms;
    }
    return 0;
}

/* --- What is done -------------------------------------------------------------------------- */

static void check_memory(void)
{
    const struct client_screen *at = &client->screen;
    const struct client_down *down = &client->down;
    const struct screen_name *const names[] = {&at->me,   &at->before, &at->wanted,
                                               &at->room, &at->first,  &at->server};

    FUZZ_PROMISE(at->line_bytes <= sizeof at->line && at->typed_bytes <= sizeof at->typed);
    FUZZ_PROMISE(at->wire_bytes <= sizeof at->wire && at->held_bytes <= sizeof at->held);
    FUZZ_PROMISE(at->doubt_bytes <= sizeof at->doubt && at->status_bytes <= sizeof at->status);
    FUZZ_PROMISE(at->out_shown <= at->out_bytes && at->out_bytes <= sizeof at->out);
    FUZZ_PROMISE(at->ignores <= SCREEN_IGNORED && at->who_asked <= 32);
    FUZZ_PROMISE(at->people.people.count <= LWCHAT_MAX_SESSIONS);
    FUZZ_PROMISE(at->people.rooms.count <= LWCHAT_MAX_SESSIONS);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        FUZZ_PROMISE(names[i]->bytes <= sizeof names[i]->text);
    }
    FUZZ_PROMISE(client->up.ready <= client->up.bytes && client->up.taken <= client->up.bytes);
    FUZZ_PROMISE(client->up.sent <= client->up.ready && client->up.bytes <= sizeof client->up.text);
    FUZZ_PROMISE(down->shown <= down->ready && down->ready <= down->bytes);
    FUZZ_PROMISE(down->bytes <= sizeof down->text);
    FUZZ_PROMISE(client->kept.bytes <= sizeof client->kept.text);
    FUZZ_PROMISE(client->password.bytes < sizeof client->password.text);
    FUZZ_PROMISE(screen.bytes <= SCREEN_BYTES && recent.bytes <= RECENT_BYTES);
    FUZZ_PROMISE(paste.bytes <= sizeof paste.text && status.bytes <= STATUS_BYTES);
}

/* @return false once the client has ended. */
static bool run_ms(uint32_t ms)
{
    uint32_t start_ms = world.now_ms;
    unsigned at_once = 0;

    world.until_ms = start_ms + ms;
    while (world.now_ms - start_ms < ms) {
        uint32_t before_ms = world.now_ms;
        bool goes_on = client_step(client);
        check_memory();
        if (!goes_on) {
            return false;
        }
        at_once = before_ms == world.now_ms ? at_once + 1 : 0;
        FUZZ_PROMISE(at_once < STEPS_AT_ONCE);
    }
    return true;
}

static void arrive(const void *data, size_t bytes)
{
    const char *text = data;

    for (size_t i = 0; world.open && i < bytes && world.arrived_bytes < sizeof world.arrived; i++) {
        char byte = text[i];
        /* Neither the secret's byte nor its escape in JSON. */
        byte = byte == SECRET || (world.last == '6' && byte == '0') ? '-' : byte;
        world.last = byte;
        world.arrived[world.arrived_bytes++] = byte;
    }
}

static void press(const void *data, size_t bytes)
{
    const char *text = data;

    for (size_t i = 0; i < bytes && world.key_at + world.key_bytes < sizeof world.keys; i++) {
        world.keys[world.key_at + world.key_bytes++] = text[i];
    }
}

static void type(const uint8_t *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        press(data[i] == SECRET ? (const uint8_t *)"-" : data + i, 1);
    }
}

/* Keys that edit a line, and a secret as well if it is hidden. */
static void type_hidden(const uint8_t *data, size_t bytes)
{
    if (hides && world.key_bytes == 0) {
        press("`", 1);
        type(data, bytes);
        press("`", 1);
        terminal_ready();
    }
}

static void type_paste(const uint8_t *data, size_t bytes, bool secret)
{
    press("\033[200~", 6);
    if (secret && hides) {
        press("`", 1);
    }
    type(data, bytes);
    press("\033[201~", 6);
    terminal_ready();
}

static void say_line(unsigned number)
{
    static const char *const lines[] = {
        "You are connected to server Marcel. Send your messages.\n"
        "*** You are guest1. /help lists the commands, /quit leaves.\n",
        "{\"time\":1796119150,\"type\":\"hello\",\"start\":7,\"room\":\"#lobby\",\"from\":"
        "\"Marcel\",\"to\":"
        "\"guest1\"}\n",
        "*** Password? The next thing you send is taken for it.\n",
        "!!! wrong password, nothing was said: 2 more attempts\n",
        "!!! no command \"/mode\": /help lists them\n",
        "{\"type\":\"reply\",\"text\":\"You are now alice.\"}\n",
        "{\"type\":\"reply\",\"text\":\"in #lobby: 2\"}\n{\"type\":\"reply\",\"text\":\"  alice "
        "bob\"}\n",
        "{\"seq\":10,\"time\":1796119150,\"type\":\"message\",\"room\":\"#lobby\",\"from\":\"bob\","
        "\"text\":\"",
        "{\"time\":1796119150,\"type\":\"message\",\"room\":\"#lobby\",\"from\":\"alice\",\"text\":"
        "\"",
        "{\"seq\":12,\"type\":\"action\",\"from\":\"bob\",\"text\":\"",
        "{\"seq\":13,\"type\":\"private\",\"from\":\"bob\",\"text\":\"",
        "{\"seq\":13,\"type\":\"private\",\"to\":\"bob\",\"text\":\"",
        "{\"type\":\"join\",\"from\":\"",
        "{\"type\":\"leave\",\"from\":\"alice\",\"text\":\"",
        "{\"type\":\"nick\",\"from\":\"bob\",\"to\":\"",
        "{\"type\":\"kick\",\"from\":\"bob\",\"text\":\"",
        "{\"type\":\"missed\",\"count\":2,\"text\":\"you missed 2 messages\"}\n",
        "{\"type\":\"error\",\"text\":\"the nick \\\"alice\\\" is taken\"}\n",
        "{\"type\":\"reply\",\"text\":\"You are in #den.\"}\n",
        "{\"type\":\"reply\",\"text\":\"#den: 1\"}\n",
        "{\"type\":\"reply\",\"text\":\"this server is moving to 192.168.7.9 port 50001: reconnect "
        "there\"}\n",
        "{\"type\":\"reply\",\"text\":\"fin\"}\n",
        "{\"type\":\"reply\",\"text\":\"",
        "{\"type\":\"error\",\"text\":\"",
        "\"}\n",
        "*** You are now alice.\n*** in #lobby: 2\n***   alice bob\n*** #lobby: 2\n",
        "!!! you are banned\n",
        "!!! the server is full (64 of 64), try again later\n",
        "fin\n",
        "\377\375\001\377\372\030\001\377\360",
    };
    const char *line = lines[number % (sizeof lines / sizeof lines[0])];

    arrive(line, strlen(line));
}

static void type_line(unsigned number)
{
    static const char *const lines[] = {"hello\r",
                                        "/me waves\r",
                                        "/msg bob psst\r",
                                        "/ignore bob\r",
                                        "/ignore\r",
                                        "/nick \t\r",
                                        "/w\t\r",
                                        "b\t",
                                        "//x\r",
                                        "/rooms\r",
                                        "fin\r",
                                        "/mode text\r",
                                        "\033[A",
                                        "\033[D",
                                        "\001",
                                        "\005",
                                        "\013",
                                        "\025",
                                        "\027",
                                        "\031",
                                        "\033d",
                                        "\033y",
                                        "\037",
                                        "\024",
                                        "\f",
                                        "\020",
                                        "\016",
                                        "\030(",
                                        "\030)",
                                        "\030e",
                                        "\033.",
                                        "y",
                                        "n",
                                        "\r",
                                        "\177",
                                        "\026\033",
                                        "\003",
                                        "\033[3;5~",
                                        "\033[200~",
                                        "\033[201~",
                                        "\033\n",
                                        "\030\022"};
    const char *line = lines[number % (sizeof lines / sizeof lines[0])];

    press(line, strlen(line));
}

/* One thing that happens. @return false if the client has ended. */
static bool happen(struct fuzz_input *input)
{
    const uint8_t *data;
    unsigned what = fuzz_number(input, 18);
    size_t bytes;

    switch (what) {
    case 0:
        say_line(fuzz_byte(input));
        break;
    case 1:
        bytes = fuzz_bytes(input, fuzz_byte(input), &data);
        arrive(data, bytes);
        break;
    case 2:
        type_line(fuzz_byte(input));
        break;
    case 3:
        bytes = fuzz_bytes(input, fuzz_number(input, 31), &data);
        type(data, bytes);
        break;
    case 4:
        bytes = fuzz_bytes(input, fuzz_number(input, 15), &data);
        type_hidden(data, bytes);
        break;
    case 5:
        bytes = fuzz_bytes(input, fuzz_byte(input), &data);
        type_paste(data, bytes, bytes % 2 != 0);
        break;
    case 6:
        resize(1 + fuzz_number(input, 99), 1 + fuzz_number(input, 30));
        break;
    case 7: /* the same, many times */
        bytes = fuzz_bytes(input, 1 + fuzz_number(input, 15), &data);
        for (unsigned times = 2U * fuzz_byte(input); times > 0; times--) {
            arrive(data, bytes);
        }
        break;
    case 8:
        bytes = fuzz_bytes(input, 1 + fuzz_number(input, 7), &data);
        for (unsigned times = 2U * fuzz_byte(input); times > 0; times--) {
            type(data, bytes);
        }
        break;
    case 9:
        world.ended = true;
        break;
    case 10:
        world.reset = true;
        break;
    case 11:
        world.refused = !world.refused;
        break;
    case 12:
        tty.room = fuzz_number(input, 400);
        break;
    case 13:
        tty.room = SIZE_MAX;
        break;
    case 14:
        world.send_room = fuzz_byte(input);
        break;
    case 15:
        world.send_room = world.acknowledged = SIZE_MAX;
        world.silent = false;
        break;
    case 16:
        world.acknowledged = world.got;
        world.silent = true;
        break;
    case 17:
        return run_ms(100U * fuzz_byte(input));
    default:
        break;
    }
    return run_ms(1U << (what % 8));
}

/* --- From start to stop ----------------------------------------------------------------------- */

static void start(struct fuzz_input *input)
{
    static const uint32_t colours[] = {0, 0, 8, 256, 1U << 24};
    unsigned how = fuzz_byte(input);

    memset(&world, 0, sizeof world);
    world.now_ms = UINT32_MAX - 5000;
    world.colours = colours[fuzz_number(input, 4)];
    world.send_room = world.acknowledged = SIZE_MAX;
    memset(&tty, 0, sizeof tty);
    tty.columns = 80;
    tty.height = 24;
    tty.room = SIZE_MAX;
    shown.bytes = logged.bytes = 0;
    memset(&screen.rows, 0, sizeof screen.rows);
    screen.bytes = recent.bytes = 0;
    screen.torn = screen.gone = moved = false;
    edited.row = 0;
    hidden_forget(&hidden);
    status.bytes = paste.bytes = paste.matched = paste.lost = 0;
    paste.inside = paste.begins = paste.whole = asks = hides = drops = waits = false;
    drawn = dirty = status.drawn = here = ended = gone = false;
    echoes = true;
    keys_begin = keys_end = 0;
    rl_variable_bind("editing-mode", "emacs");
    terminal_start(true);
    rl_input_available_hook = key_is_there;
    reason_french = (how & 1) != 0;
    config = (struct client_config){.host = (how & 2) != 0 ? "here" : "192.168.7.2",
                                    .port = 50000,
                                    .nick = (how & 4) != 0 ? "alice" : NULL,
                                    .lang = reason_french ? WORDS_FRENCH : WORDS_ENGLISH,
                                    .password = (how & 8) != 0 ? "sesame" : NULL,
                                    .comes_back =
                                        (how & 16) != 0 ? CLIENT_RETURNS : CLIENT_RETURNS_ON_SCREEN,
                                    .log = (how & 32) != 0};
    client = malloc(sizeof *client);
    FUZZ_PROMISE(client != NULL);
    client_start(client, &config);
}

static void stop(void)
{
    tty.room = SIZE_MAX;
    terminal_stop(0);
    rl_callback_sigcleanup();
    rl_free_undo_list();
    free(client);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    setenv("INPUTRC", "/dev/null", 1);
    setenv("TERM", "xterm", 1);
    rows_start();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct fuzz_input input = {data, bytes};

    start(&input);
    bool goes_on = run_ms(1);
    while (goes_on && input.left > 0) {
        goes_on = happen(&input);
    }
    if (goes_on) {
        world.stopping = true;
        tty.room = SIZE_MAX;
        FUZZ_PROMISE(!run_ms(60000));
    }
    stop();
    return 0;
}
