#include "pico/cyw43_arch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lwip/sys.h"
#include "lwip/tcpip.h"
#include "netif/tapif.h"

cyw43_t cyw43_state;

void cyw43_arch_lwip_begin(void)
{
    LOCK_TCPIP_CORE();
}

void cyw43_arch_lwip_end(void)
{
    UNLOCK_TCPIP_CORE();
}

static void lwip_is_up(void *arg)
{
    sys_sem_signal(arg);
}

int cyw43_arch_init(void)
{
    sys_sem_t up;

    sys_sem_new(&up, 0);
    tcpip_init(lwip_is_up, &up);
    sys_sem_wait(&up);
    return PICO_OK;
}

static struct netif *add(int itf, uint32_t address)
{
    struct netif *netif = &cyw43_state.netif[itf];
    ip4_addr_t own = {lwip_htonl(address)}, mask = {PP_HTONL(0xFFFFFF00)};

    netif_add(netif, &own, address != 0 ? &mask : NULL, address != 0 ? &own : NULL, NULL,
              tapif_init, tcpip_input);
    netif_set_default(netif);
    netif_set_up(netif);
    return netif;
}

void cyw43_arch_enable_sta_mode(void)
{
    cyw43_arch_lwip_begin();
    struct netif *netif = add(CYW43_ITF_STA, 0);
    netif_set_link_down(netif);
    dhcp_start(netif);
    cyw43_arch_lwip_end();
}

void cyw43_arch_enable_ap_mode(const char *ssid, const char *password, uint32_t auth)
{
    fprintf(stderr, "on air: \"%s\" \"%s\"\n", ssid, password != NULL ? password : "");
    (void)auth;
    cyw43_arch_lwip_begin();
    netif_set_link_up(add(CYW43_ITF_AP, 0xC0A80401));
    cyw43_arch_lwip_end();
}

static const char *air(const char *name)
{
    const char *value = getenv(name);

    return value != NULL ? value : "";
}

int cyw43_arch_wifi_connect_async(const char *ssid, const char *pw, uint32_t auth)
{
    (void)auth;
    fprintf(stderr, "joins \"%s\"\n", ssid);
    if (strcmp(ssid, air("PICO_AIR_SSID")) != 0 || access(air("PICO_AIR_LOST"), F_OK) == 0) {
        cyw43_state.status = CYW43_LINK_NONET;
    } else if (strcmp(pw != NULL ? pw : "", air("PICO_AIR_PASSWORD")) != 0) {
        cyw43_state.status = CYW43_LINK_BADAUTH;
    } else {
        cyw43_state.status = CYW43_LINK_JOIN;
        cyw43_arch_lwip_begin();
        netif_set_link_up(&cyw43_state.netif[CYW43_ITF_STA]);
        cyw43_arch_lwip_end();
    }
    return PICO_OK;
}

int cyw43_tcpip_link_status(cyw43_t *self, int itf)
{
    struct netif *netif = &self->netif[itf];
    int status;

    cyw43_arch_lwip_begin();
    if (netif_is_link_up(netif) && access(air("PICO_AIR_LOST"), F_OK) == 0) {
        netif_set_link_down(netif);
        self->status = CYW43_LINK_DOWN;
    }
    status = !netif_is_link_up(netif)                     ? self->status
             : ip4_addr_isany_val(*netif_ip4_addr(netif)) ? CYW43_LINK_NOIP
                                                          : CYW43_LINK_UP;
    cyw43_arch_lwip_end();
    return status;
}

/* The LED is on once the board serves: its interface must be guarded by then. */
void cyw43_arch_gpio_put(uint wl_gpio, bool value)
{
    for (int itf = 0; itf < 2; itf++) {
        if (cyw43_state.netif[itf].input == tcpip_input) {
            fprintf(stderr, "interface %d: unread data may take all receive buffers\n", itf);
            abort();
        }
    }
    fprintf(stderr, "GPIO %u is %d\n", wl_gpio, value);
}
