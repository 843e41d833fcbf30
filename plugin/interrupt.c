/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t seen;
static struct sigaction before; /* GDB's handler, while ours is in its place */
static unsigned int depth;

/* With one argument, as GDB's own handler: GDB saves and restores no more than the pointer
 * (set_active_ext_lang() of gdb/extension.c). */
static void on_signal(int number)
{
    seen = 1;
    before.sa_handler(number);
}

/* Whether there is a handler that can be called from ours, and ours is not there yet. */
static bool can_install(const struct sigaction *now)
{
    return !(now->sa_flags & SA_SIGINFO) && now->sa_handler != SIG_DFL &&
           now->sa_handler != SIG_IGN && now->sa_handler != on_signal;
}

/* A watch within another one installs it again: GDB puts its own back whenever it calls Python. */
void interrupt_watch_begin(void)
{
    struct sigaction now;
    if (depth++ == 0)
        seen = 0;
    if (sigaction(SIGINT, NULL, &now) < 0 || !can_install(&now))
        return;
    before = now;
    now.sa_handler = on_signal;
    sigaction(SIGINT, &now, NULL);
}

bool interrupt_watch_end(void)
{
    struct sigaction now;
    if (--depth == 0 && sigaction(SIGINT, NULL, &now) == 0 && now.sa_handler == on_signal)
        sigaction(SIGINT, &before, NULL);
    return seen;
}
