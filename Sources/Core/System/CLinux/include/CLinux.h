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
/* Orphaned descendants become children of this process instead of init's. */
int cl_set_child_subreaper(void);
/* Opens /dev/null on those of the descriptors 0 to 2 that are closed, so that nothing else is ever opened there and
   taken for standard input or output. To be called before anything else. 0 or -1. */
int cl_open_standard_descriptors(void);
/* An anonymous file in memory, closed on exec. */
int cl_memfd_create(const char *name);
int cl_pipe_cloexec(int fds[2]);
/* Has a signal do nothing in this process, and what it does by default in those that it starts: what is ignored would be
 * so in them, too. */
void cl_disregard_signal(int number);
/* A pair of connected sockets that keep message boundaries. */
int cl_socketpair_cloexec(int fds[2]);
/* Sends one message of one byte with these descriptors; does not wait for room. 0 or -1. */
int cl_send_descriptors(int socket, const int *fds, int count);
/* Receives one such message: the number of descriptors, which are closed on exec; 0 at the end; -1 on error. */
int cl_receive_descriptors(int socket, int *fds, int capacity);
pid_t cl_fork(void);
/* What `ps` shows of this process's command line, as far as there is room in the one it was started with. */
void cl_set_title(char **argv, int argc, const char *title);
int cl_epoll_create(void);
/* Tells of readability: once, or for as long as there is something to read. */
int cl_epoll_add(int epoll, int fd, uint64_t token, bool oneshot);
int cl_epoll_remove(int epoll, int fd);
/* Fills at most `capacity` tokens; -1 on error. */
int cl_epoll_wait(int epoll, uint64_t *tokens, int capacity);
/* Unmaps the pages of code that the process has touched so far; what is still needed comes back from the page cache
 * when it is next executed. Code is never written to, so nothing can be lost. */
void cl_release_code(void);

/* Opens a file whose name is relative to a directory and leads neither out of it nor through a symbolic link. */
int cl_open_beneath(int directory, const char *name, int flags, unsigned mode);
/* Has two files of a directory take each other's names, in one step. 0 or -1. */
int cl_exchange(int directory, const char *name, const char *other_name);
/* Writes everything of a file's file system to the disk. */
int cl_sync_file_system(int fd);
/* Begins to write a file's dirty pages to the disk, without waiting. */
void cl_start_writing(int fd);

/* A descriptor that becomes readable when children of this process have ended, from now on. Once a process. */
int cl_watch_children(void);
/* Whether orphans become this process's children: it is the first of its PID namespace, or a subreaper. */
bool cl_inherits_orphans(void);
/* Takes one child out of the process table: 1; 0 when it has not ended; -1 when there is no such child. */
int cl_reap(pid_t pid);
/* Blocks until a child has ended, and leaves it in the process table. */
void cl_await_end(pid_t pid);

int cl_wexitstatus(int status);
bool cl_wifsignaled(int status);
int cl_wtermsig(int status);

typedef struct {
    const char *path;        /* executable; searched in PATH when it has no slash; never run by a shell */
    char *const *argv;
    char *const *envp;       /* NULL: the parent's environment; PATH is the parent's in any case */
    int fds[3];              /* become descriptors 0, 1 and 2; all others are closed */
    bool new_session;        /* setsid, else a process group of its own */
    int parent_death_signal; /* sent to the child when the parent thread ends; 0: none */
    uint64_t nofile_soft;    /* RLIMIT_NOFILE of the child; 0: as the parent's */
} cl_spawn_options;

/* Starts a process with default signal dispositions and an empty signal mask. Returns 0 or the errno of the first
 * call that failed, in the child too: exec errors are reported here and leave no process behind. */
int cl_spawn(const cl_spawn_options *options, pid_t *pid);
