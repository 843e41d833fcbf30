/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The only program of a Linux guest: says that it is there, and keeps one CPU in user mode if its
 * command line says "spin", else sleeps. */

#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    static const char ready[] = "vmmap-guest-is-ready\n";
    if (write(1, ready, sizeof(ready) - 1) < 0)
        return 1;
    for (volatile unsigned long rounds = 0;; rounds++) {
        if (argc < 2 || strcmp(argv[1], "spin") != 0)
            pause();
    }
}
