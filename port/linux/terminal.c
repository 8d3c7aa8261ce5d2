#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "edited.h"
#include "lwchat_error.h"
#include "outlet.h"
#include "paste.h"
#include "port.h"
#include "reason.h"
#include "rows.h"
#include "typed.h"

enum {
    SCREEN_BYTES = 65536,
    /* Reserved for drawing the line that is typed while the terminal is stopped. */
    EDIT_BYTES = 16384,
    /* For lines typed ahead; further keys stay in the terminal's queue. */
    AHEAD_BYTES = 65536,
    KEYS_AT_ONCE = 4096,
    LEAST_COLUMNS = 8,
    /* A lower terminal has no room for the line of the state. */
    LEAST_ROWS = 4,
    /*
     * What was shown last, to show it again when the terminal has another size. A byte takes at
     * most eight once it is laid out.
     */
    RECENT_BYTES = SCREEN_BYTES / 8,
    STATUS_BYTES = 512,
    /* How long the rest of a key's sequence may take. */
    SEQUENCE_MS = 20
};

_Static_assert((int)EDITED_BYTES <= (int)EDIT_BYTES, "the line that is typed can be drawn");

static struct {
    char text[SCREEN_BYTES];
    size_t bytes;
    struct rows rows; /* where the output ends */
    bool torn;        /* what was drawn did not fit: redraw once there is room */
    bool gone;
} screen;

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

static struct {
    char text[RECENT_BYTES];
    size_t bytes;
} recent;

/* What is pasted at once; `asks`: its lines are sent or dropped with the next key. */
static struct paste paste;
static bool asks;
static char question[160];

static bool types; /* a client's user types here: pastes are asked about, and lines are kept */
static bool marks; /* the terminal is asked to mark them */
static bool echoes = true;
static bool moved; /* the rows above are all this program's */
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
static struct termios cooked, raw;
static volatile sig_atomic_t is_raw, resized, resumed;

/* --- The terminal's modes -------------------------------------------------- */

bool terminal_is_shared(void)
{
    return tcgetpgrp(STDIN_FILENO) >= 0;
}

bool terminal_is_ours(void)
{
    return tcgetpgrp(STDIN_FILENO) == getpgrp();
}

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

/* Whether the terminal is to mark what it pastes. Safe in a signal handler. */
static void mark_pastes(bool on)
{
    const char *sequence = on ? "\033[?2004h" : "\033[?2004l";

    if (marks && outlet_fd() >= 0) {
        (void)!write(outlet_fd(), sequence, 8);
    }
}

/* Safe in a signal handler. */
static void set_raw(bool on)
{
    /* In the background the terminal belongs to another program. */
    if (is_raw != on && terminal_is_ours()) {
        tcsetattr(STDIN_FILENO, TCSANOW, on ? &raw : &cooked);
        mark_pastes(on);
        is_raw = on;
    }
}

static void restore(void)
{
    set_raw(false);
}

/* --- The screen ----------------------------------------------------------- */

/* Draws. What does not fit is redrawn later. */
static void put_screen(const char *text, size_t bytes)
{
    size_t room = SCREEN_BYTES - screen.bytes;

    if (screen.torn || bytes > room) {
        screen.torn = true;
    } else {
        memcpy(screen.text + screen.bytes, text, bytes);
        screen.bytes += bytes;
    }
}

static void flush_screen(void)
{
    if (screen.bytes > 0 && !screen.gone) {
        int n = outlet_write(screen.text, screen.bytes);
        if (n < 0) {
            screen.gone = true;
        } else {
            screen.bytes -= (size_t)n;
            memmove(screen.text, screen.text + n, screen.bytes);
        }
    }
    if (screen.gone) {
        screen.bytes = 0;
    }
}

/* Removes the line that is edited, and the one above it. */
static void clear_block(void)
{
    static const char up_and_clear[] = "\033[A\033[J";

    if (drawn) {
        char out[32];
        put_screen(out, edited_clear(&edited, out));
    }
    if (drawn && status.drawn) {
        put_screen(up_and_clear, sizeof up_and_clear - 1);
    }
    drawn = status.drawn = false;
}

static void draw_status(void)
{
    const char *text = asks ? question : status.text;
    size_t bytes = asks ? strlen(question) : status.bytes;
    unsigned columns = rows_columns();

    if (bytes > 0 && columns >= LEAST_COLUMNS && rows_height() >= LEAST_ROWS) {
        put_screen(text, rows_cut(text, bytes, columns - 1));
        put_screen("\033[m\n", 4);
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
    put_screen(out, edited_draw(&edited, rl_line_buffer, (size_t)rl_end, (size_t)rl_point,
                                rows_columns(), rows_height() - status.drawn, out));
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
    flush_screen();
    if (screen.torn && screen.bytes == 0) {
        screen.torn = false;
        if (editing && here) {
            put_screen("\r\n", 2);
            drawn = false;
            draw_block();
            flush_screen();
        }
    }
}

/* --- Another size ------------------------------------------------------------ */

static void forget_oldest(size_t wanted)
{
    const char *end = recent.text;

    while (end != NULL && (size_t)(end - recent.text) < wanted) {
        end = memchr(end, '\n', recent.bytes - (size_t)(end - recent.text));
        end = end == NULL ? NULL : end + 1;
    }
    size_t dropped = end == NULL ? recent.bytes : (size_t)(end - recent.text);
    recent.bytes -= dropped;
    memmove(recent.text, recent.text + dropped, recent.bytes);
}

static void remember(const char *text, size_t bytes)
{
    if (bytes > sizeof recent.text) {
        text += bytes - sizeof recent.text;
        bytes = sizeof recent.text;
        const char *end = memchr(text - 1, '\n', bytes);
        if (end != NULL) {
            bytes -= (size_t)(end + 1 - text);
            text = end + 1;
        }
    }
    if (bytes > sizeof recent.text - recent.bytes) {
        size_t wanted = bytes - (sizeof recent.text - recent.bytes);
        forget_oldest(wanted > RECENT_BYTES / 4 ? wanted : RECENT_BYTES / 4);
    }
    memcpy(recent.text + recent.bytes, text, bytes);
    recent.bytes += bytes;
}

/* The rows of a line, its end included. */
static unsigned rows_of(const char *line, size_t bytes, unsigned columns)
{
    static char laid[SCREEN_BYTES];
    struct rows rows = {.column = 0};
    unsigned count = 1;

    size_t n = rows_lay(&rows, columns, line, bytes, laid);
    for (size_t i = 0; i + 1 < n; i++) {
        count += laid[i] == '\n';
    }
    return count;
}

/* Where the last lines begin that fit into so many rows; one at least. */
static size_t last_lines(unsigned columns, unsigned room)
{
    size_t begin = recent.bytes;
    unsigned taken = 0;

    while (begin > 0) {
        size_t line = begin - 1;
        while (line > 0 && recent.text[line - 1] != '\n') {
            line--;
        }
        taken += rows_of(recent.text + line, begin - line, columns);
        if (taken > room && begin < recent.bytes) {
            break;
        }
        begin = line;
    }
    return begin;
}

/* Puts laid text on the screen from its top, where each row replaces what was there. */
static void put_over(const char *laid, size_t bytes)
{
    for (size_t at = 0; at < bytes;) {
        const char *end = memchr(laid + at, '\n', bytes - at);
        size_t n = end == NULL ? bytes - at : (size_t)(end - laid) - at;
        put_screen("\033[K", 3);
        put_screen(laid + at, n);
        at += n;
        if (end != NULL) {
            put_screen("\n", 1);
            at++;
        }
    }
}

/*
 * Shows everything again. A terminal of another size has broken its rows anew, or cut them, and no
 * two terminals do that alike. What was there before this program is moved out of the way, once.
 */
static void repaint(void)
{
    static char laid[SCREEN_BYTES];
    unsigned columns = rows_columns(), height = rows_height();
    unsigned typed = rows_width(rl_line_buffer, (size_t)rl_end) + 2;
    unsigned block = 1 + (unsigned)(status.bytes > 0) + typed / columns;

    if (!moved) {
        put_screen("\033[999;1H", 8);
        for (unsigned row = 0; row < height; row++) {
            put_screen("\n", 1);
        }
        moved = true;
    }
    size_t begin = last_lines(columns, height > block ? height - block : 1);
    put_screen("\033[m\033[H", 6);
    screen.rows = (struct rows){.column = 0};
    put_over(laid,
             rows_lay(&screen.rows, columns, recent.text + begin, recent.bytes - begin, laid));
    if (rows_break(&screen.rows)) {
        put_screen("\n", 1);
    }
    put_screen("\033[J", 3);
    drawn = false;
    draw_block();
}

static void take_line(char *line);

/* Takes over the terminal, whose modes another program may have changed meanwhile. */
static void take_terminal(void)
{
    if (!is_raw) {
        tcgetattr(STDIN_FILENO, &cooked);
        raw = cooked;
        raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR);
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        raw.c_cc[VLNEXT] = _POSIX_VDISABLE;
        raw.c_cc[VDISCARD] = _POSIX_VDISABLE;
    }
    set_raw(true);
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
    bool ours = terminal_is_ours();
    gone = gone || !terminal_is_shared();
    if (resumed) {
        resumed = 0;
        here = false;
    }
    if (ours && !here && !ended) {
        take_terminal();
    }
    here = ours;
    if (resized && here) {
        resized = 0;
        if (editing) {
            repaint();
        }
    }
}

/* How many bytes of the text there is room for, in whole lines. */
static size_t lines_that_fit(const char *text, size_t bytes, unsigned columns)
{
    size_t room = SCREEN_BYTES - EDIT_BYTES, fits = 0, laid = screen.bytes;
    struct rows rows = screen.rows;

    while (fits < bytes) {
        const char *end = memchr(text + fits, '\n', bytes - fits);
        size_t line = end == NULL ? bytes - fits : (size_t)(end - text) + 1 - fits;
        laid += rows_lay(&rows, columns, text + fits, line, NULL);
        if (laid >= room) {
            break;
        }
        fits += line;
    }
    return fits;
}

int terminal_write(const char *text, size_t bytes)
{
    flush_screen();
    if (screen.gone) {
        return LWCHAT_GONE;
    }
    unsigned columns = rows_columns();
    size_t fits = lines_that_fit(text, bytes, columns);
    if (fits == 0) {
        return 0;
    }
    look_around();
    bool draws = editing && here;
    if (draws) {
        clear_block();
    }
    remember(text, fits);
    screen.bytes += rows_lay(&screen.rows, columns, text, fits, screen.text + screen.bytes);
    if (draws) {
        if (rows_break(&screen.rows)) {
            screen.text[screen.bytes++] = '\n';
        }
        draw_block();
        end_drawing();
    } else {
        flush_screen();
    }
    return (int)fits;
}

bool terminal_holds(void)
{
    if (screen.bytes > 0 || !edits || ended) {
        return screen.bytes > 0;
    }
    return !terminal_is_shared() || ((resized || resumed || !here) && terminal_is_ours());
}

bool terminal_is_away(void)
{
    return edits && !ended && !terminal_is_ours();
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
    static char text[EDIT_BYTES / 4] = "> ";
    size_t room = sizeof text - 3;

    bytes = bytes < room ? bytes : room;
    for (size_t i = 0; i < bytes; i++) {
        text[2 + i] = (unsigned char)line[i] < ' ' || line[i] == 0x7F ? '?' : line[i];
    }
    text[2 + bytes] = '\n';
    bytes += 3;
    if (lines_that_fit(text, bytes, rows_columns()) > 0) {
        remember(text, bytes);
        screen.bytes +=
            rows_lay(&screen.rows, rows_columns(), text, bytes, screen.text + screen.bytes);
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
        restore();
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
    put_screen("\033[H\033[2J", 7);
    recent.bytes = 0;
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

static void insert_paste(void)
{
    paste.text[paste.bytes - 1] = '\0';
    rl_insert_text(paste.text);
    dirty = true;
}

static void stop_asking(void)
{
    if (asks) {
        clear_block();
        asks = false;
        draw_block();
    }
}

static void take_paste(void)
{
    size_t lines = paste_lines(&paste);

    if (paste.lost > 0) {
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
        if (echoes) {
            echo(line, bytes);
        }
        at += bytes + 1;
    }
}

/* A key while a paste is asked about. */
static void answer(char byte)
{
    enum { ESCAPE = 0x1B, CANCEL = 0x07, KILL = 0x15 };
    bool yes = byte == 'y' || byte == 'Y' || byte == 'o' || byte == 'O';

    if (!yes && byte != 'n' && byte != 'N' && byte != ESCAPE && byte != CANCEL && byte != KILL) {
        return;
    }
    clear_block();
    asks = false;
    if (yes) {
        send_paste();
    }
    draw_block();
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
    return (int)bytes;
}

bool terminal_listens(void)
{
    return editing && ahead.bytes < AHEAD_BYTES && terminal_is_ours();
}

static bool key_waits(int timeout_ms)
{
    struct pollfd pressed = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&pressed, 1, timeout_ms) > 0;
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
        if (types) {
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
    end_drawing();
}

/* --- From start to stop ---------------------------------------------------- */

static void die(int number)
{
    restore();
    signal(number, SIG_DFL);
    raise(number);
}

static void suspend(int number)
{
    (void)number;
    int error = errno;
    set_raw(false);
    kill(getpid(), SIGSTOP);
    resumed = 1;
    errno = error;
}

static void resize(int number)
{
    (void)number;
    resized = 1;
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    struct sigaction old;

    /* Keep handlers that the program, a sanitizer or nohup has installed. */
    if (sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_DFL) {
        sigemptyset(&action.sa_mask);
        sigaction(number, &action, NULL);
    }
}

static void handle_signals(void)
{
    static const int deadly[] = {SIGABRT, SIGALRM,   SIGBUS,  SIGFPE, SIGILL,  SIGIO,
                                 SIGPROF, SIGQUIT,   SIGSEGV, SIGSYS, SIGTRAP, SIGUSR1,
                                 SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ};

    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++) {
        handle(deadly[i], die);
    }
    handle(SIGTSTP, suspend);
    handle(SIGWINCH, resize);
    atexit(restore);
}

/* readline's searches wait for a key, or end the program: ^R, ^X and another key in 8.2. */
static void bind_keys(void)
{
    static const char *const names[] = {"reverse-search-history", "forward-search-history",
                                        "non-incremental-reverse-search-history",
                                        "non-incremental-forward-search-history", "clear-display"};
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
            (void)rl_bind_key_in_map('L' & 0x1F, clear_screen, maps[j]);
        }
    }
}

void terminal_start(bool for_client)
{
    const cookie_io_functions_t nowhere = {.write = NULL};

    edits = true;
    types = for_client;
    marks = types && terminal_is_smart();
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

    handle_signals();
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

    if (editing) {
        /* Leave a half-typed line readable; remove an empty one. */
        if (here) {
            clear_block();
        }
        if (here && rl_end > 0) {
            rl_point = rl_end;
            status.bytes = 0;
            draw_block();
            put_screen("\n", 1);
        }
        drawn = dirty = false;
        rl_callback_handler_remove();
        editing = false;
    }
    end_drawing();
    clock_gettime(CLOCK_MONOTONIC, &start);
    while (screen.bytes > 0 && (left = left_ms(&start, timeout_ms)) > 0 && outlet_wait(left)) {
        flush_screen();
    }
    restore();
    if (rl_outstream != NULL) {
        fclose(rl_outstream);
        rl_outstream = NULL;
    }
    typed_stop();
    free(ahead.text);
    memset(&ahead, 0, sizeof ahead);
}

/* --- What a client sets ------------------------------------------------------------- */

static bool is_smart(const char *term)
{
    return term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

uint32_t terminal_colours(void)
{
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM"),
               *true_colour = getenv("COLORTERM");

    if ((none != NULL && none[0] != '\0') || !is_smart(term)) {
        return 0;
    }
    if (true_colour != NULL &&
        (strcmp(true_colour, "truecolor") == 0 || strcmp(true_colour, "24bit") == 0)) {
        return 1U << 24;
    }
    return strstr(term, "256color") != NULL ? 256 : 8;
}

bool terminal_is_smart(void)
{
    return is_smart(getenv("TERM"));
}

void port_screen_echo(bool on)
{
    echoes = on;
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
