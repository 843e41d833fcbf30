/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * `many N` makes N mappings of a page each, by alternating permissions, and calls stop_here(),
 * which waits to be killed unless a debugger has a breakpoint there.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

void stop_here(void)
{
    static volatile int stopped;
    stopped = 1;
    while (stopped)
        pause();
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 0) : 100;
    char *start = mmap(NULL, count * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    for (size_t i = 0; i < count; i += 2) {
        if (mprotect(start + i * PAGE, PAGE, PROT_READ) < 0) {
            perror("mprotect");
            return 1;
        }
    }
    stop_here();
    return 0;
}
