/* What lwIP needs to know: GCC and newlib, as a vendor's code generator writes it. */
#ifndef ARCH_CC_H
#define ARCH_CC_H

#include <stdlib.h>
#include <sys/time.h>

#define LWIP_PROVIDE_ERRNO
#define LWIP_TIMEVAL_PRIVATE 0

unsigned random_word(void);
#define LWIP_RAND() random_word()

void fail(const char *what);
#define LWIP_PLATFORM_ASSERT(what) fail(what)
#define LWIP_PLATFORM_DIAG(text)                                                                   \
    do {                                                                                           \
    } while (0)

#endif
