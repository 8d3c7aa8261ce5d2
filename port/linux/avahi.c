#include "avahi.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "reason.h"

enum { SERVICES = 2, TEXT_BYTES = 64, PORT_BYTES = sizeof("65535") };

static pid_t publishers[SERVICES];

/* Whether the daemon runs: it listens there for those that look up names without D-Bus. */
static bool is_there(void)
{
    const struct sockaddr_un daemon = {.sun_family = AF_UNIX,
                                       .sun_path = "/run/avahi-daemon/socket"};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool there = fd >= 0 && connect(fd, (const struct sockaddr *)&daemon, sizeof(daemon)) == 0;

    if (fd >= 0) {
        close(fd);
    }
    return there;
}

/* In the new process: becomes avahi-publish, which ends with this program. */
static _Noreturn void become(char *const arguments[], pid_t parent, int failed)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool lives = prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent;

    if (lives && null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
        dup2(null, STDERR_FILENO) >= 0) {
        /* Ctrl-C at the terminal is for the server, which ends it. */
        (void)setpgid(0, 0);
        (void)execvp(arguments[0], arguments);
    }
    (void)!write(failed, "", 1);
    _exit(1);
}

/* Starts avahi-publish. @return its process, or -1. */
static pid_t start(char *const arguments[])
{
    pid_t parent = getpid(), child;
    int failed[2];
    char byte = 0;

    if (pipe2(failed, O_CLOEXEC) < 0) {
        return -1;
    }
    child = fork();
    if (child == 0) {
        become(arguments, parent, failed[1]);
    }
    close(failed[1]);
    /* It ends without a byte once avahi-publish runs. */
    if (child > 0 && read(failed[0], &byte, 1) > 0) {
        child = -1;
    }
    close(failed[0]);
    return child;
}

static pid_t publish(const char *name, const char *type, uint16_t port, const char *path)
{
    char called[TEXT_BYTES], numbered[PORT_BYTES], service[TEXT_BYTES], text[TEXT_BYTES],
        at[TEXT_BYTES];
    char program[] = "avahi-publish", options[] = "-sf";
    char *const arguments[] = {
        program, options, called, service, numbered, text, path != NULL ? at : NULL, NULL};

    (void)snprintf(called, sizeof(called), "%s", name);
    (void)snprintf(service, sizeof(service), "%s", type);
    (void)snprintf(numbered, sizeof(numbered), "%u", (unsigned)port);
    (void)snprintf(text, sizeof(text), "name=%s", name);
    (void)snprintf(at, sizeof(at), "path=%s", path != NULL ? path : "");
    return start(arguments);
}

static void tell(const char *name, const char *why_not)
{
    char line[2 * TEXT_BYTES + 96];

    if (why_not == NULL) {
        (void)snprintf(line, sizeof(line),
                       SAY("avahi: has been told of %s", "avahi : informé de %s"), name);
    } else {
        (void)snprintf(line, sizeof(line),
                       SAY("avahi: has not been told of %s: %s", "avahi : pas informé de %s : %s"),
                       name, why_not);
    }
    port_complain(line);
}

void avahi_publish(const struct port_service *service, bool tells)
{
    static bool tried;
    const char *why_not = NULL;

    if (tried) {
        return;
    }
    tried = true;
    if (!is_there()) {
        why_not = SAY("it does not run here", "il ne tourne pas ici");
    } else if ((publishers[0] = publish(service->name, "_lwchat._tcp", service->port, NULL)) < 0) {
        why_not = SAY("avahi-publish cannot be run: install avahi-utils",
                      "avahi-publish ne démarre pas : installer avahi-utils");
    } else if (service->http != 0) {
        publishers[1] = publish(service->name, "_http._tcp", service->http, "/");
    }
    if (tells) {
        tell(service->name, why_not);
    }
}

void avahi_withdraw(void)
{
    for (unsigned i = 0; i < SERVICES; i++) {
        /* It is waited for by nobody, so that its number stays its own. */
        if (publishers[i] > 0) {
            (void)kill(publishers[i], SIGTERM);
            publishers[i] = 0;
        }
    }
}
