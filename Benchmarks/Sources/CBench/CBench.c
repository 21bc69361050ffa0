#define _GNU_SOURCE
#include "CBench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <unistd.h>

pid_t cb_spawn(const char *path, char *const argv[], int output) {
    pid_t child = fork();
    if (child != 0) return child;
    // Only async-signal-safe calls from here: the parent has threads.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (input >= 0 && dup2(input, 0) >= 0 && dup2(output, 1) >= 0 && dup2(output, 2) >= 0) execv(path, argv);
    _exit(127);
}

int cb_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1); }

int cb_memory_file(void) { return memfd_create("payload", MFD_CLOEXEC); }

ssize_t cb_send_file(int socket, int file, int64_t *offset, size_t count) {
    off_t start = *offset;
    ssize_t sent = sendfile(socket, file, &start, count);
    *offset = start;
    return sent;
}
