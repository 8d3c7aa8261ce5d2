#include "../../mps2/lwipopts.h"
