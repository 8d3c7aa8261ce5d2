/*
 * The Wi-Fi chip. In its air there is one network, with the SSID and the password of the
 * environment's PICO_AIR_SSID and PICO_AIR_PASSWORD; it is lost while the file PICO_AIR_LOST
 * exists. Its wire, and that of the chip's own access point, is a TAP.
 */
#ifndef PICO_CYW43_ARCH_H
#define PICO_CYW43_ARCH_H

#include "lwip/dhcp.h"
#include "lwip/netif.h"
#include "pico/stdlib.h"

#define CYW43_ITF_STA 0
#define CYW43_ITF_AP  1

#define CYW43_LINK_DOWN    (0)
#define CYW43_LINK_JOIN    (1)
#define CYW43_LINK_NOIP    (2)
#define CYW43_LINK_UP      (3)
#define CYW43_LINK_FAIL    (-1)
#define CYW43_LINK_NONET   (-2)
#define CYW43_LINK_BADAUTH (-3)

#define CYW43_AUTH_WPA2_AES_PSK (0x00400004)
#define CYW43_WL_GPIO_LED_PIN   0

typedef struct _cyw43_t {
    struct netif netif[2];
    int status;
} cyw43_t;

extern cyw43_t cyw43_state;

int cyw43_arch_init(void);
void cyw43_arch_enable_sta_mode(void);
void cyw43_arch_enable_ap_mode(const char *ssid, const char *password, uint32_t auth);
int cyw43_arch_wifi_connect_async(const char *ssid, const char *pw, uint32_t auth);
int cyw43_tcpip_link_status(cyw43_t *self, int itf);
void cyw43_arch_gpio_put(uint wl_gpio, bool value);
void cyw43_arch_lwip_begin(void);
void cyw43_arch_lwip_end(void);

#endif
