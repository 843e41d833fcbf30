/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/gdb_memory.h"

#include <inttypes.h>
#include <string.h>

#include "support.h"

static void check(const char *text, const char *wanted)
{
    static const char *const kinds[] = {"rw", "ro", "wo", "flash"};
    struct vmmap_gdb_memory memory;
    struct vmmap_gdb_memory_entry entry;
    struct vmmap_buffer rows = VMMAP_BUFFER_INIT;
    vmmap_gdb_memory_init(&memory, text, strlen(text));
    while (vmmap_gdb_memory_next(&memory, &entry))
        vmmap_buffer_printf(&rows, "%" PRIx64 "-%" PRIx64 " %s%s\n", entry.start, entry.last,
                            kinds[entry.kind], entry.has_width ? " width" : "");
    assert_buffer(&rows, wanted);
}

START_TEST(regions_of_the_target_are_read)
{
    check("Using memory regions provided by the target.\n"
          "Num Enb Low Addr   High Addr  Attrs \n"
          "0   y  \t0x00000000 0x00020000 flash blocksize 0x400 nocache \n"
          "1   y  \t0x20000000 0x20005000 rw nocache \n"
          "2   y  \t0x40000000 0x40001000 rw 32 nocache \n"
          "3   n  \t0x50000000 0x50001000 rw nocache \n"
          "10  y  \t0x60000000 0x60001000 ro cache \n"
          "11  y  \t0xffff0000 0x100000000 wo nocache \n"
          "12  y  \t0xffffffffffff0000 0x10000000000000000 rw nocache \n",
          "0-1ffff flash\n20000000-20004fff rw\n40000000-40000fff rw width\n"
          "60000000-60000fff ro\nffff0000-ffffffff wo\nffffffffffff0000-ffffffffffffffff rw\n");
}
END_TEST

START_TEST(what_is_no_region_is_passed_over)
{
    check("", "");
    check("There are no memory regions defined.\n", "");
    check("0 y 0x1000 0x1000 rw\n0 y 0x1000 0x0 rw\n0 y 0x2000 0x1000 rw\n", "");
    check("x y 0x1000 0x2000 rw\n0 y 1000 0x2000 rw\n0 y 0x1000\n0 y 0x1000 0x2000\n0\n0 y\n", "");
    check("0 y 0x1000 0x2000 nocache\n0 y 0x1000 0x20000000000000000 rw\n1 y 0x1000 0x2000 rw",
          "1000-1fff rw\n");
}
END_TEST

int main(void)
{
    return RUN_TESTS("gdb_memory", regions_of_the_target_are_read,
                     what_is_no_region_is_passed_over);
}
