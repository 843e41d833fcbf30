/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The only program of a Linux guest, which makes processes with regions of every kind and then says
 * what they are, as the kernel has it in /proc:
 *
 *     process PID PARENT NAME
 *     maps PID LINE              each line of /proc/PID/maps
 *     page PID ADDRESS FRAME     each page of a chosen process that /proc/PID/pagemap calls present
 *     ready
 *
 * Then nothing runs any more. "spin" on the kernel's command line keeps process 1 in user mode.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, MANY = 3000 };

static int ready[2];

static void check(int holds, const char *what)
{
    if (holds)
        return;
    printf("failed: %s: %s\n", what, strerror(errno));
    fflush(stdout);
}

/* Maps a file of two pages at whatever address, and touches it if it is writable. */
static void map_file(const char *path, int protection, int flags, off_t offset)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    check(file >= 0 && ftruncate(file, 4 * PAGE) == 0, path);
    char *memory = mmap(NULL, 2 * PAGE, protection, flags, file, offset);
    check(memory != MAP_FAILED, path);
    if (protection & PROT_WRITE)
        *memory = 1;
    close(file);
}

static void done(void)
{
    check(write(ready[1], "", 1) == 1, "pipe");
    for (;;)
        pause();
}

static void files(void)
{
    mkdir("/data", 0755);
    mkdir("/data/deep", 0755);
    map_file("/data/plain", PROT_READ, MAP_PRIVATE, 0);
    map_file("/data/plain", PROT_READ | PROT_WRITE, MAP_PRIVATE, PAGE);
    map_file("/data/deep/shared file", PROT_READ | PROT_WRITE, MAP_SHARED, 2 * PAGE);
    map_file("/data/code", PROT_READ | PROT_EXEC, MAP_PRIVATE, 0);
    map_file("/data/new\nline", PROT_READ, MAP_SHARED, 0);
    map_file("/data/gone", PROT_READ | PROT_WRITE, MAP_SHARED, 0);
    unlink("/data/gone");
    done();
}

static void mounts(void)
{
    mkdir("/tmp", 0755);
    check(mount("none", "/tmp", "tmpfs", 0, NULL) == 0, "tmpfs");
    map_file("/tmp/in tmpfs", PROT_READ | PROT_WRITE, MAP_SHARED, 0);
    mkdir("/tmp/folder", 0755);
    mkdir("/bound", 0755);
    check(mount("/tmp/folder", "/bound", NULL, MS_BIND, NULL) == 0, "bind");
    map_file("/bound/file", PROT_READ, MAP_PRIVATE, 0);
    done();
}

static void jail(void)
{
    mkdir("/jail", 0755);
    check(chroot("/jail") == 0 && chdir("/") == 0, "chroot");
    map_file("/inside", PROT_READ, MAP_PRIVATE, 0);
    done();
}

static void name_space(void)
{
    check(unshare(CLONE_NEWNS) == 0, "unshare");
    mkdir("/private", 0755);
    check(mount("none", "/private", "tmpfs", 0, NULL) == 0, "tmpfs");
    map_file("/private/file", PROT_READ, MAP_SHARED, 0);
    done();
}

/* No file that has a name. */
static void anonymous(void)
{
    int memory = (int)syscall(SYS_memfd_create, "a memfd", 0);
    check(memory >= 0 && ftruncate(memory, PAGE) == 0, "memfd");
    check(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, memory, 0) != MAP_FAILED, "memfd");
    int shared = shmget(IPC_PRIVATE, 3 * PAGE, IPC_CREAT | 0600);
    check(shared >= 0 && shmat(shared, NULL, 0) != (void *)-1, "shm");
    char *own = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check(own != MAP_FAILED, "shared");
    own[0] = own[3 * PAGE] = 1;
    char *none = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(none != MAP_FAILED, "private");
    none[0] = none[PAGE] = 1;
    check(mprotect(none, 2 * PAGE, PROT_NONE) == 0, "PROT_NONE"); /* in memory, but not mapped */
    check(mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
               0) != MAP_FAILED,
          "rwx");
    char *heap = malloc(3 * PAGE);
    heap[2 * PAGE] = 1;
    size_t huge = 2 << 20;
    char *big = mmap(NULL, 2 * huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    big = (char *)(((size_t)big + huge - 1) & ~(huge - 1));
    madvise(big, huge, MADV_HUGEPAGE);
    memset(big, 1, huge);
    done();
}

/* Every second page of an area, so that none are joined. */
static void many(void)
{
    char *area = mmap(NULL, 2 * MANY * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(area != MAP_FAILED, "area");
    for (size_t i = 0; i < MANY; i++)
        check(mprotect(area + 2 * i * PAGE, PAGE, PROT_READ | PROT_WRITE) == 0, "page");
    area[0] = area[2 * (MANY - 1) * PAGE] = 1;
    done();
}

static void *outlive(void *unused)
{
    done();
    return unused;
}

/* The leader exits, its thread stays. */
static void leaderless(void)
{
    pthread_t thread;
    check(pthread_create(&thread, NULL, outlive, NULL) == 0, "thread");
    pthread_exit(NULL);
}

static pid_t start(const char *name, void (*run)(void))
{
    char byte;
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_NAME, name);
        run();
    }
    check(pid > 0 && read(ready[0], &byte, 1) == 1, name);
    return pid;
}

static void print_process(int pid)
{
    char path[64], line[8192], name[64] = "";
    int parent = 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file || !fgets(line, sizeof(line), file))
        return;
    fclose(file);
    char *begin = strchr(line, '('), *end = strrchr(line, ')');
    snprintf(name, sizeof(name), "%.*s", (int)(end - begin - 1), begin + 1);
    parent = atoi(end + 4);
    printf("process %d %d %s\n", pid, parent, name);
    /* That of a leader that has exited is empty: its thread's is the same memory. */
    snprintf(path, sizeof(path), "/proc/%d/maps", pid);
    file = fopen(path, "r");
    if (file && !fgets(line, sizeof(line), file)) {
        fclose(file);
        snprintf(path, sizeof(path), "/proc/%d/task/%d/maps", pid, pid + 1);
        file = fopen(path, "r");
    } else if (file) {
        printf("maps %d %s", pid, line);
    }
    while (file && fgets(line, sizeof(line), file))
        printf("maps %d %s", pid, line);
    if (file)
        fclose(file);
}

static void print_pages(int pid)
{
    char path[64], line[8192];
    snprintf(path, sizeof(path), "/proc/%d/maps", pid);
    FILE *maps = fopen(path, "r");
    snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
    int pages = open(path, O_RDONLY);
    while (maps && fgets(line, sizeof(line), maps)) {
        unsigned long start, end;
        if (sscanf(line, "%lx-%lx", &start, &end) != 2 || start >= 1UL << 47)
            continue;
        for (unsigned long at = start; at < end; at += PAGE) {
            unsigned long entry;
            if (pread(pages, &entry, sizeof(entry), (off_t)(at / PAGE * 8)) == sizeof(entry) &&
                entry >> 63)
                printf("page %d %lx %lx\n", pid, at, entry & ((1UL << 55) - 1));
        }
    }
    if (maps)
        fclose(maps);
    close(pages);
}

static void print_all(void)
{
    DIR *folder = opendir("/proc");
    const struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        if (atoi(entry->d_name) > 0)
            print_process(atoi(entry->d_name));
    }
    if (folder)
        closedir(folder);
}

int main(int argc, char **argv)
{
    static char output[1 << 16];
    mkdir("/proc", 0755);
    check(mount("none", "/proc", "proc", 0, NULL) == 0, "/proc");
    check(pipe(ready) == 0, "pipe");
    start("files", files);
    start("mounts", mounts);
    start("jail", jail);
    start("name space", name_space);
    pid_t pages = start("anonymous", anonymous);
    start("many", many);
    start("leaderless", leaderless);
    setvbuf(stdout, output, _IOFBF, sizeof(output));
    print_all();
    print_pages(pages);
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        if (argc < 2 || strcmp(argv[1], "spin") != 0)
            pause();
    }
}
