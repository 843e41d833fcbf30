/* SPDX-License-Identifier: GPL-3.0-or-later */

/* `pool N` starts N threads that only wait, and calls stop_here() when all are running. */

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_barrier_t ready;

void stop_here(void)
{
    static volatile int stopped;
    stopped = 1;
    while (stopped)
        pause();
}

static void *wait_for_ever(void *unused)
{
    pthread_barrier_wait(&ready);
    while (pause() != 0)
        ;
    return unused;
}

int main(int argc, char **argv)
{
    unsigned int count = argc > 1 ? (unsigned int)atoi(argv[1]) : 0;
    pthread_barrier_init(&ready, NULL, count + 1);
    for (unsigned int i = 0; i < count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0)
            return 1;
    }
    pthread_barrier_wait(&ready);
    stop_here();
    return 0;
}
