/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/vgdb.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/scan.h"

enum { MAX_PIPES = 8 };

struct pipes {
    struct stat items[MAX_PIPES];
    size_t count;
};

/* The path behind /proc/PID/exe; empty when it can not be told. */
static void read_program(uint64_t pid, char ret[PATH_MAX])
{
    char path[48];
    snprintf(path, sizeof(path), "/proc/%" PRIu64 "/exe", pid);
    ssize_t size = readlink(path, ret, PATH_MAX - 1);
    ret[size > 0 ? size : 0] = '\0';
}

bool vmmap_vgdb_is(uint64_t pid)
{
    char program[PATH_MAX];
    read_program(pid, program);
    const char *slash = strrchr(program, '/');
    return slash && strcmp(slash, "/vgdb") == 0;
}

/* ".../valgrind/memcheck-amd64-linux": where valgrind has its tools, and no other program. */
static bool is_tool(uint64_t pid)
{
    static const char folder[] = "/valgrind/";
    char program[PATH_MAX];
    read_program(pid, program);
    const char *found = strstr(program, folder);
    const char *name = found ? found + strlen(folder) : "";
    return *name && !strchr(name, '/') && strstr(name, "-linux");
}

/* A pipe without a name is "pipe:[1234]", and may be anybody's standard output. */
static bool is_named_pipe(int folder, const char *name, struct stat *ret)
{
    char link[2];
    return readlinkat(folder, name, link, sizeof(link)) > 0 && link[0] == '/' &&
           fstatat(folder, name, ret, 0) == 0 && S_ISFIFO(ret->st_mode);
}

/* The named pipes that the process has open; none when its descriptors may not be looked at. */
static void list_pipes(uint64_t pid, struct pipes *ret)
{
    char path[48];
    snprintf(path, sizeof(path), "/proc/%" PRIu64 "/fd", pid);
    *ret = (struct pipes){.count = 0};
    DIR *folder = opendir(path);
    if (!folder)
        return;
    for (const struct dirent *entry; ret->count < MAX_PIPES && (entry = readdir(folder));) {
        if (is_named_pipe(dirfd(folder), entry->d_name, &ret->items[ret->count]))
            ret->count++;
    }
    closedir(folder);
}

static bool share_one(const struct pipes *a, const struct pipes *b)
{
    for (size_t i = 0; i < a->count; i++) {
        for (size_t j = 0; j < b->count; j++) {
            if (a->items[i].st_dev == b->items[j].st_dev &&
                a->items[i].st_ino == b->items[j].st_ino)
                return true;
        }
    }
    return false;
}

struct vmmap_error *vmmap_vgdb_find_valgrind(const struct vmmap_target *target, uint64_t vgdb,
                                             uint64_t *ret)
{
    struct pipes own, others;
    struct vmmap_error *error = NULL;
    size_t count = 0;
    *ret = 0;
    list_pipes(vgdb, &own);
    DIR *processes = own.count > 0 ? opendir("/proc") : NULL;
    if (!processes)
        return NULL;
    for (const struct dirent *entry; !error && (entry = readdir(processes));) {
        struct vmmap_scan name = vmmap_scan_over(entry->d_name, strlen(entry->d_name));
        uint64_t pid;
        if (!vmmap_scan_decimal(&name, &pid) || !is_tool(pid))
            continue;
        list_pipes(pid, &others);
        if (share_one(&own, &others)) {
            *ret = pid;
            count++;
        }
        error = vmmap_target_poll(target);
    }
    closedir(processes);
    if (count != 1)
        *ret = 0;
    return error;
}
