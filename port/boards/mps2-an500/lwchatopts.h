#include "../../mps2/lwchatopts.h"
