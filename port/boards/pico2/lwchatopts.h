#include "../../rp2/lwchatopts.h"
