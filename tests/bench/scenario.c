#include "load.h"
#include "usage.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    SENDERS = 10,
    CLOSED_PLACES = 32,
    DEPTH = 16,                /* lines in flight of one sender in C */
    OPEN_INTERVAL_NS = 500000, /* 2,000 lines a second */
    LATE_NS = 1000000
};

static const uint64_t tick_ns = 100000000;
static const uint64_t stall_ns = 5000000000;

/* A point in time, and the counters at that time. */
struct moment {
    uint64_t at_ns;
    uint64_t server_cpu_ns;
    uint64_t own_cpu_ns;
    uint64_t machine_ns;
    uint64_t idle_ns;
    uint64_t delivered;
    struct usage_frames frames;
};

/* A run of one scenario. */
struct run {
    struct load *load;
    struct load_cell cell;
    uint64_t due_ns;         /* open loop: when the next line is due */
    unsigned turn;           /* open loop: its sender */
    uint64_t late;           /* open loop: lines sent more than LATE_NS after they were due */
    uint64_t sent_before;    /* lines sent before the run */
    uint64_t checked_before; /* by all readers */
    uint64_t writes_before;
};

static uint64_t own_cpu_ns(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000000U + (uint64_t)used.tv_nsec;
}

static struct usage_frames frames_of(const struct load *load)
{
    return load->interface != NULL ? usage_frames(load->interface) : (struct usage_frames){0};
}

static struct moment note(const struct load *load)
{
    return (struct moment){.at_ns = load_clock_ns(),
                           .server_cpu_ns = usage_cpu_ns(load->server_pid),
                           .own_cpu_ns = own_cpu_ns(),
                           .machine_ns = usage_machine_ns(),
                           .idle_ns = load->idle_ns,
                           .delivered = load->delivered,
                           .frames = frames_of(load)};
}

/*
 * A late line's latency counts from when it was due, so that a server that
 * makes its peers wait gets no advantage. Delays up to LATE_NS are the wake-up
 * time of the generator itself, and do not count.
 */
static void send_due(struct run *run)
{
    struct load *load = run->load;
    uint64_t now_ns = load_clock_ns();

    for (; run->due_ns <= now_ns; run->due_ns += OPEN_INTERVAL_NS) {
        bool late = now_ns - run->due_ns > LATE_NS;
        if (!client_say(load, run->turn, late ? run->due_ns : now_ns)) {
            return;
        }
        run->late += late;
        run->turn = (run->turn + 1) % load->senders;
        now_ns = load_clock_ns();
    }
}

static void step(struct run *run)
{
    struct load *load = run->load;
    uint64_t wait_ns = tick_ns;

    if (load->depth == 0) {
        uint64_t now_ns = load_clock_ns();
        wait_ns = run->due_ns > now_ns ? run->due_ns - now_ns : 0;
        wait_ns = wait_ns < tick_ns ? wait_ns : tick_ns;
    }
    (void)client_pump(load, wait_ns);
    if (load->depth == 0) {
        send_due(run);
    }
}

/* @return false if nothing has been delivered for too long. */
static bool run_until(struct run *run, uint64_t end_ns)
{
    struct load *load = run->load;

    while (load->now_ns < end_ns) {
        step(run);
        if (load->now_ns - load->heard_ns > stall_ns) {
            return false;
        }
    }
    return true;
}

/* Waits for the lines in flight. @return false if they do not arrive. */
static bool drain(struct run *run)
{
    struct load *load = run->load;
    uint64_t missing;

    load->depth = 0;
    run->due_ns = UINT64_MAX;
    load->heard_ns = load_clock_ns();
    do {
        step(run);
        missing = 0;
        for (unsigned i = 0; i < load->senders; i++) {
            missing += load->sender[i].sent - load->sender[i].done;
        }
    } while (missing > 0 && load->now_ns - load->heard_ns < stall_ns);
    return missing == 0;
}

/* Counts lines that never arrived as lost. */
static void count_missing(struct load *load)
{
    for (unsigned i = 0; i < load->people; i++) {
        for (unsigned k = 0; k < load->senders; k++) {
            load->faults.lost += k == i ? 0 : load->sender[k].sent - load->next[i][k];
        }
    }
}

static uint64_t lines_sent(const struct load *load)
{
    uint64_t sent = 0;

    for (unsigned i = 0; i < load->senders; i++) {
        sent += load->sender[i].sent;
    }
    return sent;
}

static double quantile_us(const struct load *load, double share)
{
    return (double)histogram_quantile(&load->histogram, share) / 1e3;
}

static void show(const struct run *run, const struct moment *from, const struct moment *to,
                 bool stalled)
{
    const struct load *load = run->load;
    double span_ns = (double)(to->at_ns - from->at_ns);
    double server_ns = (double)(to->server_cpu_ns - from->server_cpu_ns);
    double own_ns = (double)(to->own_cpu_ns - from->own_cpu_ns);
    double others_ns = (double)(to->machine_ns - from->machine_ns) - server_ns - own_ns;
    double busy_ns = load->spin ? span_ns - (double)(to->idle_ns - from->idle_ns) : own_ns;

    printf("{\"scenario\": \"%c", run->cell.scenario);
    if (run->cell.depth > 0) {
        printf("%ux%u", run->cell.depth, run->cell.senders);
    }
    printf("\", \"bytes\": %u, \"clients\": %u, \"seconds\": %.3f, ", run->cell.bytes,
           load->clients, span_ns / 1e9);
    printf("\"delivered\": %llu, \"lines_per_s\": %.1f, ",
           (unsigned long long)(to->delivered - from->delivered),
           (double)(to->delivered - from->delivered) / (span_ns / 1e9));
    printf("\"p50_us\": %.2f, \"p99_us\": %.2f, \"p999_us\": %.2f, \"most_us\": %.2f, ",
           quantile_us(load, 0.5), quantile_us(load, 0.99), quantile_us(load, 0.999),
           (double)load->histogram.most_ns / 1e3);
    printf("\"server_cpu\": %.4f, \"load_cpu\": %.4f, \"others_cpu\": %.4f, \"peak_kib\": %llu, ",
           server_ns / span_ns, busy_ns / span_ns, others_ns > 0 ? others_ns / span_ns : 0,
           (unsigned long long)usage_memory_kib(load->server_pid, "VmHWM"));
    /* The interface receives the server's frames. */
    printf("\"frames_to_server\": %llu, \"frames_from_server\": %llu, ",
           (unsigned long long)(to->frames.sent - from->frames.sent),
           (unsigned long long)(to->frames.received - from->frames.received));
    /* From the first line to the last, including those outside the measurement. */
    printf("\"writes\": %llu, \"sent\": %llu, \"checked\": %llu, \"readers\": %u, ",
           (unsigned long long)(load->writes - run->writes_before),
           (unsigned long long)(lines_sent(load) - run->sent_before),
           (unsigned long long)(load->delivered - run->checked_before), load->people - 1);
    printf("\"late\": %llu, \"lost\": %llu, \"told\": %llu, \"repeated\": %llu, \"corrupt\": %llu, "
           "\"stalled\": %s}\n",
           (unsigned long long)run->late, (unsigned long long)load->faults.lost,
           (unsigned long long)load->faults.told, (unsigned long long)load->faults.repeated,
           (unsigned long long)load->faults.corrupt, stalled ? "true" : "false");
    (void)fflush(stdout);
}

static uint32_t depth_of(struct load_cell cell)
{
    switch (cell.scenario) {
    case 'C':
        return DEPTH;
    case 'D':
    case 'E':
        return cell.depth;
    case 'O':
        return 0;
    default:
        return 1;
    }
}

static unsigned senders_of(struct load_cell cell, unsigned clients)
{
    unsigned most = cell.depth > 0 ? cell.senders : SENDERS;

    if (cell.scenario == 'A' || cell.scenario == 'I') {
        return 1;
    }
    return clients < most ? clients : most;
}

/* As few as possible, so that they stay in the cache. @return a power of 2. */
static uint32_t places_of(struct load_cell cell)
{
    uint32_t places = cell.scenario == 'O' ? LOAD_RING : CLOSED_PLACES;

    while (places < depth_of(cell)) {
        places *= 2;
    }
    return places;
}

bool scenario_run(struct load *load, struct load_cell cell)
{
    struct run run = {.load = load, .cell = cell};
    struct moment from;
    struct moment to;

    load->depth = depth_of(cell);
    load->by_line = cell.depth > 0;
    client_send_at_once(load, cell.scenario != 'E');
    load->people = cell.scenario == 'I' ? 2 : load->clients;
    load->senders = senders_of(cell, load->clients);
    load->text_bytes = cell.bytes - 1;
    load->mask = places_of(cell) - 1;
    memset(&load->faults, 0, sizeof load->faults);

    run.sent_before = lines_sent(load);
    run.checked_before = load->delivered;
    run.writes_before = load->writes;

    uint64_t start_ns = load_clock_ns();
    load->heard_ns = start_ns;
    load->now_ns = start_ns;
    run.due_ns = start_ns;
    for (unsigned i = 0; i < load->senders && load->depth > 0; i++) {
        client_fill(load, i);
    }
    bool well = run_until(&run, start_ns + (uint64_t)(load->warm_up_seconds * 1e9));
    memset(&load->histogram, 0, sizeof load->histogram);
    run.late = 0;
    from = note(load);
    load->measures = true;
    well = well && run_until(&run, from.at_ns + (uint64_t)(load->seconds * 1e9));
    /* Without a delivered line there is no figure: extend the run on a busy machine. */
    while (well && load->delivered == from.delivered) {
        well = run_until(&run, load_clock_ns() + tick_ns);
    }
    to = note(load);
    load->measures = false;
    well = drain(&run) && well;
    if (!well) {
        count_missing(load);
    }
    show(&run, &from, &to, !well);
    return well;
}
