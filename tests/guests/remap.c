/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A program that changes its map in each of the ways that there are, and calls step() before the
 * first and after each.
 */

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

static char *const place = (char *)(sizeof(void *) == 8 ? 0x1000000000 : 0x60000000);
volatile int count;

void step(void)
{
    count++;
}

int main(void)
{
    int file = open("/proc/self/exe", O_RDONLY);
    const int fixed = MAP_PRIVATE | MAP_FIXED;
    sbrk(PAGE);
    mmap(place, 4 * PAGE, PROT_READ, fixed | MAP_ANONYMOUS, -1, 0);
    mmap(place + 16 * PAGE, PAGE, PROT_READ, fixed, file, 0);
    step();
    sbrk(3 * PAGE); /* grown */
    step();
    sbrk(-2 * PAGE); /* shrunk */
    step();
    mremap(place + 16 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place + 32 * PAGE);
    step(); /* moved */
    mprotect(place + PAGE, PAGE, PROT_READ | PROT_WRITE);
    step(); /* permissions, of a part */
    mmap(place + 2 * PAGE, PAGE, PROT_READ, fixed, file, 0);
    step(); /* replaced, a part */
    munmap(place, PAGE);
    step(); /* removed, all of what was split off */
    mmap(place + 64 * PAGE, PAGE, PROT_EXEC, fixed | MAP_ANONYMOUS, -1, 0);
    step(); /* added */
    return 0;
}
