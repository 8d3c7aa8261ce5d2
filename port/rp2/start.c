#include "board.h"
#include "panic.h"
#include "port.h"
#include "rp2.h"
#include "stack.h"

#include "pico/runtime.h"
#include "pico/runtime_init.h"

#include <stdlib.h>

typedef void initializer(void);

/* Defined by symbols.ld. */
extern initializer *const section_constructors_start[];
extern initializer *const section_constructors_end[];

/*
 * Called by the SDK's start-up code, once .data and .bss are initialised and before
 * start_program(). The SDK's own version comes with its C library.
 */
void runtime_init(void)
{
    stack_paint();
    rp2_guard_stack();
    runtime_run_initializers();
    for (initializer *const *next = section_constructors_start; next < section_constructors_end;
         next++) {
        (*next)();
    }
}

/* The start-up code refers to it. The C library's would keep a list of functions to call. */
void exit(int code)
{
    panic_restart(code);
}

_Noreturn void rp2_panic(const char *what, ...)
{
    port_panic("pico-sdk", 0, what != NULL ? what : "");
}
