#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "display.h"
#include "edited.h"
#include "hidden.h"
#include "lwchat_error.h"
#include "outlet.h"
#include "paste.h"
#include "port.h"
#include "reason.h"
#include "rows.h"
#include "tty.h"
#include "typed.h"

enum {
    /* For lines typed ahead; further keys stay in the terminal's queue. */
    AHEAD_BYTES = 65536,
    KEYS_AT_ONCE = 4096,
    LEAST_COLUMNS = 8,
    /* A lower terminal has no room for the line of the state. */
    LEAST_ROWS = 4,
    STATUS_BYTES = 512,
    ECHO_BYTES = 4096,
    /* How long the rest of a key's sequence may take. */
    SEQUENCE_MS = 20,
    CLEAR_KEY = 'L' & 0x1F,
    CANCEL_KEY = 'G' & 0x1F,
    KILL_KEY = 'U' & 0x1F
};

_Static_assert((int)EDITED_BYTES <= (int)DISPLAY_DRAWING_BYTES,
               "the line that is typed can be drawn");

static struct {
    char *text;
    size_t bytes;
    size_t room;
} ahead;

/* The line that is edited. */
static struct edited edited;
static bool drawn; /* it is on the screen */
static bool dirty; /* it has changed */

/* The line above it. */
static struct {
    char text[STATUS_BYTES];
    size_t bytes;
    bool drawn;
} status;

/* What is pasted at once; `asks`: its lines are sent or dropped with the next key. */
static struct paste paste;
static bool asks;
static bool drops; /* it has begun before what is typed was hidden, or shown again */
static bool waits; /* it has begun, and the terminal had no more of it: the line above says so */
static char question[160];

static bool types; /* a client's user types here: pastes are asked about, and lines are kept */
static bool echoes = true;

static bool hides;           /* the line that is typed is the one below, and is not drawn */
static struct hidden hidden; /* readline's own is left as it was before that */
static size_t before;        /* bytes of lines from before that, left in `ahead` */

static void (*complete)(void *context, const char *line, size_t bytes,
                        struct port_completion *completion);
static void *complete_context;

static bool edits;   /* lines are edited on the terminal on standard input */
static bool editing; /* readline's handler is installed */
static bool here;    /* in the foreground at the last check: the line is on the screen */
static bool ended;
static bool gone; /* the terminal has gone */

/* Keys already read, for readline. */
static char keys[PASTE_KEYS];
static size_t keys_begin, keys_end;

/*
 * readline would change the modes before and after every line, and wait each time
 * until the terminal has written all output, which a stopped one never does. So
 * they are changed here, once.
 */
static void keep_modes(int meta)
{
    (void)meta;
}

static void keep_modes_too(void)
{
}

/* --- What is typed, on the screen ------------------------------------------------ */

/* Removes the line that is edited, and the one above it. */
static void clear_block(void)
{
    static const char up_and_clear[] = "\033[A\033[J";

    if (drawn) {
        char out[32];
        display_put(out, edited_clear(&edited, out));
    }
    if (drawn && status.drawn) {
        display_put(up_and_clear, sizeof up_and_clear - 1);
    }
    drawn = status.drawn = false;
}

/* What is in the line above. @return its length. */
static size_t choose_status(const char **text)
{
    *text = waits  ? SAY("[waiting for the end of a paste: Ctrl-U drops it]",
                         "[attente de la fin d'un collage : Ctrl-U l'oublie]")
            : asks ? question
                   : status.text;
    return waits || asks ? strlen(*text) : status.bytes;
}

static void draw_status(void)
{
    const char *text;
    size_t bytes = choose_status(&text);
    unsigned columns = rows_columns();

    if (bytes > 0 && columns >= LEAST_COLUMNS && rows_height() >= LEAST_ROWS) {
        display_put(text, rows_cut(text, bytes, columns - 1));
        display_put("\033[m\n", 4);
        status.drawn = true;
    }
}

/* Draws both, at the start of an empty row; or the line alone, if they are there. */
static void draw_block(void)
{
    static char out[EDITED_BYTES];

    if (!drawn) {
        edited.row = 0;
        status.drawn = false;
        draw_status();
    }
    display_put(out, edited_draw(&edited, rl_line_buffer, hides ? 0 : (size_t)rl_end,
                                 hides ? 0 : (size_t)rl_point, rows_columns(),
                                 rows_height() - status.drawn, out));
    drawn = true;
    dirty = false;
}

/* readline's redisplay function. Many keys at once cost one drawing. */
static void must_draw(void)
{
    dirty = true;
}

static void end_drawing(void)
{
    if (dirty && editing && here) {
        draw_block();
    }
    display_flush();
    if (display_was_torn() && editing && here) {
        display_put("\r\n", 2);
        drawn = false;
        draw_block();
        display_flush();
    }
}

/* --- Another size ------------------------------------------------------------ */

/*
 * Shows everything again. A terminal of another size has broken its rows anew, or cut them, and no
 * two terminals do that alike.
 */
static void repaint(void)
{
    unsigned typed = rows_width(rl_line_buffer, hides ? 0 : (size_t)rl_end) + 2;
    const char *unused;

    display_repaint(1 + (unsigned)(choose_status(&unused) > 0) + typed / rows_columns());
    drawn = false;
    draw_block();
}

static void take_line(char *line);

static void forget_paste(void)
{
    /* One that was asked about has been replaced by it. */
    asks = asks && !paste.inside;
    paste_forget(&paste);
    drops = drops && paste.whole;
}

static void take_terminal(void)
{
    tty_take();
    /* The rest of it has been read by another program. */
    forget_paste();
    waits = false;
    drawn = false;
    dirty = true;
    if (!editing) {
        editing = true;
        rl_callback_handler_install("", take_line);
    }
}

/* Checks whether this program has the terminal: after "fg" it gets no signal that says so. */
static void look_around(void)
{
    if (!edits) {
        return;
    }
    bool ours = tty_is_ours();
    gone = gone || !tty_is_shared();
    if (tty_has_resumed()) {
        here = false;
    }
    if (ours && !here && !ended) {
        take_terminal();
    }
    here = ours;
    if (here && tty_has_resized() && editing) {
        repaint();
    }
}

int terminal_write(const char *text, size_t bytes)
{
    display_flush();
    if (display_is_gone()) {
        return LWCHAT_GONE;
    }
    /* Nobody knows in which column what was drawn will end. */
    if (display_is_torn() && display_holds()) {
        return 0;
    }
    /* Before room is looked for: it may show everything again. */
    look_around();
    unsigned columns = rows_columns();
    size_t fits = display_room(text, bytes, columns);
    if (fits == 0) {
        return 0;
    }
    bool draws = editing && here;
    if (display_was_torn() && draws) {
        display_put("\r\n", 2);
        drawn = false;
    }
    if (draws) {
        clear_block();
    }
    display_show(text, fits, columns);
    if (draws) {
        display_end_row();
        draw_block();
        end_drawing();
    } else {
        display_flush();
    }
    return (int)fits;
}

bool terminal_holds(void)
{
    if (display_holds() || !edits || ended) {
        return display_holds();
    }
    return !tty_is_shared() || ((tty_has_changed() || !here) && tty_is_ours());
}

bool terminal_is_away(void)
{
    return edits && !ended && !tty_is_ours();
}

/* --- Lines ---------------------------------------------------------------- */

/* Adds a line to those that were typed. @return false without memory. */
static bool add_ahead(const char *line, size_t bytes)
{
    if (ahead.bytes + bytes + 1 > ahead.room) {
        size_t room = 2 * (ahead.bytes + bytes + 1);
        char *text = realloc(ahead.text, room);
        if (text == NULL) {
            return false;
        }
        ahead.text = text;
        ahead.room = room;
    }
    memcpy(ahead.text + ahead.bytes, line, bytes);
    ahead.bytes += bytes;
    ahead.text[ahead.bytes++] = '\n';
    return true;
}

/* Shows a line that was typed above the block, which is not drawn at the moment. */
static void echo(const char *line, size_t bytes)
{
    static char text[ECHO_BYTES] = "> ";
    size_t room = sizeof text - 3;

    bytes = bytes < room ? bytes : room;
    rows_clean(text + 2, line, bytes);
    text[2 + bytes] = '\n';
    bytes += 3;
    unsigned columns = rows_columns();
    if (display_room(text, bytes, columns) > 0) {
        display_show(text, bytes, columns);
    }
}

static void take_line(char *line)
{
    if (line == NULL) {
        if (editing) {
            clear_block();
            rl_callback_handler_remove();
        }
        editing = false;
        ended = true;
        tty_restore();
        return;
    }
    size_t bytes = strlen(line);
    clear_block();
    if (echoes) {
        echo(line, bytes);
    }
    if (add_ahead(line, bytes)) {
        typed_add(line);
    }
    free(line);
}

static int clear_screen(int count, int byte)
{
    (void)count;
    (void)byte;
    display_put("\033[H\033[2J", 7);
    display_forget();
    drawn = false;
    draw_block();
    return 0;
}

static int complete_word(int count, int byte)
{
    struct port_completion completion;

    if (complete == NULL) {
        return rl_insert(count, byte);
    }
    complete(complete_context, rl_line_buffer, (size_t)rl_point, &completion);
    if (completion.bytes > 0) {
        char text[sizeof completion.text + 1];
        memcpy(text, completion.text, completion.bytes);
        text[completion.bytes] = '\0';
        rl_begin_undo_group();
        rl_delete_text((int)completion.begin, rl_point);
        rl_point = (int)completion.begin;
        rl_insert_text(text);
        rl_end_undo_group();
    }
    if (completion.list_bytes > 0) {
        (void)terminal_write(completion.list, completion.list_bytes);
        (void)terminal_write("\n", 1);
    }
    return 0;
}

/* --- Pastes --------------------------------------------------------------------- */

static bool key_waits(int timeout_ms)
{
    struct pollfd pressed = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&pressed, 1, timeout_ms) > 0;
}

static void insert_paste(void)
{
    paste.text[paste.bytes - 1] = '\0';
    if (hides) {
        for (const char *at = paste.text; *at != '\0'; at++) {
            (void)hidden_take(&hidden, *at);
        }
    } else {
        rl_insert_text(paste.text);
    }
    dirty = true;
}

/* In the background nothing is drawn: see take_terminal(). */
static void stop_asking(void)
{
    bool draws = asks && editing && here;

    if (draws) {
        clear_block();
    }
    asks = false;
    if (draws) {
        draw_block();
    }
}

/*
 * Says that the end of a paste has not come, or that it has: without that, it would seem that keys
 * do nothing. Nothing of it is used, as what is missing could be a part of a line.
 */
static void show_waiting(void)
{
    if (waits != paste.inside && editing && here) {
        clear_block();
        waits = paste.inside;
        draw_block();
    }
}

/* Whether a key ends a paste whose end has not come: nothing follows it, as would in a paste. */
static bool ends_paste(int byte)
{
    return waits && paste.inside && (byte == CANCEL_KEY || byte == KILL_KEY) &&
           !key_waits(SEQUENCE_MS);
}

static void take_paste(void)
{
    size_t lines = paste_lines(&paste);

    if (drops) {
        drops = false;
    } else if (paste.lost > 0) {
        port_complain(SAY("nothing was pasted: it has more than 64 KiB",
                          "rien n'a été collé : plus de 64 Kio"));
    } else if (lines == 1) {
        insert_paste();
    } else if (lines > 1) {
        (void)snprintf(question, sizeof question,
                       SAY("[%zu lines were pasted: y sends them, n drops them]",
                           "[%zu lignes ont été collées : o les envoie, n les oublie]"),
                       lines);
        clear_block();
        asks = true;
        draw_block();
    }
}

static void send_paste(void)
{
    for (size_t at = 0; at < paste.bytes;) {
        const char *line = paste.text + at;
        size_t bytes = (size_t)((const char *)memchr(line, '\n', paste.bytes - at) - line);
        (void)add_ahead(line, bytes);
        if (echoes && !hides) {
            echo(line, bytes);
        }
        at += bytes + 1;
    }
}

/* A key while a paste is asked about. */
static void answer(char byte)
{
    enum { ESCAPE = 0x1B };
    bool yes = byte == 'y' || byte == 'Y' || byte == 'o' || byte == 'O';

    if (!yes && byte != 'n' && byte != 'N' && byte != ESCAPE && byte != CANCEL_KEY &&
        byte != KILL_KEY) {
        return;
    }
    clear_block();
    asks = false;
    if (yes) {
        send_paste();
    }
    draw_block();
}

/* A key while what is typed is hidden. */
static void take_hidden(char byte)
{
    switch (hidden_take(&hidden, byte)) {
    case HIDDEN_LINE:
        clear_block();
        (void)add_ahead(hidden.text, hidden.bytes);
        hidden_forget(&hidden);
        break;
    case HIDDEN_END:
        take_line(NULL);
        break;
    case HIDDEN_MORE:
        if (byte == CLEAR_KEY) {
            (void)clear_screen(1, byte);
        }
        break;
    }
    dirty = true;
}

int terminal_read(char *buffer, size_t bytes)
{
    if (ahead.bytes == 0) {
        return ended ? LWCHAT_GONE : LWCHAT_AGAIN;
    }
    if (bytes > ahead.bytes) {
        bytes = ahead.bytes;
    }
    memcpy(buffer, ahead.text, bytes);
    ahead.bytes -= bytes;
    memmove(ahead.text, ahead.text + bytes, ahead.bytes);
    before -= bytes < before ? bytes : before;
    return (int)bytes;
}

bool terminal_listens(void)
{
    return editing && ahead.bytes < AHEAD_BYTES && tty_is_ours();
}

/* Reads a key without waiting. @return EOF when there is none. */
static int read_terminal(void)
{
    unsigned char byte;
    ssize_t n;

    if (!key_waits(types && paste_holds(&paste) ? SEQUENCE_MS : 0)) {
        return EOF;
    }
    do {
        n = read(STDIN_FILENO, &byte, 1);
    } while (n < 0 && errno == EINTR);
    gone = gone || n == 0;
    return n == 1 ? byte : EOF;
}

/* Reads until there is a key that is none of a paste. @return false when there is none. */
static bool fetch_key(void)
{
    while (keys_begin == keys_end && !paste.whole) {
        int byte = read_terminal();
        keys_begin = 0;
        if (byte == EOF) {
            keys_end = paste_release(&paste, keys);
            break;
        }
        if (ends_paste(byte)) {
            forget_paste();
        } else if (types) {
            keys_end = paste_take(&paste, (char)byte, keys);
        } else {
            keys[0] = (char)byte;
            keys_end = 1;
        }
    }
    return keys_begin < keys_end;
}

/* readline may request a second key, for a multi-byte character, and must not wait for it. */
static int read_key(FILE *stream)
{
    (void)stream;
    return fetch_key() ? (unsigned char)keys[keys_begin++] : EOF;
}

void terminal_ready(void)
{
    look_around();
    for (int count = 0; count < KEYS_AT_ONCE && terminal_listens(); count++) {
        /* Fetch the key first, since readline takes EOF for the end of input. */
        if (fetch_key() && asks) {
            answer(keys[keys_begin++]);
        } else if (keys_begin < keys_end && hides) {
            take_hidden(keys[keys_begin++]);
        } else if (keys_begin < keys_end) {
            rl_callback_read_char();
        } else if (paste.whole) {
            /* It replaces one that is still asked about. */
            stop_asking();
            take_paste();
        } else {
            break;
        }
    }
    if (gone && !ended) {
        take_line(NULL);
    }
    show_waiting();
    end_drawing();
}

/* --- From start to stop ---------------------------------------------------- */

/*
 * readline's searches wait for a key, or end the program: ^R, ^X and another key in 8.2. A number
 * before a key repeats it, until the memory is full if the number is large.
 */
static void bind_keys(void)
{
    static const char *const names[] = {"reverse-search-history",
                                        "forward-search-history",
                                        "non-incremental-reverse-search-history",
                                        "non-incremental-forward-search-history",
                                        "clear-display",
                                        "digit-argument",
                                        "universal-argument",
                                        "vi-arg-digit"};
    const Keymap maps[] = {emacs_standard_keymap, emacs_meta_keymap, emacs_ctlx_keymap,
                           vi_insertion_keymap, vi_movement_keymap};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (size_t j = 0; j < sizeof maps / sizeof maps[0]; j++) {
            rl_unbind_command_in_map(names[i], maps[j]);
        }
    }
    for (size_t j = 0; j < sizeof maps / sizeof maps[0]; j++) {
        if (maps[j] != emacs_ctlx_keymap && maps[j] != emacs_meta_keymap) {
            (void)rl_bind_key_in_map('\t', complete_word, maps[j]);
            (void)rl_bind_key_in_map(CLEAR_KEY, clear_screen, maps[j]);
        }
    }
}

void terminal_start(bool for_client)
{
    const cookie_io_functions_t nowhere = {.write = NULL};

    edits = true;
    types = for_client;
    rl_readline_name = "lwchat";
    rl_instream = stdin;
    rl_outstream = fopencookie(NULL, "w", nowhere);
    rl_getc_function = read_key;
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_redisplay_function = must_draw;
    rl_inhibit_completion = 1;
    rl_prep_term_function = keep_modes;
    rl_deprep_term_function = keep_modes_too;
    rl_initialize();
    rl_tty_set_echoing(1);
    /* Pastes are handled here, and an Esc must not block the loop. */
    rl_variable_bind("enable-bracketed-paste", "off");
    rl_variable_bind("keyseq-timeout", "20");
    /* The bell would be written to standard error, and block on a stopped terminal. */
    rl_variable_bind("bell-style", "none");
    bind_keys();
    if (types) {
        typed_start();
    } else {
        stifle_history(TYPED_LINES);
    }

    tty_start(types && tty_is_smart());
    look_around();
    end_drawing();
}

static int left_ms(const struct timespec *start, int timeout_ms)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return timeout_ms -
           (int)((now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000);
}

void terminal_stop(int timeout_ms)
{
    struct timespec start;
    int left;

    port_screen_hide(false);
    if (editing) {
        /* Leave a half-typed line readable; remove an empty one. */
        if (here) {
            clear_block();
        }
        if (here && rl_end > 0) {
            rl_point = rl_end;
            status.bytes = 0;
            asks = waits = false;
            draw_block();
            display_put("\n", 1);
        }
        drawn = dirty = false;
        rl_callback_handler_remove();
        editing = false;
    }
    end_drawing();
    clock_gettime(CLOCK_MONOTONIC, &start);
    while (display_holds() && (left = left_ms(&start, timeout_ms)) > 0 && outlet_wait(left)) {
        display_flush();
    }
    tty_restore();
    if (rl_outstream != NULL) {
        fclose(rl_outstream);
        rl_outstream = NULL;
    }
    typed_stop();
    free(ahead.text);
    memset(&ahead, 0, sizeof ahead);
}

/* --- What a client sets ------------------------------------------------------------- */

void port_screen_echo(bool on)
{
    echoes = on;
}

void port_screen_hide(bool on)
{
    if (!edits || hides == on) {
        return;
    }
    /* A paste that is asked about would be taken for the secret, or be the secret. */
    stop_asking();
    drops = paste.inside || paste.whole;
    if (on) {
        before = ahead.bytes;
    } else {
        /* What was hidden must not be sent as a message, either. */
        ahead.bytes = before;
    }
    hidden_forget(&hidden);
    hides = on;
    dirty = true;
}

void port_screen_complete(void (*function)(void *context, const char *line, size_t bytes,
                                           struct port_completion *completion),
                          void *context)
{
    complete = function;
    complete_context = context;
}

void port_screen_status(const char *text, size_t bytes)
{
    look_around();
    bool draws = editing && here;
    if (draws) {
        clear_block();
    }
    status.bytes = bytes < sizeof status.text ? bytes : sizeof status.text;
    memcpy(status.text, text, status.bytes);
    if (draws) {
        draw_block();
        end_drawing();
    }
}
