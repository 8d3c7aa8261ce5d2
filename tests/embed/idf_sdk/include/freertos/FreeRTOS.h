#include "../../../freertos/include/FreeRTOS.h"
