/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What this very process has loaded, against what the C library says of it. */

#include "providers/process/loaded.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "host/process_memory.h"
#include "map/region.h"
#include "support.h"

/* The memory of this process, with one word changed. */
struct memory {
    struct vmmap_process_memory process;
    uint64_t patch_address;
    uint64_t patch; /* a word; none with address 0 */
    size_t reads;
};

static size_t read_memory(void *context, uint64_t address, void *ret, size_t size)
{
    struct memory *memory = context;
    size_t done = vmmap_process_memory_read(&memory->process, address, ret, size);
    memory->reads++;
    for (size_t i = 0; i < sizeof(memory->patch); i++) {
        uint64_t at = memory->patch_address + i;
        if (memory->patch_address != 0 && at >= address && at < address + done)
            ((unsigned char *)ret)[at - address] = ((unsigned char *)&memory->patch)[i];
    }
    return done;
}

static struct memory memory;
static const struct vmmap_reader reader = {&memory, UINT64_MAX, read_memory};
static struct vmmap_auxv auxv;

static void begin(void)
{
    static const unsigned int types[] = {AT_PHDR, AT_PHENT, AT_BASE, AT_EXECFN, AT_SYSINFO_EHDR};
    memory = (struct memory){.patch_address = 0};
    assert_ok(vmmap_process_memory_open((uint64_t)getpid(), &memory.process));
    auxv.known = 0;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        auxv.values[types[i]] = getauxval(types[i]);
        auxv.known |= UINT64_C(1) << types[i];
    }
}

static const struct vmmap_loaded_file *find_file(const struct vmmap_loaded *loaded, uint64_t bias)
{
    for (size_t i = 0; i < loaded->count; i++) {
        if (loaded->files[i].image.bias == bias)
            return &loaded->files[i];
    }
    return NULL;
}

/* Compares one of the C library's files. */
static int check_file(struct dl_phdr_info *info, size_t size, void *context)
{
    const struct vmmap_loaded_file *file = find_file(context, info->dlpi_addr);
    size_t segment = 0;
    (void)size;
    ck_assert_msg(file, "%s is missing", info->dlpi_name);
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        const uint64_t start = info->dlpi_addr + header->p_vaddr, mask = ~UINT64_C(0xfff);
        if (header->p_type == PT_DYNAMIC)
            ck_assert_uint_eq(file->image.dynamic, start);
        if (header->p_type != PT_LOAD)
            continue;
        const struct vmmap_loaded_elf_segment *found = &file->image.segments[segment++];
        ck_assert_uint_eq(found->start, start & mask);
        ck_assert_uint_eq(found->last, (start + header->p_memsz - 1) | ~mask);
        ck_assert_uint_eq(found->offset, header->p_offset & mask);
        ck_assert_uint_eq(found->anonymous, ((start + header->p_filesz - 1) | ~mask) + 1);
        ck_assert_uint_eq(found->perms & VMMAP_PERM_EXEC ? PF_X : 0, header->p_flags & PF_X);
        ck_assert_uint_eq(found->perms & VMMAP_PERM_WRITE ? PF_W : 0, header->p_flags & PF_W);
    }
    ck_assert_uint_eq(file->image.count, segment);
    if (info->dlpi_name[0] == '/')
        ck_assert_str_eq(file->name, info->dlpi_name);
    return 0;
}

START_TEST(all_files_of_this_process)
{
    struct vmmap_loaded loaded;
    begin();
    assert_ok(vmmap_loaded_init(&reader, &auxv, 0x1000, &loaded));
    ck_assert_uint_eq(loaded.program, 0);
    ck_assert_str_eq(loaded.files[0].name, (const char *)getauxval(AT_EXECFN));
    ck_assert(!loaded.is_broken);
    dl_iterate_phdr(check_file, &loaded);
    vmmap_loaded_deinit(&loaded);
    vmmap_loaded_deinit(&loaded);
}
END_TEST

/* Changes a word of the list's second element: the list breaks off there. */
static void check_broken(size_t word, uint64_t value)
{
    struct vmmap_loaded whole, loaded;
    begin();
    assert_ok(vmmap_loaded_init(&reader, &auxv, 0x1000, &whole));
    const struct link_map *second = _r_debug.r_map->l_next;
    memory.patch_address = (uintptr_t)second + 8 * word;
    memory.patch = value;
    assert_ok(vmmap_loaded_init(&reader, &auxv, 0x1000, &loaded));
    ck_assert(loaded.is_broken);
    ck_assert_uint_le(loaded.count, whole.count);
    ck_assert_uint_lt(memory.reads, 1000);
    vmmap_loaded_deinit(&whole);
    vmmap_loaded_deinit(&loaded);
}

START_TEST(a_list_that_makes_no_sense_is_left)
{
    check_broken(3, (uintptr_t)_r_debug.r_map);         /* next: the first again */
    check_broken(3, (uintptr_t)_r_debug.r_map->l_next); /* next: itself */
    check_broken(3, 8);                                 /* next: nowhere */
    check_broken(3, UINT64_MAX);
    check_broken(4, 0); /* previous: none */
}
END_TEST

START_TEST(a_vector_that_leads_nowhere)
{
    static const uint64_t values[] = {0, 1, 63, 64, UINT64_MAX, UINT64_MAX - 63, INT64_MAX};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct vmmap_loaded loaded;
        begin();
        auxv.values[AT_PHDR] = auxv.values[AT_BASE] = auxv.values[AT_SYSINFO_EHDR] = values[i];
        auxv.values[AT_EXECFN] = values[i];
        assert_ok(vmmap_loaded_init(&reader, &auxv, 0x1000, &loaded));
        ck_assert_uint_eq(loaded.count, 0);
        ck_assert_uint_eq(loaded.program, SIZE_MAX);
        vmmap_loaded_deinit(&loaded);
    }
}
END_TEST

/* An image of one page, made by hand. */
struct page {
    Elf64_Ehdr header;
    Elf64_Phdr segments[4];
    unsigned char rest[0x1000];
};

enum { PAGE_ADDRESS = 0x10000 };

static size_t read_page(void *context, uint64_t address, void *ret, size_t size)
{
    if (address < PAGE_ADDRESS || address - PAGE_ADDRESS >= sizeof(struct page))
        return 0;
    size_t left = sizeof(struct page) - (size_t)(address - PAGE_ADDRESS);
    size = size < left ? size : left;
    memcpy(ret, (const char *)context + (address - PAGE_ADDRESS), size);
    return size;
}

static struct page make_page(void)
{
    struct page page = {
        .header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                   .e_type = ET_DYN,
                   .e_phoff = offsetof(struct page, segments),
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = 4},
        .segments =
            {{.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_filesz = 0x1800, .p_memsz = 0x1800},
             {.p_type = PT_LOAD,
              .p_flags = PF_R | PF_W,
              .p_vaddr = 0x3800,
              .p_offset = 0x1800,
              .p_filesz = 0x100,
              .p_memsz = 0x2000},
             {.p_type = PT_GNU_RELRO, .p_vaddr = 0x3800, .p_memsz = 0x900}},
    };
    return page;
}

static bool read_image(struct page *page, struct vmmap_loaded_elf *ret)
{
    const struct vmmap_reader one = {page, UINT64_MAX, read_page};
    return vmmap_loaded_elf_read(&one, PAGE_ADDRESS, 0x1000, ret);
}

START_TEST(an_image_by_hand)
{
    struct page page = make_page();
    struct vmmap_loaded_elf image;
    ck_assert(read_image(&page, &image));
    ck_assert_uint_eq(image.count, 2);
    ck_assert_uint_eq(image.bias, PAGE_ADDRESS);
    ck_assert_uint_eq(image.segments[0].start, 0x10000);
    ck_assert_uint_eq(image.segments[0].last, 0x11fff);
    ck_assert_uint_eq(image.segments[0].anonymous, 0x12000);
    ck_assert_uint_eq(image.segments[1].start, 0x13000);
    ck_assert_uint_eq(image.segments[1].last, 0x15fff);
    ck_assert_uint_eq(image.segments[1].offset, 0x1000);
    ck_assert_uint_eq(image.segments[1].anonymous, 0x14000);
    ck_assert_uint_eq(image.segments[1].perms, VMMAP_PERM_READ | VMMAP_PERM_WRITE);
    ck_assert_uint_eq(image.relro_start, 0x13000);
    ck_assert_uint_eq(image.relro_last, 0x13fff);
    ck_assert_uint_eq(vmmap_loaded_elf_last(&image), 0x15fff);
}
END_TEST

START_TEST(segments_that_make_no_sense_are_left_out)
{
    static const struct {
        uint64_t address, offset, file_size, memory_size;
    } wrong[] = {
        {0x3000, 0x1000, 0, 0},                       /* empty */
        {0x3000, 0x1000, 0x2000, 0x1000},             /* more in the file than in memory */
        {0x3001, 0x1000, 0x1000, 0x1000},             /* not at the same place in a page */
        {UINT64_MAX - 0xfff, 0x1000, 0x1000, 0x2000}, /* wraps around */
        {0x3000, 0x1000, 0, UINT64_MAX},
        {0, 0x1000, 0x1000, 0x1000}, /* not after the one before */
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct page page = make_page();
        struct vmmap_loaded_elf image;
        Elf64_Phdr *header = &page.segments[1];
        header->p_vaddr = wrong[i].address;
        header->p_offset = wrong[i].offset;
        header->p_filesz = wrong[i].file_size;
        header->p_memsz = wrong[i].memory_size;
        ck_assert_msg(read_image(&page, &image) && image.count == 1, "case %zu", i);
    }
}
END_TEST

START_TEST(what_is_no_image)
{
    struct vmmap_loaded_elf image;
    struct page page = make_page();
    page.header.e_ident[0] = 0;
    ck_assert(!read_image(&page, &image));
    page = make_page();
    page.segments[0].p_offset = 0x1000; /* nothing has the header in it */
    ck_assert(!read_image(&page, &image));
    page = make_page();
    page.header.e_phoff = 0x2000; /* not in the first pages */
    ck_assert(!read_image(&page, &image));
    page = make_page();
    page.header.e_phnum = 0;
    ck_assert(!read_image(&page, &image));
    page = make_page();
    page.header.e_phentsize = 1;
    ck_assert(!read_image(&page, &image));
}
END_TEST

int main(void)
{
    return RUN_TESTS("loaded", all_files_of_this_process, a_list_that_makes_no_sense_is_left,
                     a_vector_that_leads_nowhere, an_image_by_hand,
                     segments_that_make_no_sense_are_left_out, what_is_no_image);
}
