/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t seen;
static struct sigaction before; /* GDB's handler, while ours is in its place */
static unsigned int depth;

static void on_signal(int number, siginfo_t *info, void *context)
{
    seen = 1;
    if (before.sa_flags & SA_SIGINFO)
        before.sa_sigaction(number, info, context);
    else
        before.sa_handler(number);
}

void interrupt_watch_begin(void)
{
    if (depth++ > 0)
        return;
    seen = 0;
    if (sigaction(SIGINT, NULL, &before) < 0)
        return;
    struct sigaction own = before;
    own.sa_flags |= SA_SIGINFO;
    own.sa_sigaction = on_signal;
    if ((before.sa_flags & SA_SIGINFO) ||
        (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN))
        sigaction(SIGINT, &own, NULL);
}

/* GDB's handler may be back in place already: GDB sets it again whenever it is called. */
bool interrupt_watch_end(void)
{
    struct sigaction now;
    if (--depth == 0 && sigaction(SIGINT, NULL, &now) == 0 && now.sa_flags & SA_SIGINFO &&
        now.sa_sigaction == on_signal)
        sigaction(SIGINT, &before, NULL);
    return seen;
}
