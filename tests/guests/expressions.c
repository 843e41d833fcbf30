/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Values of every kind, for what `vmmap EXPRESSION` accepts and refuses. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct pair {
    int a, b;
};

struct pair a_struct = {1, 2};
union {
    int i;
    float f;
} a_union;
double a_double = 1.5;
float a_float = 2.5F;
char an_array[64] = "text";
int an_int = 5;
int minus_one = -1;
char *a_pointer = an_array;
char *bad_pointer = (char *)16;
unsigned __int128 a_wide = 1;
enum color { RED, GREEN } an_enum = GREEN;
_Bool a_bool = 1;
void *heap; /* a variable whose name is part of "[heap]" */
uint64_t top = UINT64_MAX;

void stop_here(void)
{
}

int twice(int x)
{
    return 2 * x;
}

int main(void)
{
    heap = malloc(100);
    printf("%p %d\n", heap, twice(an_int));
    stop_here();
    return 0;
}
