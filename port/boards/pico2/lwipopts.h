#include "../../rp2/lwipopts.h"
