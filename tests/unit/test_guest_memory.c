/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/guest_memory.h"

#include <string.h>

#include "providers/maps_text.h"
#include "support.h"

/* A machine's QEMU, shortened: program and its zeroed data, heap, RAM of each kind, a library with
 * its zeroed data, a device, thread stack, data files, the kernel's own. */
static const char machine[] =
    "1000-2000 r--p 00000000 08:01 1 /usr/bin/qemu-system-x86_64\n"
    "2000-3000 r-xp 00001000 08:01 1 /usr/bin/qemu-system-x86_64\n"
    "3000-4000 rw-p 00002000 08:01 1 /usr/bin/qemu-system-x86_64\n"
    "4000-5000 rw-p 00000000 00:00 0 \n"
    "6000-7000 rw-p 00000000 00:00 0 [heap]\n"
    "10000-11000 rw-p 00000000 00:00 0 \n"
    "11000-12000 rw-p 00000000 00:00 0 \n"
    "12000-13000 ---p 00000000 00:00 0 \n"
    "20000-21000 rw-s 00000000 00:01 2 /memfd:memory-backend-memfd (deleted)\n"
    "22000-23000 rw-p 00000000 00:01 3 /dev/hugepages/qemu_back_mem.ram.x (deleted)\n"
    "24000-25000 rw-s 00000000 00:01 4 /dev/zero (deleted)\n"
    "26000-27000 rw-s 00000000 00:01 5 /dev/shm/ram\n"
    "28000-29000 rw-s 00000000 00:01 6 /dev/dax0.0\n"
    "2a000-2b000 rw-p 00000000 08:01 7 /tmp/ram\n"
    "30000-31000 rw-s 00000000 00:06 8 /dev/vfio/42\n"
    "32000-33000 rw-s 00000000 00:0e 9 anon_inode:[vfio-device]\n"
    "34000-35000 rw-p 00000000 00:00 0 [anon:glibc: malloc]\n"
    "36000-37000 r--p 00000000 08:01 10 /usr/lib/locale/locale-archive\n"
    "38000-39000 rwxp 00000000 00:00 0 \n"
    "3a000-3b000 r--p 00000000 00:00 0 \n"
    "40000-41000 r-xp 00000000 08:01 11 /lib/libc.so.6\n"
    "41000-42000 rw-p 00001000 08:01 11 /lib/libc.so.6\n"
    "42000-43000 rw-p 00000000 00:00 0 \n"
    "43000-44000 ---p 00000000 00:00 0 \n"
    "50000-51000 rw-p 00000000 00:00 0 [stack]\n"
    "52000-53000 r-xp 00000000 00:00 0 [vdso]\n";

static struct vmmap_map *parse(const char *text)
{
    struct vmmap_map *map;
    assert_ok(vmmap_map_create(&map));
    assert_ok(vmmap_map_fill_from_maps_text(map, text, strlen(text)));
    return map;
}

START_TEST(only_memory_of_a_guest_may_be_ram)
{
    static const uint64_t pages[] = {0x10000, 0x11000, 0x20000, 0x22000, 0x24000,
                                     0x26000, 0x28000, 0x2a000, 0x3a000};
    struct vmmap_map *map = parse(machine);
    for (uint64_t page = 0; page < 0x60000; page += 0x1000) {
        bool wanted = false;
        for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
            wanted = wanted || pages[i] == page;
        ck_assert_msg(vmmap_host_range_may_be_ram(map, page, page + 0xfff) == wanted, "0x%x",
                      (unsigned int)page);
    }
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(a_range_may_have_several_rows_but_no_hole)
{
    struct vmmap_map *map = parse(machine);
    ck_assert(vmmap_host_range_may_be_ram(map, 0x10800, 0x117ff));
    ck_assert(vmmap_host_range_may_be_ram(map, 0x11fff, 0x11fff));
    ck_assert(!vmmap_host_range_may_be_ram(map, 0x10800, 0x12000)); /* no access */
    ck_assert(!vmmap_host_range_may_be_ram(map, 0x20800, 0x21000)); /* a hole */
    ck_assert(!vmmap_host_range_may_be_ram(map, 0xf800, 0x10800));
    ck_assert(!vmmap_host_range_may_be_ram(map, 0x11000, 0x10fff));
    ck_assert(!vmmap_host_range_may_be_ram(map, 0x11000, UINT64_MAX));
    ck_assert(!vmmap_host_range_may_be_ram(map, UINT64_MAX, UINT64_MAX));
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(rows_that_are_the_process_s_own)
{
    static const uint64_t pages[] = {0x1000,  0x2000,  0x3000,  0x4000,  0x6000, 0x34000,
                                     0x40000, 0x41000, 0x42000, 0x50000, 0x52000};
    struct vmmap_map *map = parse(machine);
    for (size_t i = 0; i < map->count; i++) {
        bool wanted = false;
        for (size_t j = 0; j < sizeof(pages) / sizeof(pages[0]); j++)
            wanted = wanted || pages[j] == map->regions[i].start;
        ck_assert_msg(vmmap_host_row_is_own(map, i) == wanted, "0x%x",
                      (unsigned int)map->regions[i].start);
    }
    vmmap_map_destroy(map);
}
END_TEST

/* A guest's file is the same as QEMU's own, where both are of one architecture: the guest's copy is
 * a run of its own, without a row that may be executed. */
START_TEST(each_run_of_a_file_is_judged_by_itself)
{
    struct vmmap_map *map = parse("1000-2000 r--p 00000000 08:01 11 /lib/libc.so.6\n"
                                  "2000-3000 rw-p 00001000 08:01 11 /lib/libc.so.6\n"
                                  "3000-4000 r--p 00000000 08:01 12 /lib/libm.so.6\n"
                                  "8000-9000 r-xp 00000000 08:01 11 /lib/libc.so.6\n"
                                  "9000-a000 rw-p 00001000 08:01 11 /lib/libc.so.6\n");
    static const bool own[] = {false, false, false, true, true};
    for (size_t i = 0; i < 5; i++)
        ck_assert_msg(vmmap_host_row_is_own(map, i) == own[i], "row %zu", i);
    ck_assert(vmmap_host_range_may_be_ram(map, 0x2000, 0x2fff));
    ck_assert(!vmmap_host_range_may_be_ram(map, 0x9000, 0x9fff));
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(nothing_is_mapped)
{
    struct vmmap_map *map = parse("");
    ck_assert(!vmmap_host_range_may_be_ram(map, 0, 0xfff));
    vmmap_map_destroy(map);
}
END_TEST

int main(void)
{
    return RUN_TESTS("guest_memory", only_memory_of_a_guest_may_be_ram,
                     a_range_may_have_several_rows_but_no_hole, rows_that_are_the_process_s_own,
                     each_run_of_a_file_is_judged_by_itself, nothing_is_mapped);
}
