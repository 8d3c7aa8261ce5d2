/* Files that the server reads whole, and the writing of others. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lwchat_error.h"
#include "port.h"
#include "reason.h"

static int fail(int file, int error)
{
    if (file >= 0) {
        close(file);
    }
    return reason_set(LWCHAT_FAILED, "%s", strerror(error));
}

int port_file_read(const char *path, char *text, size_t bytes)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    size_t used = 0;

    if (file < 0) {
        return fail(file, errno);
    }
    for (;;) {
        char past;
        ssize_t n = used < bytes ? read(file, text + used, bytes - used) : read(file, &past, 1);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 || (n > 0 && used == bytes)) {
            return fail(file, n < 0 ? errno : EFBIG);
        }
        if (n == 0) {
            close(file);
            return (int)used;
        }
        used += (size_t)n;
    }
}

size_t files_write(int file, const char *data, size_t bytes)
{
    size_t written = 0;

    while (written < bytes) {
        ssize_t n = write(file, data + written, bytes - written);
        if (n >= 0) {
            written += (size_t)n;
        } else if (errno != EINTR) {
            (void)reason_set(0, "%s", strerror(errno));
            break;
        }
    }
    return written;
}
