#include "station.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
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

/* Reads the first line of a file. @return false when it cannot be read. */
static bool read_word(const char *folder, const char *interface, const char *name, char *word,
                      size_t bytes)
{
    char path[PATH_MAX];
    ssize_t length = -1;
    int file;

    if (snprintf(path, sizeof(path), "%s/%s/%s", folder, interface, name) < (int)sizeof(path) &&
        (file = open(path, O_RDONLY | O_CLOEXEC)) >= 0) {
        length = read(file, word, bytes - 1);
        close(file);
    }
    word[length > 0 ? length : 0] = '\0';
    word[strcspn(word, "\n")] = '\0';
    return length > 0;
}

/* Reads the interface's MAC if it is a device's own. Bridges, TAPs and tunnels have no device. */
static bool is_made_so(const char *folder, const char *interface, uint8_t mac[STATION_BYTES])
{
    char path[PATH_MAX], word[32];

    return snprintf(path, sizeof(path), "%s/%s/device", folder, interface) < (int)sizeof(path) &&
           access(path, F_OK) == 0 &&
           read_word(folder, interface, "addr_assign_type", word, sizeof(word)) &&
           strcmp(word, "0") == 0 && read_word(folder, interface, "address", word, sizeof(word)) &&
           station_read(word, mac);
}

bool station_hardware(const char *folder, uint8_t mac[STATION_BYTES])
{
    char first[NAME_MAX + 1] = "";
    struct dirent *entry;
    DIR *interfaces = opendir(folder);
    uint8_t found[STATION_BYTES];

    /* The first by name, since the order in the folder may change. */
    while (interfaces != NULL && (entry = readdir(interfaces)) != NULL) {
        if ((first[0] == '\0' || strcmp(entry->d_name, first) < 0) &&
            is_made_so(folder, entry->d_name, found)) {
            (void)snprintf(first, sizeof(first), "%s", entry->d_name);
            memcpy(mac, found, STATION_BYTES);
        }
    }
    if (interfaces != NULL) {
        closedir(interfaces);
    }
    return first[0] != '\0';
}

/* FNV-1a. */
static uint64_t stir(uint64_t hash, const void *part, size_t bytes)
{
    for (const uint8_t *next = part; bytes > 0; next++, bytes--) {
        hash = (hash ^ *next) * 0x100000001B3U;
    }
    return hash;
}

void station_make(const char *interface, uint8_t mac[STATION_BYTES])
{
    char id[ID_BYTES + 1] = "";
    uint8_t card[STATION_BYTES] = {0};
    bool has_id = read_id(id);
    bool has_card = station_hardware("/sys/class/net", card);
    uint64_t hash = 0xCBF29CE484222325U;

    if (interface != NULL && (has_id || has_card)) {
        hash = stir(hash, id, has_id ? ID_BYTES : 0);
        hash = stir(hash, card, has_card ? STATION_BYTES : 0);
        hash = stir(hash, interface, strlen(interface));
        /* The last bytes have little effect on the hash's upper bits: mix them in. */
        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCDU;
        hash ^= hash >> 33;
        memcpy(mac, &hash, STATION_BYTES);
    } else {
        port_entropy(mac, STATION_BYTES);
    }
    /* Locally administered, unicast. */
    mac[0] = (uint8_t)((mac[0] & 0xFCU) | 0x02U);
}
