/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The only program of a Linux guest: says what its kernel's address space is like, then that it is
 * there, and keeps one CPU in user mode if its command line says "spin", else sleeps.
 *
 *     kcore START END PHYSICAL    each PT_LOAD of /proc/kcore, in its order
 *     symbol ADDRESS NAME         the bounds of the kernel's image, from /proc/kallsyms
 *     release RELEASE             as uname(2) has it
 */

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

static void print_kcore(void)
{
    Elf64_Ehdr header;
    Elf64_Phdr segment;
    int file = open("/proc/kcore", O_RDONLY);
    if (file < 0 || pread(file, &header, sizeof(header), 0) != sizeof(header))
        return;
    for (unsigned int i = 0; i < header.e_phnum; i++) {
        off_t at = (off_t)(header.e_phoff + i * sizeof(segment));
        if (pread(file, &segment, sizeof(segment), at) == sizeof(segment) &&
            segment.p_type == PT_LOAD)
            printf("kcore %lx %lx %lx\n", (unsigned long)segment.p_vaddr,
                   (unsigned long)(segment.p_vaddr + segment.p_memsz),
                   (unsigned long)segment.p_paddr);
    }
    close(file);
}

static void print_symbols(void)
{
    static const char *const names[] = {"_text", "_stext", "_etext", "_end"};
    char line[512], name[128];
    unsigned long address;
    FILE *file = fopen("/proc/kallsyms", "r");
    while (file && fgets(line, sizeof(line), file)) {
        if (sscanf(line, "%lx %*c %127s", &address, name) != 2)
            continue;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            if (strcmp(name, names[i]) == 0)
                printf("symbol %lx %s\n", address, name);
        }
    }
    if (file)
        fclose(file);
}

int main(int argc, char **argv)
{
    mkdir("/proc", 0755);
    if (mount("none", "/proc", "proc", 0, NULL) == 0) {
        print_kcore();
        print_symbols();
    }
    struct utsname names;
    if (uname(&names) == 0)
        printf("release %s\n", names.release);
    puts("vmmap-guest-is-ready");
    fflush(stdout);
    for (volatile unsigned long rounds = 0;; rounds++) {
        if (argc < 2 || strcmp(argv[1], "spin") != 0)
            pause();
    }
}
