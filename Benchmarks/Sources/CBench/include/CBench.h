// The system calls that Swift's Glibc module lacks or cannot use safely.
#ifndef CBENCH_H
#define CBENCH_H

#include <stdint.h>
#include <sys/types.h>

/// Starts a program with an empty signal mask and its standard output and error on a descriptor. It is told to end
/// when the thread that started it dies, so that a killed benchmark leaves no daemon behind.
/// Returns its number, or -1 with errno.
pid_t cb_spawn(const char *path, char *const argv[], int output);

/// Makes orphaned descendants children of this process. Returns 0, or -1 with errno.
int cb_become_subreaper(void);

/// A file in memory, or -1 with errno.
int cb_memory_file(void);

/// sendfile(2) from an offset, which it moves on.
ssize_t cb_send_file(int socket, int file, int64_t *offset, size_t count);

#endif
