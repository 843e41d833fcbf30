/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Threads with stacks of every kind. `threads FILE [exit | guards]` writes a line to FILE for each
 * thread:
 *
 *     thread TID STACK-ADDRESS TLS-ADDRESS KIND
 *
 * STACK-ADDRESS is where its stack pointer is near, TLS-ADDRESS that of its own copy of a __thread
 * variable. Then the first thread, or with `exit` another one after main() has ended, calls
 * stop_here(), which waits to be killed unless a debugger has a breakpoint there. All the others
 * are blocked in system calls by then.
 *
 * With `guards`, stacks that share a mapping have guard regions below them, as glibc 2.42 makes
 * them; it exits with 2 where the kernel has none (before Linux 6.13).
 */

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, STACK = 1 << 20, GUARD_INSTALL = 102 /* MADV_GUARD_INSTALL */ };

static __thread volatile int tls_variable = 1;
static pthread_barrier_t ready;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int pipe_ends[2];
static FILE *truth;
static pthread_t first;
static int exits, guards;

static void tell(const char *kind)
{
    char here;
    pthread_mutex_lock(&lock);
    fprintf(truth, "thread %ld %zx %zx %s\n", syscall(SYS_gettid), (size_t)(uintptr_t)&here,
            (size_t)(uintptr_t)&tls_variable, kind);
    fflush(truth);
    pthread_mutex_unlock(&lock);
}

void stop_here(void)
{
    static volatile int stopped;
    stopped = 1;
    while (stopped)
        pause();
}

static void block(void)
{
    char byte;
    while (read(pipe_ends[0], &byte, 1) != 1)
        ;
}

static void *reader(void *kind)
{
    tell(kind);
    pthread_barrier_wait(&ready);
    block();
    return NULL;
}

static void *sleeper(void *kind)
{
    tell(kind);
    pthread_barrier_wait(&ready);
    for (;;)
        nanosleep(&(struct timespec){.tv_sec = 1000}, NULL);
    return NULL;
}

static void on_signal(int number)
{
    (void)number;
    tell("alternate");
    pthread_barrier_wait(&ready);
    block();
}

/* In a signal handler on another stack. */
static void *handler(void *unused)
{
    (void)unused;
    void *memory = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const stack_t alternate = {.ss_sp = memory, .ss_size = 16 * PAGE};
    sigaltstack(&alternate, NULL);
    raise(SIGUSR1);
    return NULL;
}

static void *last(void *unused)
{
    (void)unused;
    tell("last");
    pthread_barrier_wait(&ready);
    if (exits) {
        pthread_join(first, NULL);
        stop_here();
    }
    block();
    return NULL;
}

static void start(void *(*function)(void *), const char *kind, const pthread_attr_t *attributes)
{
    pthread_t thread;
    int number = pthread_create(&thread, attributes, function, (void *)(uintptr_t)kind);
    if (number != 0) {
        fprintf(stderr, "pthread_create: %s\n", strerror(number));
        exit(1);
    }
}

/* Two stacks in one mapping, without any guard page that is a mapping. */
static void start_on_own_stacks(void)
{
    char *memory = mmap(NULL, 2 * STACK, PROT_READ | PROT_WRITE | PROT_EXEC,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_attr_t attributes;
    for (int i = 0; i < 2; i++) {
        char *stack = memory + i * STACK;
        const size_t guard = guards ? PAGE : 0;
        if (guards && madvise(stack, guard, GUARD_INSTALL) != 0)
            exit(2);
        pthread_attr_init(&attributes);
        pthread_attr_setstack(&attributes, stack + guard, STACK - guard);
        start(reader, "own", &attributes);
    }
}

static void start_with_large_guard(void)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setguardsize(&attributes, 16 * PAGE);
    start(sleeper, "guarded", &attributes);
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    truth = argc > 1 ? fopen(argv[1], "w") : NULL;
    if (!truth || pipe(pipe_ends) < 0)
        return 1;
    exits = argc > 2 && strcmp(argv[2], "exit") == 0;
    guards = argc > 2 && strcmp(argv[2], "guards") == 0;
    first = pthread_self();
    sigaction(SIGUSR1, &action, NULL);
    pthread_barrier_init(&ready, NULL, 8);
    tell("main");
    start(reader, "plain", NULL);
    start(sleeper, "plain", NULL);
    start_on_own_stacks();
    start_with_large_guard();
    start(handler, "", NULL);
    start(last, "", NULL);
    pthread_barrier_wait(&ready);
    if (exits)
        pthread_exit(NULL);
    stop_here();
    return 0;
}
