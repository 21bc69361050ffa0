// Tells ThreadSanitizer what the slow path of Swift's Mutex does: it lies in a library that is not built with the
// sanitizer, which thus sees neither who gave a contended lock away nor who got it. `make tsan` loads this into every
// process; in those without the sanitizer it changes nothing.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

// Synchronization._MutexHandle._lockSlow(UInt32) and _unlockSlow(): their self is the address of the lock.
void lock_slow(uint32_t thread, SELF void *lock) SWIFT __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
void unlock_slow(SELF void *lock) SWIFT __asm__("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");

typedef SWIFT void (*lock_function)(uint32_t, SELF void *);
typedef SWIFT void (*unlock_function)(SELF void *);

SWIFT void lock_slow(uint32_t thread, SELF void *lock) {
    lock_function next = (lock_function)dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
    next(thread, lock);
    if (__tsan_acquire) __tsan_acquire(lock);
}

SWIFT void unlock_slow(SELF void *lock) {
    if (__tsan_release) __tsan_release(lock);
    unlock_function next = (unlock_function)dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV11_unlockSlowyyF");
    next(lock);
}
