/* The history's file: port_history_open() and its like. */
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "lwchat_error.h"
#include "reason.h"

/* A file that is larger is no history, and none grows larger. */
enum { MOST_BYTES = 256 * 1024 * 1024 };

static int file = -1, old_file = -1;
static char name[PATH_MAX], new_name[PATH_MAX + 4];
static uint64_t file_bytes, old_bytes;
static char *content;

void port_boot_id(char id[PORT_BOOT_ID_BYTES])
{
    int ids = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = ids >= 0 ? read(ids, id, PORT_BOOT_ID_BYTES) : -1;

    if (n != PORT_BOOT_ID_BYTES) {
        port_entropy(id, PORT_BOOT_ID_BYTES); /* another each time: not known to be the same */
    }
    if (ids >= 0) {
        close(ids);
    }
}

static int refuse(const char *path, const char *why)
{
    if (file >= 0) {
        close(file);
        file = -1;
    }
    return reason_set(LWCHAT_FAILED,
                      SAY("cannot keep the history in \"%.100s\": %s",
                          "impossible de garder l'historique dans \"%.100s\" : %s"),
                      path, why);
}

/* Opens the file and locks it. @return false: errno says why. */
static bool open_locked(const char *path, struct stat *status)
{
    struct stat there;

    for (;;) {
        file = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
        if (file < 0 || flock(file, LOCK_EX | LOCK_NB) < 0 || fstat(file, status) < 0) {
            return false;
        }
        if (stat(path, &there) == 0 && there.st_ino == status->st_ino &&
            there.st_dev == status->st_dev) {
            return true;
        }
        close(file); /* another server has just replaced it */
    }
}

/* Creates FILE.new. @return its descriptor, or a negative number: errno says why. */
static int create_new(void)
{
    (void)snprintf(new_name, sizeof new_name, "%s.new", name);
    (void)unlink(new_name); /* of a server that was killed */
    return open(new_name, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

/* False if the file can never be renewed. A full disk may have room later. */
static bool try_new(void)
{
    int opened = create_new();

    if (opened < 0) {
        return errno == ENOSPC || errno == EDQUOT;
    }
    close(opened);
    (void)unlink(new_name);
    return true;
}

static int refuse_new(const char *path, const char *why)
{
    char line[200];

    (void)snprintf(line, sizeof line,
                   SAY("the same name with .new cannot be created: %.100s",
                       "impossible de créer le même nom avec .new : %.100s"),
                   why);
    return refuse(path, line);
}

int port_history_open(const char *path)
{
    struct stat status;

    if (!open_locked(path, &status)) {
        return refuse(path, file >= 0 && errno == EWOULDBLOCK
                                ? SAY("another server uses it", "un autre serveur l'utilise")
                                : strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return refuse(path, SAY("it is not a regular file", "pas un fichier ordinaire"));
    }
    if (status.st_size > MOST_BYTES || realpath(path, name) == NULL) {
        return refuse(path, strerror(status.st_size > MOST_BYTES ? EFBIG : errno));
    }
    if (!try_new()) {
        return refuse_new(path, strerror(errno));
    }
    file_bytes = (uint64_t)status.st_size;
    if (file_bytes > 0) {
        content = mmap(NULL, (size_t)file_bytes, PROT_READ, MAP_PRIVATE, file, 0);
        if (content == MAP_FAILED) {
            content = NULL;
            return refuse(path, strerror(errno));
        }
    }
    return LWCHAT_OK;
}

const char *port_history_content(size_t *bytes)
{
    *bytes = (size_t)file_bytes;
    return content != NULL ? content : "";
}

int port_history_cut(size_t whole)
{
    if (whole < file_bytes && ftruncate(file, (off_t)whole) < 0) {
        return refuse(name, strerror(errno));
    }
    if (content != NULL) {
        munmap(content, (size_t)file_bytes);
        content = NULL;
    }
    file_bytes = whole;
    return LWCHAT_OK;
}

int port_history_write(const char *data, size_t bytes)
{
    if (file_bytes + bytes > MOST_BYTES) {
        return reason_set(LWCHAT_FAILED, "%s", strerror(EFBIG));
    }
    if (files_write(file, data, bytes) < bytes) {
        return LWCHAT_FAILED;
    }
    file_bytes += bytes;
    return LWCHAT_OK;
}

int port_history_tear(void)
{
    off_t torn = file_bytes > 0 ? (off_t)file_bytes - 1 : 0;

    return ftruncate(file, torn) == 0 ? LWCHAT_OK : LWCHAT_FAILED;
}

uint64_t port_history_bytes(void)
{
    return file_bytes;
}

int port_history_renew(void)
{
    int opened = create_new();

    if (opened < 0 || flock(opened, LOCK_EX | LOCK_NB) < 0) {
        (void)reason_set(0, "%s", strerror(errno));
        if (opened >= 0) {
            close(opened);
        }
        return LWCHAT_FAILED;
    }
    old_file = file;
    old_bytes = file_bytes;
    file = opened;
    file_bytes = 0;
    return LWCHAT_OK;
}

/* Until this is done, a power failure may leave the old file, which is as good then. */
static void sync_folder(void)
{
    char path[sizeof name];
    int folder;

    memcpy(path, name, sizeof path);
    folder = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        (void)fsync(folder);
        close(folder);
    }
}

/* Content goes to the disk before the name: a power failure leaves the old file or the new one. */
static bool put_in_place(void)
{
    if (fdatasync(file) < 0 || rename(new_name, name) < 0) {
        return false;
    }
    sync_folder();
    return true;
}

int port_history_replace(bool whole)
{
    bool replaced = whole && put_in_place();
    int error = errno;

    if (replaced) {
        close(old_file);
        return LWCHAT_OK;
    }
    (void)unlink(new_name);
    close(file);
    file = old_file;
    file_bytes = old_bytes;
    if (whole) {
        (void)reason_set(0, "%s", strerror(error));
    }
    return LWCHAT_FAILED;
}
