/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/qemu_program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/elf.h"
#include "host/proc_file.h"

enum {
    BLOCK_SIZE = 1 << 18,
    MAX_SEGMENTS = 64,
};

/* Of a program with every target linked in there are some 60 MiB that can not be written. */
#define SEARCH_LIMIT ((uint64_t)256 << 20)

/* What has to be in the file, each in two parts: whole, they would be in every program that this
 * library is linked into. */
static const char *const marks[][2] = {
    {"qemu.", "sstepbits"},
    {"Fabrice Bellard and the ", "QEMU Project developers"},
};

enum {
    MARK_COUNT = sizeof(marks) / sizeof(marks[0]),
    MARK_ROOM = 64,
};

struct search {
    const struct vmmap_target *target;
    int fd;
    uint64_t left; /* of SEARCH_LIMIT */
    char marks[MARK_COUNT][MARK_ROOM];
    bool found[MARK_COUNT];
    char block[BLOCK_SIZE + MARK_ROOM]; /* a mark may cross a block's end */
};

static size_t read_file(void *context, uint64_t offset, void *ret, size_t size)
{
    const int *fd = context;
    ssize_t count;
    do
        count = pread(*fd, ret, size, (off_t)offset);
    while (count < 0 && errno == EINTR);
    return count > 0 ? (size_t)count : 0;
}

static bool has_all(const struct search *search)
{
    bool all = true;
    for (size_t i = 0; i < MARK_COUNT; i++)
        all = all && search->found[i];
    return all;
}

static struct vmmap_error *search_segment(struct search *search,
                                          const struct vmmap_elf_segment *segment)
{
    for (uint64_t at = 0; at < segment->file_size && search->left > 0 && !has_all(search);
         at += BLOCK_SIZE) {
        struct vmmap_error *error = vmmap_target_poll(search->target);
        if (error)
            return error;
        const uint64_t rest = segment->file_size - at;
        size_t size = rest < sizeof(search->block) ? (size_t)rest : sizeof(search->block);
        size = read_file(&search->fd, segment->offset + at, search->block, size);
        if (size == 0)
            break;
        for (size_t i = 0; i < MARK_COUNT; i++) {
            if (memmem(search->block, size, search->marks[i], strlen(search->marks[i])))
                search->found[i] = true;
        }
        search->left -= search->left < size ? search->left : size;
    }
    return NULL;
}

/* Segments without code first: the marks are there, unless a linker has put constants and code into
 * one (as before binutils 2.31). */
static struct vmmap_error *search_segments(struct search *search, struct vmmap_window *window)
{
    struct vmmap_elf elf;
    struct vmmap_elf_segment segment;
    if (!vmmap_elf_parse(window, &elf))
        return NULL;
    const uint64_t count = elf.segment_count < MAX_SEGMENTS ? elf.segment_count : MAX_SEGMENTS;
    for (uint64_t i = 0; i < 2 * count; i++) {
        const uint32_t wanted = i < count ? 0 : VMMAP_ELF_EXECUTE;
        if (!vmmap_elf_read_segment(&elf, window, i % count, &segment))
            break;
        if (segment.type != VMMAP_ELF_SEGMENT_LOAD ||
            (segment.flags & (VMMAP_ELF_WRITE | VMMAP_ELF_EXECUTE)) != wanted ||
            segment.offset > INT64_MAX || segment.file_size > INT64_MAX - segment.offset)
            continue;
        struct vmmap_error *error = search_segment(search, &segment);
        if (error)
            return error;
    }
    return NULL;
}

static struct vmmap_error *search_file(const struct vmmap_target *target, int fd, bool *ret)
{
    const struct vmmap_reader reader = {&fd, INT64_MAX, read_file};
    struct search *search = malloc(sizeof(*search));
    struct vmmap_window *window = malloc(sizeof(*window));
    struct vmmap_error *error = &vmmap_error_no_memory;
    if (search && window) {
        search->target = target;
        search->fd = fd;
        search->left = SEARCH_LIMIT;
        for (size_t i = 0; i < MARK_COUNT; i++) {
            snprintf(search->marks[i], MARK_ROOM, "%s%s", marks[i][0], marks[i][1]);
            search->found[i] = false;
        }
        vmmap_window_init(window, &reader);
        error = search_segments(search, window);
        *ret = !error && has_all(search);
    }
    free(search);
    free(window);
    return error;
}

static bool is_same(const struct vmmap_program_file *known, const struct stat *status)
{
    return known->inode == status->st_ino && known->device == status->st_dev &&
           known->size == status->st_size && known->changed.tv_sec == status->st_ctim.tv_sec &&
           known->changed.tv_nsec == status->st_ctim.tv_nsec;
}

struct vmmap_error *vmmap_qemu_program_check(const struct vmmap_target *target, uint64_t pid,
                                             struct vmmap_program_file *known, bool *ret)
{
    int fd;
    struct stat status;
    *ret = false;
    struct vmmap_error *error = vmmap_proc_file_open(pid, "exe", &fd);
    if (error)
        return error;
    if (fstat(fd, &status) == 0) {
        *ret = is_same(known, &status);
        if (!*ret)
            error = search_file(target, fd, ret);
        if (*ret)
            *known = (struct vmmap_program_file){status.st_dev, status.st_ino, status.st_size,
                                                 status.st_ctim};
    }
    close(fd);
    return error;
}
