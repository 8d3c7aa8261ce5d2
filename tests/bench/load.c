#include "load.h"
#include "usage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

enum { LINE_LEAST = 16, DELIVERIES_BYTES = 1 << 24 };

static struct load load;

static const char help[] =
    "Loads a chat server with clients that send lines and check every line they get.\n"
    "\n"
    "usage: load [OPTIONS] SCENARIO/BYTES...\n"
    "\n"
    "  --protocol P   lwchat (default), ncat, select or irc\n"
    "  --address A    of the server (127.0.0.1)\n"
    "  --port N       its port (50000)\n"
    "  --from A       the first client's own address, the next one's being the next\n"
    "  --clients N    that connect (10)\n"
    "  --seconds S    that each scenario is measured for (1)\n"
    "  --warm-up S    before that (0.2)\n"
    "  --pid PID      of the server, whose CPU and memory are to be shown\n"
    "  --core N       runs on this core\n"
    "  --interface I  counts its frames\n"
    "  --spin         polls without ever sleeping\n"
    "  --deliveries F writes to file F the number and the address of each client, then for each\n"
    "                 delivered line its reader, and when it was sent and received, in ns\n"
    "\n"
    "A: 1 sender, the next line when all others have had the last one. B: 10 senders, each so.\n"
    "C: 10 senders, 16 lines in flight each. D16x50: 50 senders, 16 lines in\n"
    "flight each, and each line is a write of its own. E16x50: so, with Nagle's algorithm left\n"
    "on. O: 2,000 lines/s, come what may. I: as A, between two clients, while the others are in\n"
    "another room; it comes last. BYTES are those of a line, its end counted. Prints one line of\n"
    "JSON when all are in, and one for each scenario.\n";

void load_fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)fputs("load: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputs("\n", stderr);
    va_end(arguments);
    exit(1);
}

uint64_t load_clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

_Noreturn static void misuse(void)
{
    (void)fputs("load: see load --help\n", stderr);
    exit(2);
}

static unsigned long number(const char *text, unsigned long least, unsigned long most)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*end != '\0' || end == text || value < least || value > most) {
        misuse();
    }
    return value;
}

/* Reads the number at the start of `text`. @return the text after it and `mark`. */
static const char *number_before(const char *text, char mark, uint32_t most, uint32_t *value)
{
    char digits[8] = "";
    const char *end = strchr(text, mark);

    if (end == NULL || end - text >= (ptrdiff_t)sizeof digits) {
        misuse();
    }
    memcpy(digits, text, (size_t)(end - text));
    *value = (uint32_t)number(digits, 1, most);
    return end + 1;
}

static struct load_cell read_cell(const char *text)
{
    struct load_cell cell = {.scenario = text[0]};

    if (text[0] == '\0' || strchr("ABCDEOI", text[0]) == NULL) {
        misuse();
    }
    text++;
    if (cell.scenario == 'D' || cell.scenario == 'E') {
        text = number_before(text, 'x', LOAD_DEPTH, &cell.depth);
        text = number_before(text, '/', LOAD_SENDERS, &cell.senders);
    } else if (*text++ != '/') {
        misuse();
    }
    cell.bytes = (uint32_t)number(text, LINE_LEAST, LOAD_LINE_BYTES);
    return cell;
}

static void run_on(unsigned long core)
{
    cpu_set_t cores;

    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) < 0) {
        load_fail("cannot run on core %lu: %s", core, strerror(errno));
    }
}

/* The buffer takes a measurement, so that writing does not delay one. */
static void write_deliveries(const char *path)
{
    load.deliveries = fopen(path, "w");
    if (load.deliveries == NULL || setvbuf(load.deliveries, NULL, _IOFBF, DELIVERIES_BYTES) != 0) {
        load_fail("%s: %s", path, strerror(errno));
    }
}

static void read_options(int argc, char *argv[])
{
    static const struct option options[] = {
        {"protocol", required_argument, NULL, 'p'}, {"address", required_argument, NULL, 'a'},
        {"port", required_argument, NULL, 'n'},     {"from", required_argument, NULL, 'f'},
        {"clients", required_argument, NULL, 'c'},  {"seconds", required_argument, NULL, 's'},
        {"warm-up", required_argument, NULL, 'w'},  {"pid", required_argument, NULL, 'i'},
        {"core", required_argument, NULL, 'o'},     {"interface", required_argument, NULL, 'e'},
        {"spin", no_argument, NULL, 'b'},           {"deliveries", required_argument, NULL, 'd'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};

    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
        switch (option) {
        case 'p':
            load.protocol = protocol_find(optarg);
            break;
        case 'a':
            if (inet_pton(AF_INET, optarg, &load.server.sin_addr) != 1) {
                misuse();
            }
            break;
        case 'n':
            load.server.sin_port = htons((uint16_t)number(optarg, 1, UINT16_MAX));
            break;
        case 'f':
            if (inet_pton(AF_INET, optarg, &load.from) != 1) {
                misuse();
            }
            break;
        case 'c':
            load.clients = (unsigned)number(optarg, 2, LOAD_CLIENTS);
            break;
        case 's':
            load.seconds = strtod(optarg, NULL);
            break;
        case 'w':
            load.warm_up_seconds = strtod(optarg, NULL);
            break;
        case 'i':
            load.server_pid = (pid_t)number(optarg, 1, INT32_MAX);
            break;
        case 'o':
            run_on(number(optarg, 0, CPU_SETSIZE - 1));
            break;
        case 'e':
            load.interface = optarg;
            break;
        case 'b':
            load.spin = true;
            break;
        case 'd':
            write_deliveries(optarg);
            break;
        case 'h':
            (void)fputs(help, stdout);
            exit(0);
        default:
            misuse();
        }
    }
    if (load.protocol == NULL || optind == argc) {
        misuse();
    }
}

static void raise_limits(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    /* The open loop must wake up on time, not up to 50 us late. */
    (void)prctl(PR_SET_TIMERSLACK, 1UL);
}

static void join_all(void)
{
    uint64_t start_ns = load_clock_ns();

    client_join_all(&load);
    printf("{\"joined\": %u, \"join_seconds\": %.3f, \"alone_kib\": %llu, \"joined_kib\": %llu}\n",
           load.joined, (double)(load_clock_ns() - start_ns) / 1e9,
           (unsigned long long)load.alone_kib,
           (unsigned long long)usage_memory_kib(load.server_pid, "VmRSS"));
    (void)fflush(stdout);
}

static void write_addresses(void)
{
    for (unsigned i = 0; i < load.clients; i++) {
        struct sockaddr_in own;
        socklen_t bytes = sizeof own;
        char address[INET_ADDRSTRLEN] = "";
        (void)getsockname(load.client[i].fd, (struct sockaddr *)&own, &bytes);
        (void)inet_ntop(AF_INET, &own.sin_addr, address, sizeof address);
        (void)fprintf(load.deliveries, "%u %s:%u\n", i, address, ntohs(own.sin_port));
    }
}

int main(int argc, char *argv[])
{
    load.protocol = protocol_find("lwchat");
    load.server = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(50000), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    load.clients = 10;
    load.seconds = 1;
    load.warm_up_seconds = 0.2;
    read_options(argc, argv);
    raise_limits();
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (load.epoll < 0) {
        load_fail("epoll: %s", strerror(errno));
    }
    join_all();
    if (load.deliveries != NULL) {
        write_addresses();
    }
    for (bool apart = false; optind < argc; optind++) {
        struct load_cell cell = read_cell(argv[optind]);
        if (cell.scenario == 'I' && !apart) {
            if (load.protocol->leave == NULL) {
                load_fail("with %s nobody can go to another room", load.protocol->name);
            }
            client_leave(&load, 2);
            apart = true;
        }
        if (!scenario_run(&load, cell)) {
            return 1;
        }
    }
    return 0;
}
