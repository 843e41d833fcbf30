/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Every odd mapping at once. `odd FOLDER` makes its files in FOLDER, maps them and much else, and
 * writes to FOLDER/truth what it did, a line for each mapping. With another argument there are also
 * newlines in paths that are longer than the kernel tells without escapes.
 *
 *     map START SIZE PERMS OFFSET NAME-IN-HEXADECIMAL
 *     skip WHAT ERRNO
 *     tls ADDRESS
 *
 * The name is what the program knows, raw bytes. Then it calls stop_here(), where a test has a
 * breakpoint; without a debugger it waits there to be killed.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA           0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

enum { PAGE = 4096, STEP = 0x10000 };

static FILE *truth;
static __thread int tls_variable = 1;
static char folder[4096];
/* Where the next mapping goes: apart from each other, so that the kernel merges none. */
static uintptr_t place = sizeof(void *) == 8 ? (uintptr_t)0x1000000000 : (uintptr_t)0x60000000;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void tell(const void *start, size_t size, int prot, char shared, uint64_t offset,
                 const char *name)
{
    fprintf(truth, "map %" PRIxPTR " %zx %c%c%c%c %" PRIx64 " ", (uintptr_t)start, size,
            prot & PROT_READ ? 'r' : '-', prot & PROT_WRITE ? 'w' : '-',
            prot & PROT_EXEC ? 'x' : '-', shared, offset);
    for (; *name; name++)
        fprintf(truth, "%02x", (unsigned char)*name);
    fprintf(truth, "\n");
}

static void skip(const char *what)
{
    fprintf(truth, "skip %s %d\n", what, errno);
}

/* Maps at the next place (unless `at` says where) and tells about it; NULL where it fails. */
static void *map_at(void *at, size_t size, int prot, int flags, int fd, uint64_t offset,
                    const char *name)
{
    if (!at) {
        at = (void *)place;
        place += (size + STEP) & ~(uintptr_t)(STEP - 1);
        place += STEP;
    }
    void *start = mmap(at, size, prot, flags | MAP_FIXED_NOREPLACE, fd, (off_t)offset);
    if (start == MAP_FAILED || start != at)
        return NULL;
    tell(start, size, prot, flags & MAP_SHARED ? 's' : 'p', offset, name);
    return start;
}

static void *map(size_t size, int prot, int flags, int fd, uint64_t offset, const char *name)
{
    void *start = map_at(NULL, size, prot, flags, fd, offset, name);
    if (!start)
        fail(name);
    return start;
}

static int create(const char *name, int flags)
{
    int fd = open(name, flags | O_CREAT, 0600);
    if (fd < 0 || truncate(name, 16 * PAGE) < 0)
        fail(name);
    return fd;
}

static void map_file(const char *directory, const char *name)
{
    static char path[16384];
    int fd = create(name, O_RDWR);
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    map(PAGE, PROT_READ, MAP_PRIVATE, fd, 0, path);
    close(fd);
}

static void map_odd_names(void)
{
    static const char *const names[] = {
        "plain",
        "with some  spaces",
        " leading",
        "trailing ",
        "  ",
        "new\nline",
        "\n",
        "trailing newline\n",
        "back\\slash\\",
        "literal\\012text",
        "both\n\\012",
        "\\134012",
        "tab\there",
        "esc\033[31mred\033]0;title\007",
        "c0\001\002\b\r\v\f\016\037",
        "del\177",
        "c1\302\233[31m",
        "latin1 \351t\351",
        "utf8 \303\251\342\202\254\360\237\230\200",
        "cut \342\202",
        "cut \360\237\230!",
        "overlong \300\257 \340\200\257",
        "surrogate \355\240\200",
        "beyond \364\220\200\200",
        "bidi \342\200\256evil\342\201\246",
        "line\342\200\250separator",
        "quote\"s'`",
        "percent%s%n%5$d",
        "fake (deleted)",
        "[heap]",
        "-> arrow (stack of thread 1) +0x10",
        "00400000-00401000 r-xp 00000000 00:00 0",
        "$(id); {}",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        map_file(folder, names[i]);
    char longest[256];
    memset(longest, 'n', 255);
    longest[255] = '\0';
    map_file(folder, longest);
}

static void map_deleted(void)
{
    static const char *const names[] = {"gone", "gone (deleted)", "gone\n\\012"};
    static char path[8192];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int fd = create(names[i], O_RDWR);
        snprintf(path, sizeof(path), "%s/%s (deleted)", folder, names[i]);
        unlink(names[i]);
        map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, PAGE, path);
        close(fd);
    }
}

/* Goes down until the path of a file is just below, at, and beyond PATH_MAX. */
static void map_long_paths(bool with_newlines)
{
    static char path[16384], name[256];
    int home = open(".", O_RDONLY | O_DIRECTORY);
    strcpy(path, folder);
    for (int depth = 0; depth < 24; depth++) {
        size_t length = strlen(path);
        size_t left = length < 4096 ? 4096 - length : 0;
        size_t size = left >= 202 && left < 402 ? left / 2 : 200;
        if (left > 0 && left < 202) {
            /* With the slash and the name the path has 4094, 4095, 4096, 4097 bytes. */
            for (size_t extra = 0; extra < 4; extra++) {
                memset(name, 'f', sizeof(name));
                name[left + extra - 3] = '\0';
                map_file(path, name);
            }
        }
        memset(name, 'd', sizeof(name));
        name[size] = '\0';
        if (mkdir(name, 0700) < 0 || chdir(name) < 0)
            fail("mkdir");
        strcat(strcat(path, "/"), name);
    }
    map_file(path, "far below");
    if (with_newlines) {
        map_file(path, "far below\n");
        map_file(path, "far below\\012");
    }
    if (fchdir(home) < 0)
        fail("fchdir");
    close(home);
    /* After the paths that PROCMAP_QUERY can not tell: these it still can. */
    map_file(folder, "after\nall");
    map_file(folder, "after\\012all");
}

static void map_memfds(void)
{
    static const char *const names[] = {
        "odd", "", "new\nline", "literal\\012", "esc\033[2J (deleted)", " "};
    char path[256];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int fd = memfd_create(names[i], MFD_CLOEXEC);
        if (fd < 0 || ftruncate(fd, 4 * PAGE) < 0)
            fail("memfd");
        snprintf(path, sizeof(path), "/memfd:%s (deleted)", names[i]);
        map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0, path);
        map(PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 2 * PAGE, path);
        close(fd);
    }
}

static void map_shared_memory(void)
{
    const key_t keys[] = {IPC_PRIVATE, (key_t)(0x5a000000 | getpid())};
    char name[64];
    for (size_t i = 0; i < 2; i++) {
        int id = shmget(keys[i], 3 * PAGE, IPC_CREAT | IPC_EXCL | 0600);
        if (id < 0) {
            skip("shm");
            continue;
        }
        void *start = shmat(id, (void *)place, i ? SHM_RDONLY : 0);
        place += STEP;
        shmctl(id, IPC_RMID, NULL);
        if (start == (void *)-1)
            fail("shmat");
        snprintf(name, sizeof(name), "/SYSV%08x (deleted)", (unsigned int)keys[i]);
        tell(start, 3 * PAGE, i ? PROT_READ : PROT_READ | PROT_WRITE, 's', 0, name);
    }
}

static void map_devices(void)
{
    int fd = open("/dev/zero", O_RDWR);
    if (fd < 0)
        fail("/dev/zero");
    map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0, "/dev/zero");
    map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0, "/dev/zero (deleted)");
    close(fd);
    map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0, "/dev/zero (deleted)");
}

static void name_anonymous(int flags, const char *name, const char *shown)
{
    void *start = (void *)place;
    place += STEP;
    if (mmap(start, PAGE, PROT_READ, flags | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != start)
        fail(name);
    if (prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, start, PAGE, name) < 0)
        skip("anon-name");
    else
        tell(start, PAGE, PROT_READ, flags & MAP_SHARED ? 's' : 'p', 0, shown);
}

/* All sixteen permissions, without a file and of a file, private and shared. */
static void map_permissions(void)
{
    static char path[8192];
    const int prots = PROT_READ | PROT_WRITE | PROT_EXEC;
    int fd = create("perms", O_RDWR);
    snprintf(path, sizeof(path), "%s/perms", folder);
    for (int prot = 0; prot <= prots; prot++) {
        map(PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, "");
        map(PAGE, prot, MAP_PRIVATE, fd, 3 * PAGE, path);
        map(PAGE, prot, MAP_SHARED, fd, 5 * PAGE, path);
    }
    close(fd);
    /* A shared mapping that can never become writable. */
    fd = open("perms", O_RDONLY);
    map(PAGE, PROT_READ, MAP_SHARED, fd, 0, path);
    close(fd);
}

/* Neighbours that differ in their permissions, offsets or files only; a guard in between. */
static void map_neighbours(void)
{
    static char path[8192];
    char *start = (char *)place;
    place += 2 * STEP;
    int fd = create("neighbour", O_RDWR);
    snprintf(path, sizeof(path), "%s/neighbour", folder);
    map_at(start, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, "");
    map_at(start + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, "");
    map_at(start + 2 * PAGE, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, "");
    map_at(start + 3 * PAGE, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0, path);
    map_at(start + 5 * PAGE, PAGE, PROT_READ, MAP_PRIVATE, fd, 7 * PAGE, path);
    map_at(start + 6 * PAGE, PAGE, PROT_READ, MAP_SHARED, fd, 8 * PAGE, path);
    map_at(start + 7 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, "");
    close(fd);
}

static void map_special(void)
{
    static char path[8192];
    const int private = MAP_PRIVATE | MAP_ANONYMOUS;
    map(4 * PAGE, PROT_READ | PROT_WRITE, private | MAP_GROWSDOWN, -1, 0, "");
    size_t huge = sizeof(void *) == 8 ? (size_t)1 << 44 : (size_t)1 << 28;
    map(huge, PROT_READ | PROT_WRITE, private | MAP_NORESERVE, -1, 0, "");

    /* An offset beyond 32 bits. */
    int fd = create("sparse", O_RDWR | O_LARGEFILE);
    snprintf(path, sizeof(path), "%s/sparse", folder);
    map(PAGE, PROT_READ, MAP_PRIVATE, fd, UINT64_C(0xabc12345000), path);
    close(fd);

    for (uintptr_t low = PAGE; low <= STEP; low <<= 4) {
        if (map_at((void *)low, PAGE, PROT_READ, private, -1, 0, ""))
            break;
        skip("low");
    }
    place = (place + (UINT32_C(1) << 21)) & ~(uintptr_t)((UINT32_C(1) << 21) - 1);
    if (!map_at(NULL, (size_t)1 << 21, PROT_READ | PROT_WRITE,
                private | MAP_HUGETLB | MAP_NORESERVE, -1, 0, "/anon_hugepage (deleted)"))
        skip("hugetlb");
}

void stop_here(void)
{
    static volatile int stopped;
    stopped = 1;
    while (stopped)
        pause();
}

int main(int argc, char **argv)
{
    if (argc < 2 || chdir(argv[1]) < 0 || !getcwd(folder, sizeof(folder)))
        fail("usage: odd FOLDER");
    truth = fopen("truth.new", "w");
    if (!truth)
        fail("truth");
    map_odd_names();
    map_deleted();
    map_long_paths(argc > 2);
    map_memfds();
    map_shared_memory();
    map_devices();
    name_anonymous(MAP_PRIVATE, "a name", "[anon:a name]");
    name_anonymous(MAP_SHARED, "a name", "[anon_shmem:a name]");
    map_permissions();
    map_neighbours();
    map_special();
    fprintf(truth, "tls %" PRIxPTR " of a variable\n", (uintptr_t)&tls_variable);
    fclose(truth);
    rename("truth.new", "truth");
    stop_here();
    return 0;
}
