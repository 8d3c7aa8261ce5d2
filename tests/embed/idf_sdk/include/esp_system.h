#ifndef ESP_SYSTEM_H
#define ESP_SYSTEM_H

void esp_restart(void) __attribute__((noreturn));
void app_main(void); /* the example's */

#endif
