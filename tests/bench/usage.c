#include "usage.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 300, LINE_BYTES = 256 };

/* The rest of the first line in a file that starts with `name`; "" if there is none. */
static const char *behind(const char *path, const char *name, char *line)
{
    FILE *file = fopen(path, "r");
    const char *found = "";

    if (file == NULL) {
        return found;
    }
    while (*found == '\0' && fgets(line, LINE_BYTES, file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            found = line + strlen(name);
        }
    }
    (void)fclose(file);
    return found;
}

uint64_t usage_cpu_ns(pid_t pid)
{
    char path[PATH_BYTES];
    char line[LINE_BYTES];
    uint64_t sum_ns = 0;

    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (tasks == NULL) {
        return 0;
    }
    for (const struct dirent *task; (task = readdir(tasks)) != NULL;) {
        (void)snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)pid, task->d_name);
        if (task->d_name[0] != '.') {
            sum_ns += strtoull(behind(path, "", line), NULL, 10);
        }
    }
    closedir(tasks);
    return sum_ns;
}

uint64_t usage_machine_ns(void)
{
    /* user, nice, system, idle, iowait, irq, softirq, steal; all but idle and iowait are work. */
    enum { TIMES = 8, IDLE = 3, IOWAIT = 4 };
    char line[LINE_BYTES];
    const char *next = behind("/proc/stat", "cpu ", line);
    uint64_t ticks = 0;

    for (unsigned i = 0; i < TIMES; i++) {
        char *end;
        uint64_t time = strtoull(next, &end, 10);
        ticks += i == IDLE || i == IOWAIT ? 0 : time;
        next = end;
    }
    return ticks * (1000000000U / (uint64_t)sysconf(_SC_CLK_TCK));
}

uint64_t usage_memory_kib(pid_t pid, const char *which)
{
    char path[PATH_BYTES];
    char name[LINE_BYTES];
    char line[LINE_BYTES];

    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    (void)snprintf(name, sizeof name, "%s:", which);
    return strtoull(behind(path, name, line), NULL, 10);
}

struct usage_frames usage_frames(const char *interface)
{
    /* bytes, packets and six more counters of reception; then bytes, packets, … of transmission. */
    enum { RECEIVED = 1, SENT = 9, FIGURES };
    uint64_t figures[FIGURES];
    char name[LINE_BYTES];
    char line[LINE_BYTES];

    (void)snprintf(name, sizeof name, "%6s:", interface);
    const char *next = behind("/proc/net/dev", name, line);
    for (unsigned i = 0; i < FIGURES; i++) {
        char *end;
        figures[i] = strtoull(next, &end, 10);
        next = end;
    }
    return (struct usage_frames){.received = figures[RECEIVED], .sent = figures[SENT]};
}
