/* What port/freertos/os.c needs of a processor. */
#ifndef PROCESSOR_H
#define PROCESSOR_H

static inline void processor_sleep(void)
{
}

#endif
