/* Ends a process at its write number KILL_AT to any file, before the write: LD_PRELOAD for a program
   under Wine, which writes through the C library of its host. At the end it adds to the file that
   KILL_TELL names, if it is set, how many writes there were. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_long writes;

static void count(int file) {
    struct stat found;
    const char *at = getenv("KILL_AT");
    if (fstat(file, &found) != 0 || !S_ISREG(found.st_mode))
        return;
    if (atomic_fetch_add(&writes, 1) + 1 == (at ? atol(at) : 0))
        kill(getpid(), SIGKILL);
}

ssize_t write(int file, const void *bytes, size_t length) {
    static ssize_t (*next)(int, const void *, size_t);
    if (!next)
        next = dlsym(RTLD_NEXT, "write");
    count(file);
    return next(file, bytes, length);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) {
    static ssize_t (*next)(int, const void *, size_t, off_t);
    if (!next)
        next = dlsym(RTLD_NEXT, "pwrite");
    count(file);
    return next(file, bytes, length, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off_t at) {
    return pwrite(file, bytes, length, at);
}

__attribute__((destructor)) static void tell(void) {
    const char *name = getenv("KILL_TELL");
    FILE *file = name ? fopen(name, "a") : NULL;
    if (file) {
        fprintf(file, "%ld\n", (long)writes);
        fclose(file);
    }
}
