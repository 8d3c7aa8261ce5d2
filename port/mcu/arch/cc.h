/**
 * @file
 * What lwIP needs to know about the compiler and the C library: GCC for a board.
 */
#ifndef ARCH_CC_H
#define ARCH_CC_H

#include <stddef.h>
#include <stdint.h>

/* The C library's errno would pull in its whole reentrancy block. */
#define LWIP_PROVIDE_ERRNO   1
#define LWIP_TIMEVAL_PRIVATE 1
#define LWIP_NO_CTYPE_H      1

#ifndef BYTE_ORDER
#define BYTE_ORDER 1234
#endif

/* LWIP_CHKSUM, if the processor's folder has a faster one than lwIP's. */
uint16_t checksum(const void *data, int bytes);

uint32_t entropy_word(void);
#define LWIP_RAND() entropy_word()

_Noreturn void port_panic(const char *file, int line, const char *what);
#define LWIP_PLATFORM_ASSERT(what) port_panic(__FILE_NAME__, __LINE__, what)
#define LWIP_PLATFORM_DIAG(text)                                                                   \
    do {                                                                                           \
    } while (0)

#endif
