/**
 * @file
 * Resource usage of a process, from /proc.
 */
#ifndef LWCHAT_BENCH_USAGE_H
#define LWCHAT_BENCH_USAGE_H

#include <stdint.h>
#include <sys/types.h>

/** @return CPU time of all threads of `pid`, in ns; 0 if there is no such process. */
uint64_t usage_cpu_ns(pid_t pid);

/** @return the busy time of all cores of the machine since it started, in ns. */
uint64_t usage_machine_ns(void);

/** @return the resident memory of `pid` now (VmRSS) or at its most (VmHWM), in KiB; 0 if unknown.
 */
uint64_t usage_memory_kib(pid_t pid, const char *which);

/** Frame counters of a network interface. */
struct usage_frames {
    uint64_t received;
    uint64_t sent;
};

/** @return the frames of `interface`, as seen by this machine; zeros if it does not exist. */
struct usage_frames usage_frames(const char *interface);

#endif
