/* As the IDF's, it takes the number of sockets from the configuration. */
#include "sdkconfig.h"
#include "../../idf/lwipopts.h"

#define LWIP_DHCP_DOES_ACD_CHECK                                                                   \
    0 /* the IDF's lwIP has a check of its own, which takes less time */
