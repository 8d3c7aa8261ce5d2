/**
 * @file
 * What lwIP needs to know about the compiler and the C library: gcc or clang,
 * glibc.
 */
#ifndef ARCH_CC_H
#define ARCH_CC_H

#define LWIP_ERRNO_STDINCLUDE 1
#define LWIP_TIMEVAL_PRIVATE  0
#include <stdint.h>
#include <sys/select.h>
#include <sys/time.h>

/*
 * lwIP's sockets.h rejects more sockets than the C library's fd_set has bits,
 * even when its select(), which is not used here, is not built.
 */
#undef FD_SETSIZE
#define FD_SETSIZE 65536

/** The one's complement sum of `bytes` bytes, at any address, as 16-bit words. */
uint16_t checksum(const void *data, int bytes);
#define LWIP_CHKSUM checksum

unsigned int random_word(void);
#define LWIP_RAND() random_word()

_Noreturn void port_panic(const char *file, int line, const char *what);
#define LWIP_PLATFORM_ASSERT(what) port_panic(__FILE__, __LINE__, what)
#define LWIP_PLATFORM_DIAG(what)                                                                   \
    do {                                                                                           \
    } while (0)

#endif
