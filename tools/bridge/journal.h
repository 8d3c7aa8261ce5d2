/**
 * @file
 * A file to which records are appended, and which is read once, at the start. A
 * record is a line of text with its length and checksum in front, so that one that
 * was torn by a crash is found: it and what follows it are cut off.
 *
 *     | length | CRC-32 | text | length | CRC-32 | text | ...
 *
 * What is appended is written by journal_commit(), in one write. When the file has
 * grown well beyond what is still needed, its owner writes that to a new file, which
 * replaces the old one: journal_begin(), journal_add() ..., journal_replace().
 */
#ifndef BRIDGE_JOURNAL_H
#define BRIDGE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

struct journal {
    const char *path;
    int file;
    int next;          /**< the new file while it is written, or -1 */
    char *unwritten;   /**< records not yet committed */
    size_t bytes;      /**< length of `unwritten` */
    size_t capacity;   /**< its size */
    size_t file_bytes; /**< length of the file */
    size_t base_bytes; /**< its length when it was last replaced */
};

/**
 * Opens or creates the file, locks it, and passes each whole record to `take`.
 * @param torn  set to the bytes that were cut off
 * @return NULL, or why it cannot be used.
 */
const char *journal_open(struct journal *journal, const char *path,
                         void (*take)(void *context, char *text), void *context, size_t *torn);

/** Appends a record: a format of printf(), whose text has no NUL. */
void journal_add(struct journal *journal, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * Writes what was added. With `sync`, it is on the disk on return.
 * @return false, with errno, when it cannot be written.
 */
bool journal_commit(struct journal *journal, bool sync);

/** True when the file is worth replacing. */
bool journal_is_long(const struct journal *journal);

/** Begins a new file. What is added from here on goes there. Commit first. */
bool journal_begin(struct journal *journal);

/** Commits to the new file, which takes the place of the old one. */
bool journal_replace(struct journal *journal);

void journal_close(struct journal *journal);

#endif
