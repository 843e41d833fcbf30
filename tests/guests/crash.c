/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * `crash TOLD` maps a page with each of the eight permissions, starts a thread, writes to TOLD what
 * it did and aborts; `crash TOLD wait` waits to be killed instead.
 *
 *     map START SIZE PERMS
 *     stack ADDRESS of a variable of the second thread
 *     tls ADDRESS of a thread-local variable of it
 */

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 0x10000 }; /* the largest that any of the architectures uses */

static FILE *told;
static __thread int tls_variable = 1;
static pthread_barrier_t ready;

static void map_permissions(void)
{
    uintptr_t place = sizeof(void *) == 8 ? (uintptr_t)0x1000000000 : (uintptr_t)0x30000000;
    for (int prot = 0; prot < 8; prot++, place += 4 * PAGE) {
        void *wanted = (void *)place;
        char *start =
            mmap(wanted, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (start != wanted) {
            perror("mmap");
            exit(1);
        }
        memset(start, prot, PAGE);
        mprotect(start, PAGE, prot);
        fprintf(told, "map %" PRIxPTR " %x %c%c%c\n", place, PAGE, prot & PROT_READ ? 'r' : '-',
                prot & PROT_WRITE ? 'w' : '-', prot & PROT_EXEC ? 'x' : '-');
    }
}

static void *second(void *unused)
{
    int stack_variable;
    (void)unused;
    fprintf(told, "stack %" PRIxPTR "\n", (uintptr_t)&stack_variable);
    fprintf(told, "tls %" PRIxPTR "\n", (uintptr_t)&tls_variable);
    pthread_barrier_wait(&ready);
    pause();
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    told = argc > 1 ? fopen(argv[1], "w") : NULL;
    if (!told)
        return 1;
    map_permissions();
    pthread_barrier_init(&ready, NULL, 2);
    pthread_create(&thread, NULL, second, NULL);
    pthread_barrier_wait(&ready);
    usleep(20000); /* so that the thread is in pause() */
    fprintf(told, "ready\n");
    fclose(told);
    if (argc > 2)
        pause();
    abort();
}
