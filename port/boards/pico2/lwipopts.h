#include "../../mcu/large/lwipopts.h"
