#pragma once
/* System calls and macros that Swift's Glibc module lacks: variadic or missing wrappers, casts in macros, and
 * what has to happen between vfork and exec. Each function returns what the call behind it returns, with errno. */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Linux 5.3: a descriptor that becomes readable when the process ends, child or not. */
int cl_pidfd_open(pid_t pid);
/* Linux 5.1: signals the process that the descriptor was opened for, never another. */
int cl_pidfd_send_signal(int pidfd, int signal);
/* Linux 5.4: reaps the child behind the descriptor without waiting. 0: reaped; 1: still running; -1: errno. */
int cl_waitid_pidfd(int pidfd);
/* Orphaned descendants become children of this process instead of init's. */
int cl_set_child_subreaper(void);
/* An anonymous file in memory, closed on exec. */
int cl_memfd_create(const char *name);
int cl_pipe_cloexec(int fds[2]);
int cl_epoll_create(void);
/* One-shot readability: armed by add and rearm, disarmed by the event. */
int cl_epoll_add(int epoll, int fd, uint64_t token, bool oneshot);
int cl_epoll_remove(int epoll, int fd);
/* Fills at most `capacity` tokens; -1 on error. */
int cl_epoll_wait(int epoll, uint64_t *tokens, int capacity);
int cl_eventfd(void);
/* Fails with EEXIST where the new name exists. */
int cl_rename_noreplace(int old_dir, const char *old_name, int new_dir, const char *new_name);

/* Unmaps the pages of code that the process has touched so far; what is still needed comes back from the page cache
 * when it is next executed. Code is never written to, so nothing can be lost. */
void cl_release_code(void);

bool cl_wifexited(int status);
int cl_wexitstatus(int status);
bool cl_wifsignaled(int status);
int cl_wtermsig(int status);

typedef struct {
    const char *path;        /* executable; searched in PATH when it has no slash */
    char *const *argv;
    char *const *envp;       /* NULL: the parent's environment */
    int fds[3];              /* become descriptors 0, 1 and 2; all others are closed */
    bool new_session;        /* setsid, else a process group of its own */
    int parent_death_signal; /* sent to the child when the parent thread ends; 0: none */
    uint64_t nofile_soft;    /* RLIMIT_NOFILE of the child; 0: as the parent's */
} cl_spawn_options;

/* Starts a process with default signal dispositions and an empty signal mask. Returns 0 or the errno of the first
 * call that failed, in the child too: exec errors are reported here and leave no process behind. */
int cl_spawn(const cl_spawn_options *options, pid_t *pid);
