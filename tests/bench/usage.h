/**
 * @file
 * What a process has used, from /proc.
 */
#ifndef LWCHAT_BENCH_USAGE_H
#define LWCHAT_BENCH_USAGE_H

#include <stdint.h>
#include <sys/types.h>

/** @return CPU time of all threads of `pid`, in ns; 0 when it is not there. */
uint64_t usage_cpu_ns(pid_t pid);

/** @return what the whole machine has been busy for since it started, all cores together, in ns. */
uint64_t usage_machine_ns(void);

/** @return the resident memory of `pid` now (VmRSS) or at its most (VmHWM), in KiB; 0 if unknown.
 */
uint64_t usage_memory_kib(pid_t pid, const char *which);

/** What has gone through a network interface, in frames. */
struct usage_frames {
    uint64_t received;
    uint64_t sent;
};

/** @return the frames of `interface`, as this machine counts them; none when it is not there. */
struct usage_frames usage_frames(const char *interface);

#endif
