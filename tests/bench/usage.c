#include "usage.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

uint64_t usage_cpu_ns(pid_t pid)
{
    char path[300];
    uint64_t sum_ns = 0;

    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (tasks == NULL) {
        return 0;
    }
    for (const struct dirent *task; (task = readdir(tasks)) != NULL;) {
        unsigned long long ns = 0;
        (void)snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)pid, task->d_name);
        FILE *file = task->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (file != NULL) {
            sum_ns += fscanf(file, "%llu", &ns) == 1 ? ns : 0;
            (void)fclose(file);
        }
    }
    closedir(tasks);
    return sum_ns;
}

uint64_t usage_machine_ns(void)
{
    /* user, nice, system, idle, iowait, irq, softirq, steal */
    unsigned long long ticks[8] = {0};
    FILE *file = fopen("/proc/stat", "r");
    unsigned long long busy = 0;

    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &ticks[0], &ticks[1], &ticks[2],
               &ticks[3], &ticks[4], &ticks[5], &ticks[6], &ticks[7]) == 8) {
        busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7];
    }
    (void)fclose(file);
    return busy * (1000000000U / (unsigned long long)sysconf(_SC_CLK_TCK));
}

uint64_t usage_memory_kib(pid_t pid, const char *which)
{
    char line[256];
    unsigned long long kib = 0;

    (void)snprintf(line, sizeof line, "/proc/%d/status", (int)pid);
    FILE *file = fopen(line, "r");
    if (file == NULL) {
        return 0;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, which, strlen(which)) == 0 && line[strlen(which)] == ':') {
            (void)sscanf(line + strlen(which) + 1, "%llu", &kib);
        }
    }
    (void)fclose(file);
    return kib;
}
