/* SPDX-License-Identifier: GPL-3.0-or-later */

/* `hits N` calls hit() N times, and then stop_here(). */

#include <stdlib.h>

void hit(void)
{
}

void stop_here(void)
{
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 0) : 100;
    for (size_t i = 0; i < count; i++)
        hit();
    stop_here();
    return 0;
}
