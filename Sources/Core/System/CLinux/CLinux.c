#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

static void disregard(int number) { (void)number; }

void cl_disregard_signal(int number) {
    struct sigaction action = {.sa_handler = disregard, .sa_flags = SA_RESTART};
    sigaction(number, &action, NULL);
}

int cl_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int cl_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int cl_set_child_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
int cl_memfd_create(const char *name) { return memfd_create(name, MFD_CLOEXEC); }
int cl_pipe_cloexec(int fds[2]) { return pipe2(fds, O_CLOEXEC); }
int cl_socketpair_cloexec(int fds[2]) { return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds); }

enum { maximum_descriptors = 4 };

int cl_send_descriptors(int socket, const int *fds, int count) {
    char byte = 0;
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    union {
        char bytes[CMSG_SPACE(sizeof(int) * maximum_descriptors)];
        struct cmsghdr align;
    } control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes};
    if (count < 1 || count > maximum_descriptors) {
        errno = EINVAL;
        return -1;
    }
    message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
    memcpy(CMSG_DATA(header), fds, sizeof(int) * (size_t)count);
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent == 1 ? 0 : -1;
}

int cl_receive_descriptors(int socket, int *fds, int capacity) {
    char byte;
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    union {
        char bytes[CMSG_SPACE(sizeof(int) * maximum_descriptors)];
        struct cmsghdr align;
    } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t received;
    do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    if (received <= 0) return (int)received;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header == NULL || header->cmsg_type != SCM_RIGHTS) {
        errno = EBADMSG;
        return -1;
    }
    int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    if (count > capacity) count = capacity;
    memcpy(fds, CMSG_DATA(header), sizeof(int) * (size_t)count);
    return count;
}

pid_t cl_fork(void) { return fork(); }

void cl_set_title(char **argv, int argc, const char *title) {
    if (argc < 1) return;
    char *start = argv[0];
    char *end = argv[argc - 1] + strlen(argv[argc - 1]);
    size_t room = (size_t)(end - start), length = strlen(title);
    if (length > room) length = room;
    memcpy(start, title, length);
    memset(start + length, 0, room - length);
}

static int child_ended = -1;

static void tell_of_child(int signal) {
    (void)signal;
    int failure = errno;
    uint64_t one = 1;
    ssize_t written = write(child_ended, &one, sizeof one);
    (void)written; /* it fails only where there is news enough */
    errno = failure;
}

int cl_watch_children(void) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) return -1;
    child_ended = fd;
    struct sigaction action = {.sa_handler = tell_of_child, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGCHLD, &action, NULL) == 0) return fd;
    int failure = errno;
    child_ended = -1;
    close(fd);
    errno = failure;
    return -1;
}

bool cl_inherits_orphans(void) {
    int subreaper = 0;
    return getpid() == 1 || (prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0) == 0 && subreaper != 0);
}

int cl_reap(pid_t pid) {
    siginfo_t info = {0};
    int result;
    do result = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -1 : info.si_pid == pid;
}

void cl_await_end(pid_t pid) {
    siginfo_t info = {0};
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {}
}

int cl_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int cl_epoll_add(int epoll, int fd, uint64_t token, bool oneshot) {
    struct epoll_event event = {.events = EPOLLIN | (oneshot ? EPOLLONESHOT : 0), .data.u64 = token};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int cl_epoll_remove(int epoll, int fd) { return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL); }

int cl_epoll_wait(int epoll, uint64_t *tokens, int capacity) {
    struct epoll_event events[64];
    int count = epoll_wait(epoll, events, capacity < 64 ? capacity : 64, -1);
    for (int i = 0; i < count; i++) tokens[i] = events[i].data.u64;
    return count;
}

/* The kernel's own structure, which glibc of Debian 12 lacks. */
struct open_how_2 {
    uint64_t flags, mode, resolve;
};

int cl_open_beneath(int directory, const char *name, int flags, unsigned mode) {
#ifdef SYS_openat2
    struct open_how_2 how = {
        .flags = (uint64_t)(unsigned)flags,
        .mode = (flags & O_CREAT) != 0 ? mode : 0,
        .resolve = 0x08u /* RESOLVE_BENEATH */ | 0x04u /* RESOLVE_NO_SYMLINKS */,
    };
    long result = syscall(SYS_openat2, directory, name, &how, sizeof how);
    if (result >= 0 || (errno != ENOSYS && errno != EPERM)) return (int)result;
#endif
    /* An older kernel, or a filter that does not know the call. */
    return openat(directory, name, flags | O_NOFOLLOW, mode);
}

int cl_exchange(int directory, const char *name, const char *other_name) {
    return renameat2(directory, name, directory, other_name, RENAME_EXCHANGE);
}

int cl_sync_file_system(int fd) { return syncfs(fd); }
void cl_start_writing(int fd) { (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE); }

int cl_wexitstatus(int status) { return WEXITSTATUS(status); }
bool cl_wifsignaled(int status) { return WIFSIGNALED(status); }
int cl_wtermsig(int status) { return WTERMSIG(status); }

/* Becomes the program, which is searched in PATH when its name has no slash. Unlike execvpe, never by way of a shell:
 * what is neither an executable nor a script that names its interpreter is ENOEXEC. Found is, as in Go, what may be
 * executed, in a folder that PATH names from the root. Returns only on failure, with the reason. */
static int execute(const char *program, char *const *argv, char *const *envp, const char *search) {
    if (strchr(program, '/') != NULL) {
        execve(program, argv, envp);
        return errno;
    }
    char path[PATH_MAX];
    size_t name = strlen(program);
    if (name == 0) return ENOENT;
    for (const char *folder = search; folder != NULL; folder = strchr(folder, ':')) {
        if (*folder == ':') folder++;
        size_t length = strcspn(folder, ":");
        if (*folder != '/' || length + name + 2 > sizeof path) continue;
        memcpy(path, folder, length);
        path[length] = '/';
        memcpy(path + length + 1, program, name + 1);
        execve(path, argv, envp);
        switch (errno) {
        case EACCES: case ENOENT: case ENOTDIR: case ELOOP: case ENAMETOOLONG: case ESTALE: case ENODEV: case ETIMEDOUT:
            break;
        default:
            return errno;
        }
    }
    return ENOENT;
}

/* Runs in the child between vfork and exec, on the parent's memory and with all signals blocked: system calls only.
 * Returns only on failure. */
static int become(const cl_spawn_options *options, const char *search, pid_t parent) {
    for (int signal = 1; signal < _NSIG; signal++) {
        struct sigaction action;
        if (sigaction(signal, NULL, &action) == 0 && action.sa_handler != SIG_DFL) {
            action.sa_handler = SIG_DFL;
            action.sa_flags = 0;
            sigaction(signal, &action, NULL);
        }
    }
    if ((options->new_session ? setsid() : setpgid(0, 0)) < 0) return errno;
    if (options->parent_death_signal != 0) {
        if (prctl(PR_SET_PDEATHSIG, options->parent_death_signal, 0, 0, 0) != 0) return errno;
        if (getppid() != parent) return ESRCH; /* it died before the call */
    }
    if (options->nofile_soft != 0) {
        struct rlimit limit;
        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
            limit.rlim_cur = options->nofile_soft < limit.rlim_max ? options->nofile_soft : limit.rlim_max;
            setrlimit(RLIMIT_NOFILE, &limit);
        }
    }
    /* First out of the way of 0 to 2, then into place: the given descriptors may be in any order. */
    int moved[3];
    for (int i = 0; i < 3; i++)
        if ((moved[i] = fcntl(options->fds[i], F_DUPFD_CLOEXEC, 3)) < 0) return errno;
    for (int i = 0; i < 3; i++)
        if (dup2(moved[i], i) < 0) return errno;
    syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */);
    sigset_t none;
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) != 0) return errno;
    return execute(options->path, options->argv, options->envp != NULL ? options->envp : environ, search);
}

int cl_spawn(const cl_spawn_options *options, pid_t *pid) {
    volatile int failure = 0; /* vfork: the child writes it in the parent's memory */
    pid_t self = getpid();
    const char *search = getenv("PATH");
    if (search == NULL) search = "/usr/local/bin:/usr/bin:/bin";
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pid_t child = vfork();
    if (child == 0) {
        failure = become(options, search, self);
        _exit(127);
    }
    int result = child < 0 ? errno : failure;
    if (child > 0 && result != 0)
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    *pid = result == 0 ? child : 0;
    return result;
}

static int release_code(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size;
    (void)context;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X) || (segment->p_flags & PF_W)) continue;
        uintptr_t start = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
        uintptr_t end = (object->dlpi_addr + segment->p_vaddr + segment->p_memsz + page - 1) & ~(page - 1);
        madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void cl_release_code(void) { dl_iterate_phdr(release_code, NULL); }

int cl_open_standard_descriptors(void) {
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        if (fcntl(descriptor, F_GETFD) >= 0) continue;
        /* The lowest free descriptor is this one. What is written there must fail, as it would have: read only. */
        int null = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
        if (null != descriptor) return -1;
    }
    return 0;
}
