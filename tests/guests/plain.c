/* SPDX-License-Identifier: GPL-3.0-or-later */

/* An ordinary program: nothing special is mapped. With an argument it waits to be killed. */

#include <stdlib.h>
#include <unistd.h>

int heap_size = 1000;

int main(int argc, char **argv)
{
    (void)argv;
    char *memory = malloc((size_t)heap_size);
    if (argc > 1)
        pause();
    free(memory);
    return 0;
}
