// Tells ThreadSanitizer what the slow path of Swift's Mutex does: it is a system call of the Swift library, which is not
// built with the sanitizer, so that it sees neither who gave a contended lock away nor who got it. `make tsan` loads this
// into every process; in those without the sanitizer it changes nothing.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <sys/syscall.h>

extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

typedef long (*call)(long, long, long, long, long, long, long);
static call next;

__attribute__((constructor)) static void find(void) { next = (call)dlsym(RTLD_NEXT, "syscall"); }

long syscall(long number, ...) {
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (int index = 0; index < 6; index++) arguments[index] = va_arg(list, long);
    va_end(list);
    if (!next) find();
    int operation = number == SYS_futex ? (int)(arguments[1] & FUTEX_CMD_MASK) : -1;
    if (operation == FUTEX_UNLOCK_PI && __tsan_release) __tsan_release((void *)arguments[0]);
    long result =
        next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
    if ((operation == FUTEX_LOCK_PI || operation == FUTEX_TRYLOCK_PI) && result == 0 && __tsan_acquire) {
        __tsan_acquire((void *)arguments[0]);
    }
    return result;
}
