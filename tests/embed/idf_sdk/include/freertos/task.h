#include "../../../freertos/include/task.h"
