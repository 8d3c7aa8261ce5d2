/*
 * A firmware with an lwIP of its own, in which the chat is one part: !led, and a sensor on the
 * UART. Each line that the sensor sends is a reading, which is said in the room; "stop" ends the
 * chat.
 */
#include "lwchat.h"

#include <stdio.h>
#include <string.h>

#include "FreeRTOS.h"
#include "queue.h"
#include "task.h"

#include "lwip/etharp.h"
#include "lwip/netif.h"
#include "lwip/tcpip.h"

#include "board.h"
#include "mps2.h"

/* lwIP's thread must be above the application's. It is above the receiver's, too, as a full mailbox
 * loses frames. */
#define CHAT_PRIORITY    1
#define RECEIVE_PRIORITY (TCPIP_THREAD_PRIO - 1)
#define WORDS(bytes)     ((bytes) / sizeof(StackType_t))

static struct netif ethernet;
static TaskHandle_t chat_task, receive_task;
static QueueHandle_t received;

/* --- The UART ---------------------------------------------------------------- */

#define UART_DATA      DEVICE_REGISTER(UART0_BASE, 0x000)
#define UART_STATE     DEVICE_REGISTER(UART0_BASE, 0x004)
#define UART_CTRL      DEVICE_REGISTER(UART0_BASE, 0x008)
#define UART_INTSTATUS DEVICE_REGISTER(UART0_BASE, 0x00C)
#define UART_BAUDDIV   DEVICE_REGISTER(UART0_BASE, 0x010)

#define STATE_TX_FULL (1UL << 0)
#define CTRL_ON       (1UL << 0 | 1UL << 1 | 1UL << 3) /* transmitter, receiver and its interrupt */
#define INTSTATUS_RX  (1UL << 1)

void uart_interrupt(void);
void fail(const char *what);
unsigned random_word(void);

static void print(const char *text)
{
    for (; *text != '\0'; text++) {
        while ((UART_STATE & STATE_TX_FULL) != 0) {
        }
        UART_DATA = (unsigned char)*text;
    }
}

void uart_interrupt(void)
{
    BaseType_t woken = pdFALSE;
    char byte;

    UART_INTSTATUS = INTSTATUS_RX;
    byte = (char)UART_DATA;
    xQueueSendFromISR(received, &byte, &woken);
    portEND_SWITCHING_ISR(woken);
}

void fail(const char *what)
{
    taskDISABLE_INTERRUPTS();
    print("failed: ");
    print(what);
    print("\n");
    for (;;) {
    }
}

/* --- The network interface ----------------------------------------------------- */

/* Called by the driver's interrupt handler, which has masked the interrupt. */
void ethernet_interrupt(void)
{
    BaseType_t woken = pdFALSE;

    vTaskNotifyGiveFromISR(receive_task, &woken);
    portEND_SWITCHING_ISR(woken);
}

static void receive(void *arg)
{
    struct pbuf *frame;

    for (;;) {
        do {
            while ((frame = board_ethernet_receive()) != NULL) {
                if (ethernet.input(frame, &ethernet) != ERR_OK) {
                    pbuf_free(frame);
                }
            }
        } while (!board_ethernet_listen());
        ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
    }
}

static err_t transmit(struct netif *netif, struct pbuf *frame)
{
    return board_ethernet_send(frame) ? ERR_OK : ERR_IF;
}

static err_t start_ethernet(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->name[1] = 't';
    netif->output = etharp_output;
    netif->linkoutput = transmit;
    netif->mtu = 1500;
    netif->hwaddr_len = ETH_HWADDR_LEN;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_LINK_UP;
    board_ethernet_start(netif->hwaddr);
    xTaskCreate(receive, "receive", WORDS(1024), NULL, RECEIVE_PRIORITY, &receive_task);
    return receive_task != NULL ? ERR_OK : ERR_MEM;
}

static void bring_up(void *arg)
{
    ip4_addr_t address, mask, gateway;

    IP4_ADDR(&address, 192, 168, 7, 2);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 192, 168, 7, 1);
    netif_add(&ethernet, &address, &mask, &gateway, NULL, start_ethernet, tcpip_input);
    netif_set_default(&ethernet);
    netif_set_up(&ethernet);
    xTaskNotifyGive(chat_task);
}

/* For LWIP_RAND(). A product would use the part's generator. */
unsigned random_word(void)
{
    static unsigned word = 2463534242U;

    word ^= SYSTICK_VALUE;
    word ^= word << 13;
    word ^= word >> 17;
    word ^= word << 5;
    return word;
}

/* --- The firmware ----------------------------------------------------------------- */

static enum lwchat_answer switch_led(void *arg, const struct lwchat_request *request, char *answer,
                                     size_t bytes)
{
    if (strcmp(request->words, "on") != 0 && strcmp(request->words, "off") != 0) {
        snprintf(answer, bytes, "!led on, or !led off");
        return LWCHAT_TO_ASKER;
    }
    FPGAIO_LED0 = strcmp(request->words, "on") == 0;
    snprintf(answer, bytes, "the LED is %s", request->words);
    return LWCHAT_TO_ROOM;
}

static void sense(void *arg)
{
    char line[64];
    size_t length = 0;

    UART_CTRL = CTRL_ON;
    cortex_m_enable(INTERRUPT_UART0_RECEIVE, CORTEX_M_DEVICE_PRIORITY);
    for (;;) {
        xQueueReceive(received, &line[length], portMAX_DELAY);
        if (line[length] != '\n') {
            length += length < sizeof line - 1;
            continue;
        }
        line[length] = '\0';
        length = 0;
        if (strcmp(line, "stop") == 0) {
            lwchat_stop();
            continue;
        }
        while (lwchat_say("#lobby", line) == LWCHAT_AGAIN) {
            vTaskDelay(pdMS_TO_TICKS(10));
        }
    }
}

static void chat(void *arg)
{
    tcpip_init(bring_up, NULL);
    ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
    print("192.168.7.2 is up\n");
    lwchat_command("!led on|off", switch_led, NULL);
    print(lwchat_serve(NULL) == LWCHAT_OK ? "the chat has ended\n" : "the chat cannot start\n");
    vTaskDelete(NULL);
}

int main(void)
{
    UART_BAUDDIV = configCPU_CLOCK_HZ / 115200;
    UART_CTRL = 1;
    received = xQueueCreate(128, 1);
    xTaskCreate(chat, "chat", WORDS(4096), NULL, CHAT_PRIORITY, &chat_task);
    xTaskCreate(sense, "sense", WORDS(1024), NULL, CHAT_PRIORITY, NULL);
    vTaskStartScheduler();
    fail("configTOTAL_HEAP_SIZE");
}

void vApplicationStackOverflowHook(TaskHandle_t task, char *name)
{
    fail(name);
}

void vApplicationMallocFailedHook(void)
{
    fail("out of memory");
}

void vApplicationIdleHook(void)
{
    __asm volatile("wfi");
}
