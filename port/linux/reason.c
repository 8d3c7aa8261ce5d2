#include "reason.h"

#include <stdarg.h>
#include <stdio.h>

#include "port.h"

bool reason_french;

static char reason[256];

int reason_set(int error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    return error;
}

const char *port_reason(void)
{
    return reason;
}
