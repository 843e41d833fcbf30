/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "child.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static int create_file(const char *path, uint64_t size)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    ck_assert_msg(fd >= 0 && ftruncate(fd, (off_t)size) == 0, "%s: %m", path);
    return fd;
}

static bool map_page(const struct child *child, unsigned int page, int protection, int flags,
                     int fd, uint64_t offset)
{
    void *wanted = (void *)(uintptr_t)(child->arena + page * child->page_size);
    return mmap(wanted, child->page_size, protection, flags | MAP_FIXED, fd, (off_t)offset) ==
           wanted;
}

/* In the child. */
static bool map_arena(const struct child *child, int newline_fd, int literal_fd)
{
    const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
    munmap((void *)(uintptr_t)child->arena, CHILD_PAGES * child->page_size);
    return map_page(child, 1, PROT_READ, anonymous, -1, 0) &&
           map_page(child, 2, PROT_READ | PROT_WRITE, anonymous, -1, 0) &&
           map_page(child, 3, PROT_NONE, anonymous, -1, 0) &&
           map_page(child, 4, PROT_READ | PROT_WRITE | PROT_EXEC, anonymous, -1, 0) &&
           map_page(child, 5, PROT_WRITE, anonymous, -1, 0) &&
           map_page(child, 6, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) &&
           map_page(child, 8, PROT_READ, MAP_PRIVATE, newline_fd, child->page_size) &&
           map_page(child, 9, PROT_READ | PROT_EXEC, MAP_PRIVATE, literal_fd, 0);
}

static void *wait_for_ever(void *ready)
{
    if (ready && write(*(int *)ready, "r", 1) != 1)
        _exit(2);
    for (;;)
        pause();
}

static _Noreturn void run_child(const struct child *child, int newline_fd, int literal_fd,
                                int ready, bool headless)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    static int thread_ready;
    thread_ready = ready;
    if (!map_arena(child, newline_fd, literal_fd))
        _exit(1);
    if (headless) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, wait_for_ever, &thread_ready) != 0)
            _exit(1);
        pthread_exit(NULL);
    }
    (void)wait_for_ever(&thread_ready);
    _exit(0);
}

static void prepare(struct child *child)
{
    *child = (struct child){.page_size = (uint64_t)sysconf(_SC_PAGESIZE)};
    strcpy(child->directory, "/tmp/vmmap-child-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(child->directory));
    ck_assert(asprintf(&child->newline_path, "%s/new\nline", child->directory) > 0);
    ck_assert(asprintf(&child->literal_path, "%s/lite\\012ral", child->directory) > 0);
}

/* The main thread's state letter, the field after the parenthesised name. */
static char state_of(pid_t pid)
{
    char path[48], text[256];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    size_t size = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[size] = '\0';
    const char *end = strrchr(text, ')');
    return end ? end[2] : '?';
}

static void start(struct child *child, bool headless)
{
    prepare(child);
    int newline_fd = create_file(child->newline_path, 2 * child->page_size);
    int literal_fd = create_file(child->literal_path, child->page_size);
    int ready[2];
    ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
    /* A place that is free in the child as well, because it is taken in its parent. */
    void *arena =
        mmap(NULL, CHILD_PAGES * child->page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(arena, MAP_FAILED);
    child->arena = (uintptr_t)arena;
    child->pid = fork();
    ck_assert_int_ge(child->pid, 0);
    if (child->pid == 0)
        run_child(child, newline_fd, literal_fd, ready[1], headless);
    close(ready[1]);
    char byte;
    ck_assert_msg(read(ready[0], &byte, 1) == 1, "the child could not map its arena");
    close(ready[0]);
    munmap(arena, CHILD_PAGES * child->page_size);
    close(newline_fd);
    close(literal_fd);
    while (headless && state_of(child->pid) != 'Z')
        usleep(1000);
}

void child_start(struct child *child)
{
    start(child, false);
}

void child_start_headless(struct child *child)
{
    start(child, true);
}

void child_stop(struct child *child)
{
    kill(child->pid, SIGKILL);
    waitpid(child->pid, NULL, 0);
    unlink(child->newline_path);
    unlink(child->literal_path);
    rmdir(child->directory);
    free(child->newline_path);
    free(child->literal_path);
}

static const char *real_name(const struct child *child, uint64_t start, const char *name)
{
    if (start == child->arena + 8 * child->page_size)
        return child->newline_path;
    if (start == child->arena + 9 * child->page_size)
        return child->literal_path;
    return *name ? name : NULL;
}

static void add_line(const struct child *child, const char *line, struct vmmap_map *map)
{
    struct vmmap_region region = {.origin = VMMAP_ORIGIN_PROCFS, .has_offset = true};
    char perms[5];
    int name = 0;
    int fields = sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %*s %n", &region.start,
                        &region.last, perms, &region.offset, &name);
    ck_assert_msg(fields == 4, "not a line of a maps file: %s", line);
    region.last--;
    region.perms = vmmap_perms_parse(perms, 4);
    region.name = real_name(child, region.start, line + name);
    assert_ok(vmmap_map_add(map, &region));
}

/* Of any of its threads: a main thread that has exited has no memory. */
struct vmmap_map *child_truth(const struct child *child)
{
    char command[96], *line = NULL;
    size_t size = 0;
    ssize_t length;
    struct vmmap_map *map = make_unfinished_map("");
    snprintf(command, sizeof(command), "cat /proc/%d/task/*/maps", (int)child->pid);
    FILE *pipe = popen(command, "re");
    ck_assert_ptr_nonnull(pipe);
    while ((length = getline(&line, &size, pipe)) > 0) {
        line[length - 1] = '\0';
        add_line(child, line, map);
    }
    free(line);
    ck_assert_int_eq(pclose(pipe), 0);
    vmmap_map_finish(map, NULL);
    return map;
}

/* struct procmap_query of include/uapi/linux/fs.h is 13 64-bit words. */
bool kernel_has_procmap_query(void)
{
    uint64_t query[13] = {sizeof(query), 0x10};
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    bool works = fd >= 0 && ioctl(fd, _IOWR('f', 17, uint64_t[13]), query) == 0;
    if (fd >= 0)
        close(fd);
    return works;
}
