#include "board.h"
#include "entropy.h"
#include "os.h"
#include "port.h"
#include "processor.h"
#include "rp2.h"

#include "hardware/clocks.h"
#include "hardware/exception.h"
#include "hardware/gpio.h"
#include "hardware/structs/rosc.h"
#include "hardware/structs/systick.h"
#include "hardware/watchdog.h"
#include "pico/rand.h"

#define SYSTICK_ON  7UL /* clocked by the processor, with interrupt */
#define TICK_HZ     1000UL
#define WATCHDOG_MS 8000U /* the hardware's maximum is 8.3 s on RP2040 */
#define LATE_MS     20000U
#define STIR_MS     1000U

static volatile uint16_t fed_ms_ago;
static volatile bool watched;

/*
 * The ring oscillator's random bit changes with its phase noise: RP2040 data sheet, 2.17.5 "Random
 * Number Generator". Successive bits are correlated, so a word takes 4 for each of its own.
 */
static uint32_t oscillator_word(void)
{
    uint32_t word = 0;

    for (unsigned bits = 0; bits < 128; bits++) {
        word = (word << 1 | word >> 31) ^ (rosc_hw->randombit & 1U);
    }
    return word;
}

static void stir(void)
{
    entropy_stir(oscillator_word());
    entropy_stir(get_rand_32());
}

void board_start(void)
{
    gpio_init(RP2_LED);
    gpio_set_dir(RP2_LED, true);
    for (unsigned words = 0; words < 8; words++) {
        stir();
    }
}

void board_led(bool on)
{
    gpio_put(RP2_LED, on);
}

/*
 * The hardware's watchdog cannot wait for 20 s. The tick feeds it until then, and panics: the
 * hardware's is for when the tick has stopped, too.
 */
void isr_systick(void);
void isr_systick(void)
{
    os_tick();
    if (watched) {
        watchdog_update();
        if (++fed_ms_ago == LATE_MS) {
            port_panic(__FILE_NAME__, __LINE__, "the loop has not come round for 20 s");
        }
    }
}

void processor_start_tick(void)
{
    systick_hw->rvr = clock_get_hz(clk_sys) / TICK_HZ - 1;
    systick_hw->cvr = 0;
    systick_hw->csr = SYSTICK_ON;
}

void board_watchdog_start(void)
{
    watchdog_enable(WATCHDOG_MS, true);
    watched = true;
}

/* Called at least once a second. */
void board_watchdog_feed(void)
{
    static uint32_t stirred_ms;

    fed_ms_ago = 0;
    if (port_now_ms() - stirred_ms >= STIR_MS) {
        stirred_ms = port_now_ms();
        stir();
    }
}
