#include "../../mcu/large/lwchatopts.h"
