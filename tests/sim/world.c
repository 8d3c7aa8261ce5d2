#include "sim.h"

#include "choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MS = 1000, /* us */
    S = 1000 * MS,
    MOST_PASSES = 12000, /* of a lively phase */
    MOST_FAULTS = 20,    /* in a millisecond */
    CALM_S = 6,          /* of quiet before the end */
    MOST_CALM_S = 1200
};

struct sim_world sim;

static const char *replay_words;
static uint64_t calm_from_us; /* the phase's start */
static uint64_t quiet_from_us;
static uint64_t lively_until_us;
static uint64_t trouble_us; /* when the next system-wide fault occurs */
static bool abrupt;         /* no calm phase: the run may end at any time */

static void say(const char *format, va_list arguments)
{
    fprintf(stderr, "[%10.3f ms] ", (double)sim.now_us / MS);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

void sim_trace(const char *format, ...)
{
    va_list arguments;

    if (sim.trace) {
        va_start(arguments, format);
        say(format, arguments);
        va_end(arguments);
    }
}

void sim_fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("FAILED ", stderr);
    say(format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s\n", replay_words);
    abort();
}

void sim_ask_stop(void)
{
    if (!sim.stop_asked) {
        sim.stop_asked = true;
        sim.stop_us = sim.now_us;
        sim_trace("the end is asked for");
    }
}

bool sim_fault(unsigned percent)
{
    if (sim.now_us / MS != sim.faults_ms) {
        sim.faults_ms = sim.now_us / MS;
        sim.faults = 0;
    }
    return sim.faults < MOST_FAULTS && choice_in(percent) && ++sim.faults > 0;
}

/* --- System-wide faults ----------------------------------------------------- */

/* The clock jumps, as after a suspend. Readers that were behind may then count as slow. */
static void jump(void)
{
    sim.now_us += (uint64_t)choice_between(1, 40000) * MS;
    sim_trace("the clock jumps");
    foreign_excuse();
    for (unsigned i = 0; i < SIM_PEERS; i++) {
        struct sim_peer *peer = &sim_peer[i];
        unsigned session = peer->state == PEER_CONNECTED ? sock_session(peer) : CHAT_OPERATOR;
        if (session != CHAT_OPERATOR && (peer->queued > 0 || peer->reader.count > 0 ||
                                         chat_has_output(&sim.server.chat, session))) {
            peer->reader.lossless = false;
        }
    }
}

/* The stack has no memory to send: a writable socket accepts nothing. */
static void starve(void)
{
    uint32_t ms = choice_below(3) == 0 ? choice_between(150, 3000) : choice_between(1, 100);

    sim.no_memory_until_us = sim.now_us + (uint64_t)ms * MS;
    sim_trace("no memory to send for %u ms", (unsigned)ms);
    for (unsigned i = 0; i < SIM_PEERS && ms > 100; i++) {
        sim_peer[i].reader.lossless = false;
    }
}

static void trouble(void)
{
    switch (choice_below(6)) {
    case 0:
        jump();
        break;
    case 1:
    case 2:
        starve();
        break;
    default:
        sim.no_accept_until_us = sim.now_us + (uint64_t)choice_between(1, 3000) * MS;
        sim_trace("no memory to accept for a while");
        break;
    }
    trouble_us = sim.now_us + choice_between(2000, 60000) * (uint64_t)MS * sim.ease;
}

/* --- Phases -------------------------------------------------------------------- */

static void calm_down(void)
{
    sim_trace("calm");
    sim.phase = SIM_CALM;
    sim.no_memory_until_us = sim.no_accept_until_us = 0;
    trouble_us = UINT64_MAX;
    calm_from_us = quiet_from_us = sim.now_us;
    peer_calm();
    seat_calm();
}

static void follow_phase(void)
{
    if (chat_is_stopping(&sim.server.chat) && sim.phase != SIM_STOPPING) {
        sim.phase = SIM_STOPPING;
        sim.stop_us = sim.now_us;
        trouble_us = UINT64_MAX;
    }
    switch (sim.phase) {
    case SIM_LIVELY:
        if (sim.now_us < lively_until_us && sim.passes < MOST_PASSES && !choice_over()) {
            break;
        }
        if (!abrupt) {
            calm_down();
        } else if (!sim.stop_asked) {
            trouble_us = UINT64_MAX;
            sim_ask_stop();
        }
        break;
    case SIM_CALM:
        if (!peer_is_quiet() || !seat_is_quiet()) {
            quiet_from_us = sim.now_us;
        }
        if (sim.now_us - quiet_from_us > (uint64_t)CALM_S * S) {
            sim_ask_stop();
        } else if (sim.now_us - calm_from_us > (uint64_t)MOST_CALM_S * S) {
            sim_fail("not everything was said and shown in %d s of calm", MOST_CALM_S);
        }
        break;
    case SIM_STOPPING:
        break;
    }
    if (sim.stop_asked && sim.now_us - sim.stop_us > (uint64_t)20 * S) {
        sim_fail("the server was asked to end 20 s ago");
    }
}

void sim_happen(void)
{
    if (sim.now_us >= trouble_us) {
        trouble();
    }
    peer_happen();
    follow_phase();
    seat_happen(); /* last: it passes the shutdown request on */
}

void sim_advance(uint64_t limit_us)
{
    uint64_t next_us = limit_us;
    uint64_t of_us[] = {peer_next_us(), seat_next_us(), trouble_us,
                        sim.phase == SIM_LIVELY ? lively_until_us : sim.now_us + S};

    for (unsigned i = 0; i < sizeof of_us / sizeof of_us[0]; i++) {
        next_us = of_us[i] < next_us ? of_us[i] : next_us;
    }
    sim.now_us = next_us > sim.now_us ? next_us : sim.now_us + 1;
}

/* --- One run ------------------------------------------------------------------- */

static unsigned choose_percent(void)
{
    static const uint8_t percents[] = {0, 0, 3, 30};

    return percents[choice_below(sizeof percents)];
}

static void choose_world(bool at_ease)
{
    static const uint32_t rates[] = {0, 2, 10, 50};
    static const uint32_t starts_ms[] = {0, UINT32_MAX - 20000, INT32_MAX - 20000, 123456789};

    sim.config = (struct lwchat_config){
        .name = "Marcel",
        .french = choice_in(30),
        .rate = rates[choice_below(sizeof rates / sizeof rates[0])],
        .max_sessions = (uint16_t)choice_between(2, LWCHAT_MAX_SESSIONS),
        .per_address = (uint16_t)(choice_in(30) ? choice_between(1, 3) : 0),
        .port = LWCHAT_PORT,
    };
    sim.start_ms = starts_ms[choice_below(sizeof starts_ms / sizeof starts_ms[0])];
    sim.again_percent = choose_percent();
    sim.short_percent = choose_percent();
    sim.early_percent = choose_percent();
    sim.rude_percent = choose_percent();
    abrupt = choice_in(35);
    lively_until_us = (uint64_t)choice_between(2, choice_in(20) ? 240 : 30) * S;
    trouble_us = choice_in(50) ? (uint64_t)choice_between(100, 20000) * MS : UINT64_MAX;
    sim.ease = at_ease ? choice_between(20, 400) : 1;
    lively_until_us *= sim.ease;
}

void sim_run(const char *replay, bool trace, bool at_ease)
{
    replay_words = replay;
    memset(&sim, 0, sizeof sim);
    sim.trace = trace;
    choose_world(at_ease);
    witness_begin();
    oracle_begin();
    peer_begin();
    seat_begin();
    check_begin();
    int result = server_run(&sim.server, &sim.config);
    if (result != LWCHAT_OK) {
        sim_fail("server_run() gave %d", result);
    }
    check_end();
    oracle_end();
}
