#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[] = "lwchat-bridge 1\n";

enum { MAGIC_BYTES = sizeof magic - 1, HEAD_BYTES = 8, RECORD_BYTES = 65536, LONG_BYTES = 1 << 20 };

/* CRC-32 as in Ethernet and zip, four bits at a time. */
static uint32_t check_sum(const char *text, size_t bytes)
{
    static const uint32_t table[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
                                       0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
                                       0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                       0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    uint32_t sum = 0xFFFFFFFF;

    for (size_t i = 0; i < bytes; i++) {
        sum ^= (uint8_t)text[i];
        sum = sum >> 4 ^ table[sum & 15];
        sum = sum >> 4 ^ table[sum & 15];
    }
    return ~sum;
}

static void put_word(char *to, uint32_t word)
{
    for (int i = 0; i < 4; i++) {
        to[i] = (char)(word >> (8 * i));
    }
}

static uint32_t word_at(const char *from)
{
    uint32_t word = 0;

    for (int i = 0; i < 4; i++) {
        word |= (uint32_t)(uint8_t)from[i] << (8 * i);
    }
    return word;
}

static bool write_all(int file, const char *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t n = write(file, data, bytes);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        data += n > 0 ? n : 0;
        bytes -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* Reads all of the file. @return its content, to be freed; NULL when it cannot be read. */
static char *read_all(int file, size_t *bytes)
{
    struct stat status;
    size_t read_bytes = 0;

    if (fstat(file, &status) < 0) {
        return NULL;
    }
    size_t size = (size_t)status.st_size;
    char *content = malloc(size + 1);
    while (content != NULL && read_bytes < size) {
        ssize_t n = read(file, content + read_bytes, size - read_bytes);
        if (n == 0) {
            break;
        }
        if (n < 0 && errno != EINTR) {
            int error = errno;
            free(content);
            errno = error;
            return NULL;
        }
        read_bytes += n > 0 ? (size_t)n : 0;
    }
    *bytes = read_bytes;
    return content;
}

/* Passes on each whole record. @return where the last one ends. */
static size_t take_records(char *content, size_t bytes, void (*take)(void *context, char *text),
                           void *context)
{
    static char text[RECORD_BYTES + 1];
    size_t at = MAGIC_BYTES;

    while (bytes - at >= HEAD_BYTES) {
        size_t length = word_at(content + at);
        const char *record = content + at + HEAD_BYTES;
        if (length > RECORD_BYTES || length > bytes - at - HEAD_BYTES ||
            word_at(content + at + 4) != check_sum(record, length)) {
            break;
        }
        memcpy(text, record, length);
        text[length] = '\0';
        take(context, text);
        at += HEAD_BYTES + length;
    }
    return at;
}

/* A new name is on the disk only with the folder. */
static bool sync_folder(const struct journal *journal)
{
    char path[4096];

    (void)snprintf(path, sizeof path, "%s", journal->path);
    int folder = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = folder >= 0 && fsync(folder) == 0;
    if (folder >= 0) {
        (void)close(folder);
    }
    return synced;
}

/* @return NULL, or why the file cannot be opened and locked. */
static const char *open_locked(struct journal *journal)
{
    struct stat opened, there;

    for (;;) {
        journal->file = open(journal->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (journal->file < 0) {
            return strerror(errno);
        }
        if (flock(journal->file, LOCK_EX | LOCK_NB) < 0) {
            return errno == EWOULDBLOCK ? "another lwchat-bridge uses it" : strerror(errno);
        }
        if (fstat(journal->file, &opened) < 0) {
            return strerror(errno);
        }
        if (stat(journal->path, &there) == 0 && there.st_ino == opened.st_ino &&
            there.st_dev == opened.st_dev) {
            return NULL;
        }
        (void)close(journal->file); /* another bridge has just replaced it */
    }
}

const char *journal_open(struct journal *journal, const char *path,
                         void (*take)(void *context, char *text), void *context, size_t *torn)
{
    size_t bytes = 0;

    *journal = (struct journal){.path = path, .next = -1};
    *torn = 0;
    const char *wrong = open_locked(journal);
    if (wrong != NULL) {
        return wrong;
    }
    char *content = read_all(journal->file, &bytes);
    if (content == NULL) {
        return strerror(errno);
    }
    size_t known = bytes < MAGIC_BYTES ? bytes : MAGIC_BYTES;
    if (memcmp(content, magic, known) != 0) {
        free(content);
        return "it is another program's";
    }
    size_t end = bytes < MAGIC_BYTES ? 0 : take_records(content, bytes, take, context);
    free(content);
    *torn = bytes - end;
    if (ftruncate(journal->file, (off_t)end) < 0 ||
        lseek(journal->file, (off_t)end, SEEK_SET) < 0 ||
        (end == 0 && (!write_all(journal->file, magic, MAGIC_BYTES) || fsync(journal->file) < 0 ||
                      !sync_folder(journal)))) {
        return strerror(errno);
    }
    journal->file_bytes = journal->base_bytes = end == 0 ? MAGIC_BYTES : end;
    return NULL;
}

void journal_add(struct journal *journal, const char *format, ...)
{
    va_list list;

    if (journal->capacity - journal->bytes < HEAD_BYTES + RECORD_BYTES + 1) {
        size_t capacity = 2 * journal->capacity + 2 * (HEAD_BYTES + RECORD_BYTES + 1);
        char *more = realloc(journal->unwritten, capacity);
        if (more == NULL) {
            abort(); /* to say what was not written down could be to say it twice */
        }
        journal->unwritten = more;
        journal->capacity = capacity;
    }
    char *record = journal->unwritten + journal->bytes;
    va_start(list, format);
    int length = vsnprintf(record + HEAD_BYTES, RECORD_BYTES + 1, format, list);
    va_end(list);
    if (length < 0 || length > RECORD_BYTES) {
        abort();
    }
    put_word(record, (uint32_t)length);
    put_word(record + 4, check_sum(record + HEAD_BYTES, (size_t)length));
    journal->bytes += HEAD_BYTES + (size_t)length;
}

static bool write_to(struct journal *journal, int file, bool sync)
{
    size_t bytes = journal->bytes;

    journal->bytes = 0;
    journal->file_bytes += bytes;
    return write_all(file, journal->unwritten, bytes) && (!sync || fdatasync(file) == 0);
}

bool journal_commit(struct journal *journal, bool sync)
{
    return journal->bytes == 0 || write_to(journal, journal->file, sync);
}

bool journal_is_long(const struct journal *journal)
{
    return journal->file_bytes > LONG_BYTES && journal->file_bytes / 4 > journal->base_bytes;
}

static void new_path(const struct journal *journal, char *path, size_t bytes)
{
    (void)snprintf(path, bytes, "%s.new", journal->path);
}

bool journal_begin(struct journal *journal)
{
    char path[4096];

    new_path(journal, path, sizeof path);
    journal->next = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return journal->next >= 0 && flock(journal->next, LOCK_EX | LOCK_NB) == 0 &&
           write_all(journal->next, magic, MAGIC_BYTES);
}

bool journal_replace(struct journal *journal)
{
    char path[4096];

    new_path(journal, path, sizeof path);
    journal->file_bytes = MAGIC_BYTES;
    if (!write_to(journal, journal->next, true) || rename(path, journal->path) < 0 ||
        !sync_folder(journal)) {
        return false;
    }
    (void)close(journal->file);
    journal->file = journal->next;
    journal->next = -1;
    journal->base_bytes = journal->file_bytes;
    return true;
}

void journal_close(struct journal *journal)
{
    (void)close(journal->file);
    free(journal->unwritten);
}
