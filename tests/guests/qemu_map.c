/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A program for qemu-user that prints what it has mapped itself, because what old QEMUs serve as
 * /proc/self/maps is not the truth. To the file argv[1]:
 *
 *   image START END PERMS NAME   pages of a loaded file, as its program headers and RELRO say
 *   stack|heap|thread START END PERMS    the words say what is there; START and END are exact for
 *                                        `thread` and only inside the region for the others
 *   own START END PERMS WHAT     pages that it has mapped or protected itself, exactly
 *   maps ...                     lines of /proc/self/maps
 *
 * PERMS are as in /proc/self/maps, with `?` for what it does not know. Later lines win. With all
 * that done it calls mapped(), where the debugger waits for it. The addresses of the `own` areas
 * that can be read are on main()'s stack then.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 0x1000, AREA_PAGES = 5, AREAS = 10 };

static FILE *out;
static volatile int thread_is_ready;
static char data_page[2 * PAGE] __attribute__((aligned(PAGE))) = "data that is protected later";

void __attribute__((noinline, aligned(PAGE))) patched(void)
{
    __asm__ volatile("");
}

void __attribute__((noinline, aligned(PAGE))) mapped(volatile void **areas)
{
    __asm__ volatile("" : : "r"(areas) : "memory");
}

static void print(const char *kind, uintptr_t start, uintptr_t end, const char *perms,
                  const char *name)
{
    fprintf(out, "%s %lx %lx %s %s\n", kind, (unsigned long)start, (unsigned long)end, perms, name);
}

static int print_image(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    (void)context;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + header->p_vaddr, end = start + header->p_memsz;
        char perms[5] = "---p";
        perms[0] = header->p_flags & PF_R ? 'r' : '-';
        perms[1] = header->p_flags & PF_W ? 'w' : '-';
        perms[2] = header->p_flags & PF_X ? 'x' : '-';
        start &= ~(uintptr_t)(PAGE - 1);
        if (header->p_type == PT_LOAD)
            print("image", start, (end + PAGE - 1) & ~(uintptr_t)(PAGE - 1), perms,
                  info->dlpi_name);
        else if (header->p_type == PT_GNU_RELRO)
            print("image", start, end & ~(uintptr_t)(PAGE - 1), "r--p", info->dlpi_name);
    }
    return 0;
}

static void *run_thread(void *unused)
{
    pthread_attr_t attributes;
    void *start;
    size_t size;
    (void)unused;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &start, &size);
    print("thread", (uintptr_t)start, (uintptr_t)start + size, "rw-p", "");
    thread_is_ready = 1;
    for (;;)
        pause();
}

/* Runs an instruction that returns from the page, so that QEMU translates it. */
static int run_code(void *page)
{
#if defined(__x86_64__) || defined(__i386__)
    static const unsigned char code[] = {0xc3};
#elif defined(__aarch64__)
    static const unsigned char code[] = {0xc0, 0x03, 0x5f, 0xd6};
#elif defined(__arm__)
    static const unsigned char code[] = {0x1e, 0xff, 0x2f, 0xe1};
#elif defined(__riscv)
    static const unsigned char code[] = {0x82, 0x80};
#elif defined(__s390x__)
    static const unsigned char code[] = {0x07, 0xfe};
#elif defined(__mips__)
    static const unsigned char code[] = {0x03, 0xe0, 0x00, 0x08, 0, 0, 0, 0};
#elif defined(__powerpc64__)
    static const unsigned char code[] = {0x4e, 0x80, 0x00, 0x20};
#else
#error "no code for this architecture"
#endif
    memcpy(page, code, sizeof(code));
    __builtin___clear_cache((char *)page, (char *)page + sizeof(code));
#if defined(__powerpc64__) && _CALL_ELF != 2
    void *descriptor[3] = {page, NULL, NULL};
    ((void (*)(void))descriptor)();
#else
    ((void (*)(void))page)();
#endif
    return 1;
}

/* An area of its own: a page without access and one that is not mapped are on either side. */
static void *map_area(const char *what, int protection, int flags, int fd, const char *perms)
{
    enum { BEFORE = 2, AFTER = BEFORE + AREA_PAGES, ROOM = AFTER + 2 };
    char *room = mmap(NULL, ROOM * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *area =
        mmap(room + BEFORE * PAGE, AREA_PAGES * PAGE, protection, flags | MAP_FIXED, fd, 0);
    if (room == MAP_FAILED || area == MAP_FAILED) {
        perror(what);
        exit(1);
    }
    munmap(room + PAGE, PAGE);
    munmap(room + AFTER * PAGE, PAGE);
    print("own", (uintptr_t)room, (uintptr_t)room + PAGE, "---p", "before");
    print("own", (uintptr_t)area, (uintptr_t)area + AREA_PAGES * PAGE, perms, what);
    print("own", (uintptr_t)room + (ROOM - 1) * PAGE, (uintptr_t)room + ROOM * PAGE, "---p",
          "after");
    return area;
}

static void protect(const char *what, void *page, int protection, const char *perms)
{
    if (mprotect(page, PAGE, protection) != 0) {
        perror(what);
        exit(1);
    }
    print("own", (uintptr_t)page, (uintptr_t)page + PAGE, perms, what);
}

/* The page of patched(); where a function pointer is a descriptor, it points to the code. */
static void *code_page(void)
{
    uintptr_t code = (uintptr_t)&patched;
#if defined(__powerpc64__) && _CALL_ELF != 2
    code = *(uintptr_t *)code;
#endif
    return (void *)(code & ~(uintptr_t)(PAGE - 1));
}

/* Without the heap, which a FILE would change after it was read. */
static void print_own_maps(void)
{
    static char text[1 << 16];
    int fd = open("/proc/self/maps", O_RDONLY);
    ssize_t size = 0, count;
    while ((count = read(fd, text + size, sizeof(text) - 1 - (size_t)size)) > 0)
        size += count;
    close(fd);
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1)
        fprintf(out, "maps %.*s\n", (int)(end - line), line);
}

int main(int argc, char **argv)
{
    static char buffer[1 << 16]; /* so that printing allocates nothing */
    const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
    volatile void *areas[AREAS];
    pthread_t thread;
    if (argc < 2 || !(out = fopen(argv[1], "w")))
        return 1;
    setvbuf(out, buffer, _IOFBF, sizeof(buffer));
    dl_iterate_phdr(print_image, NULL);

    int file = open(argv[0], O_RDONLY), none = PROT_NONE, all = PROT_READ | PROT_WRITE | PROT_EXEC;
    areas[0] = map_area("rw", PROT_READ | PROT_WRITE, anonymous, -1, "rw-p");
    areas[1] = map_area("rwx", all, anonymous, -1, "rwxp");
    areas[2] = map_area("r", PROT_READ, anonymous, -1, "r--p");
    areas[3] = map_area("rx", PROT_READ | PROT_EXEC, anonymous, -1, "r-xp");
    areas[4] = map_area("shared", PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, "rw-s");
    areas[5] = map_area("file", PROT_READ, MAP_PRIVATE, file, "r--p");
    areas[6] = map_area("run", all, anonymous, -1, "rwxp");
    run_code((void *)areas[6]);
    areas[7] = map_area("none", none, anonymous, -1, "---p");
    areas[8] = map_area("w", PROT_WRITE, anonymous, -1, "-w-p");
    areas[9] = map_area("x", PROT_EXEC, anonymous, -1, "--xp");
    protect("text", code_page(), all, "rwxp");
    protect("data", data_page, PROT_READ, "r--p");

    char *heap = malloc(100);
    print("heap", (uintptr_t)heap, (uintptr_t)heap + 1, "rw-p", "");
    print("stack", (uintptr_t)areas, (uintptr_t)(areas + AREAS), "rw-p", "");
    pthread_create(&thread, NULL, run_thread, NULL);
    while (!thread_is_ready)
        usleep(1000);
    usleep(20000); /* until it waits: QEMU does not stop it when main() reaches a breakpoint */
    print_own_maps();
    fflush(out);
    mapped(areas);
    pause();
    return 0;
}
