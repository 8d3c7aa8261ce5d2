#include "station.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "port.h"

enum { ID_BYTES = 32 /* machine-id(5): hexadecimal digits */ };

static const char *const id_files[] = {"/etc/machine-id", "/var/lib/dbus/machine-id"};

bool station_read(const char *text, uint8_t mac[STATION_BYTES])
{
    for (size_t i = 0; i < STATION_BYTES; i++) {
        char *end;
        unsigned long byte = strtoul(text, &end, 16);

        if (!isxdigit((unsigned char)*text) || end - text > 2 ||
            *end != (i + 1 < STATION_BYTES ? ':' : '\0')) {
            return false;
        }
        mac[i] = (uint8_t)byte;
        text = end + 1;
    }
    return true;
}

static bool read_id(char id[ID_BYTES + 1])
{
    for (size_t i = 0; i < sizeof(id_files) / sizeof(id_files[0]); i++) {
        int file = open(id_files[i], O_RDONLY | O_CLOEXEC);
        ssize_t bytes = file < 0 ? -1 : read(file, id, ID_BYTES);

        if (file >= 0) {
            close(file);
        }
        id[bytes > 0 ? bytes : 0] = '\0';
        if (strspn(id, "0123456789abcdef") == ID_BYTES) {
            return true;
        }
    }
    return false;
}

/* FNV-1a, and a last stir, since its upper bits know little of the last bytes. */
static uint64_t stir(const char *id, const char *interface)
{
    uint64_t hash = 0xCBF29CE484222325U;

    for (unsigned part = 0; part < 2; part++) {
        for (const char *next = part == 0 ? id : interface; *next != '\0'; next++) {
            hash = (hash ^ (uint8_t)*next) * 0x100000001B3U;
        }
    }
    hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCDU;
    return hash ^ (hash >> 33);
}

void station_make(const char *interface, uint8_t mac[STATION_BYTES])
{
    char id[ID_BYTES + 1];
    uint64_t hash;

    if (interface != NULL && read_id(id)) {
        hash = stir(id, interface);
        memcpy(mac, &hash, STATION_BYTES);
    } else {
        port_entropy(mac, STATION_BYTES);
    }
    /* Locally administered, and one station's. */
    mac[0] = (uint8_t)((mac[0] & 0xFCU) | 0x02U);
}
