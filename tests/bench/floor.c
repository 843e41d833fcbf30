/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * What no tool can be faster than: reads /proc/PID/maps with a large buffer and parses the numbers
 * of each line. Prints the CPU time of one pass in microseconds, the best of some passes; a single
 * pass also pays for its memory's first use, as a tool's does.
 *
 *     floor PID [PASSES]
 */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char text[64 << 20];

static double cpu_microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static uint64_t read_and_parse(const char *path)
{
    int fd = open(path, O_RDONLY);
    size_t size = 0;
    ssize_t count;
    while (fd >= 0 && (count = read(fd, text + size, sizeof(text) - 1 - size)) > 0)
        size += (size_t)count;
    close(fd);
    text[size] = '\0';

    uint64_t sum = 0;
    for (char *line = text; *line;) {
        char *at;
        uint64_t start = strtoull(line, &at, 16);
        uint64_t end = strtoull(at + 1, &at, 16);
        uint64_t offset = strtoull(at + 6, &at, 16);
        sum += end - start + offset + (uint64_t)(at[-1] == 'w');
        char *newline = strchr(at, '\n');
        line = newline ? newline + 1 : at + strlen(at);
    }
    return sum;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    char path[64];
    snprintf(path, sizeof(path), "/proc/%s/maps", argv[1]);
    double best = 1e18;
    uint64_t sum = 0;
    for (int passes = argc > 2 ? atoi(argv[2]) : 1; passes > 0; passes--) {
        double begin = cpu_microseconds();
        sum += read_and_parse(path);
        double spent = cpu_microseconds() - begin;
        best = spent < best ? spent : best;
    }
    printf("%.1f\n", best);
    return sum == 1; /* keeps the work from being optimised away */
}
