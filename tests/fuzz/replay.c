/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Gives the files of the named folders to a fuzz target, one after the other: what an ordinary test
 * run does with the corpus, whatever the compiler. */

#include <dirent.h>
#include <string.h>

#include "fuzz.h"

/* The whole file in a block of exactly its size, so that reading beyond it is noticed. */
static void replay_file(const char *path)
{
    FILE *file = fopen(path, "rbe");
    REQUIRE(file && fseek(file, 0, SEEK_END) == 0);
    long size = ftell(file);
    REQUIRE(size >= 0);
    rewind(file);
    uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
    REQUIRE(data && fread(data, 1, (size_t)size, file) == (size_t)size);
    fclose(file);
    LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
}

static size_t replay_folder(const char *folder)
{
    size_t count = 0;
    const struct dirent *entry;
    DIR *directory = opendir(folder);
    REQUIRE(directory);
    while ((entry = readdir(directory))) {
        char *path = NULL;
        if (entry->d_name[0] == '.')
            continue;
        REQUIRE(asprintf(&path, "%s/%s", folder, entry->d_name) > 0);
        replay_file(path);
        free(path);
        count++;
    }
    closedir(directory);
    return count;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        count += replay_folder(argv[i]);
    printf("%zu inputs\n", count);
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE; /* a corpus that is not there is a mistake */
}
