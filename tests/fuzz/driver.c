/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Runs a fuzz target without a fuzzer: over every file of the given folders, and over each of them
 * with single bytes changed and the end cut off, always in the same way.
 */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHANGES = 300, SEED_MAX = 1 << 20 };

/* An exact copy, so that a sanitizer or valgrind notices reading beyond it. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_changed(uint8_t *data, size_t size)
{
    static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
    uint32_t random = 1;
    run(data, size);
    for (size_t i = 0; i < CHANGES && size > 0; i++) {
        random = random * 1664525 + 1013904223; /* Knuth's linear congruential generator */
        size_t at = (random >> 8) % size;
        uint8_t before = data[at];
        data[at] = values[i % sizeof(values)];
        run(data, size);
        data[at] = before;
        run(data, at);
    }
}

static int run_file(const char *folder, const char *name)
{
    static uint8_t data[SEED_MAX];
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 0;
    }
    size_t size = fread(data, 1, sizeof(data), file);
    fclose(file);
    run_changed(data, size);
    return 1;
}

int main(int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        const struct dirent *entry;
        while (folder && (entry = readdir(folder))) {
            if (entry->d_name[0] != '.')
                count += run_file(argv[i], entry->d_name);
        }
        if (folder)
            closedir(folder);
    }
    printf("%d seeds\n", count);
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
