/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A program whose map changes while it is debugged: `next` by `next`, at a fork and at an exec.
 * `change` maps and unmaps; `change fork` forks first; `change exec PROGRAM` becomes PROGRAM;
 * `change wait` changes its map at SIGUSR1; `change spin` and `change undumpable` do what they say.
 */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };

static char *const place = (char *)(sizeof(void *) == 8 ? 0x1000000000 : 0x60000000);
volatile int variable;

static void map_page(int number)
{
    mmap(place + 2 * number * PAGE, PAGE, PROT_READ | PROT_WRITE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
}

static void on_signal(int number)
{
    (void)number;
    map_page(3);
}

static void change(void)
{
    map_page(0); /* first line */
    map_page(1);
    mprotect(place, PAGE, PROT_READ);
    munmap(place, PAGE);
    variable++;
}

static void fork_and_change(void)
{
    pid_t child = fork();
    if (child == 0) {
        map_page(1);
        change();
        _exit(0);
    }
    map_page(2);
    waitpid(child, NULL, 0);
    _exit(0);
}

void stop_here(void)
{
    static volatile int stopped;
    stopped = 1;
    while (stopped)
        pause();
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "fork") == 0)
        fork_and_change();
    else if (strcmp(what, "exec") == 0 && argc > 2)
        execl(argv[2], argv[2], (char *)NULL);
    else if (strcmp(what, "wait") == 0)
        signal(SIGUSR1, on_signal);
    else if (strcmp(what, "spin") == 0)
        alarm(300);
    else if (strcmp(what, "undumpable") == 0)
        prctl(PR_SET_DUMPABLE, 0);
    else
        change();
    while (strcmp(what, "spin") == 0)
        usleep(1000);
    if (argc > 1)
        stop_here();
    return 0;
}
