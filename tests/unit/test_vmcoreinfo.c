/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/vmcoreinfo.h"

#include <string.h>

#include "support.h"

/* Of Debian's 6.12.107+deb13-riscv64 and, the last three, cloud-arm64. */
static const char text[] = "OSRELEASE=6.12.107+deb13-riscv64\n"
                           "BUILD-ID=0ced2ce8d44e8f377eee75b7c4198104fafeb9e0\n"
                           "PAGESIZE=4096\n"
                           "SYMBOL(_stext)=ffffffff80002000\n"
                           "NUMBER(VMALLOC_START)=0xff20000000000000\n"
                           "SYMBOL(vmemmap)=ff1bfffffe000000\n"
                           "SIZE(page)=64\n"
                           "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\n"
                           "NUMBER(phys_ram_base)=2147483648\n"
                           "NUMBER(VMALLOC_END)=0xff60000000000000\n"
                           "NUMBER(VA_BITS)=57\n"
                           "NUMBER(va_kernel_pa_offset)=0xfffffffeffe00000\n"
                           "KERNELOFFSET=2f0f2fe00000\n"
                           "NUMBER(KERNELPACMASK)=0x0\n"
                           "NUMBER(VA_BITS)=48\n";

#define assert_number(text, name, wanted)                                                          \
    do {                                                                                           \
        uint64_t value_;                                                                           \
        ck_assert(vmmap_vmcoreinfo_number(text, strlen(text), name, &value_));                     \
        ck_assert_uint_eq(value_, wanted);                                                         \
    } while (0)

#define assert_no_number(text, size, name)                                                         \
    do {                                                                                           \
        uint64_t value_;                                                                           \
        ck_assert_msg(!vmmap_vmcoreinfo_number(text, size, name, &value_), "%s", text);            \
    } while (0)

START_TEST(recognised)
{
    ck_assert(vmmap_vmcoreinfo_is(text, sizeof(text)));
    ck_assert(vmmap_vmcoreinfo_is("OSRELEASE=", 10));
    ck_assert(!vmmap_vmcoreinfo_is("OSRELEASE=", 9));
    ck_assert(!vmmap_vmcoreinfo_is("osrelease=6.1", 13));
    ck_assert(!vmmap_vmcoreinfo_is("\nOSRELEASE=6.1", 14));
}
END_TEST

START_TEST(numbers)
{
    assert_number(text, "VMALLOC_START", UINT64_C(0xff20000000000000));
    assert_number(text, "VMALLOC_END", UINT64_C(0xff60000000000000));
    assert_number(text, "phys_ram_base", UINT64_C(0x80000000));
    assert_number(text, "VA_BITS", 57u); /* the first of two */
    assert_number(text, "PAGE_SLAB_MAPCOUNT_VALUE", (uint64_t)-184549376);
    assert_number(text, "KERNELPACMASK", 0u);
    assert_number("NUMBER(x)=18446744073709551615\n", "x", UINT64_MAX);
    assert_number("NUMBER(x)=0xffffffffffffffff\n", "x", UINT64_MAX);
    assert_number("NUMBER(x)=?\nNUMBER(x)=7\n", "x", 7u);
    assert_number("\n\nNUMBER(x)=-0\n", "x", 0u);
}
END_TEST

START_TEST(what_is_no_number)
{
    static const char *const lines[] = {
        "",
        "NUMBER(x)\n",
        "NUMBER(x)=\n",
        "NUMBER(x)=-\n",
        "NUMBER(x)=0x\n",
        "NUMBER(x)=0xg\n",
        "NUMBER(x)=-0x1\n",
        "NUMBER(x)=1f\n",
        "NUMBER(x)=7 \n",
        "NUMBER(x)= 7\n",
        "NUMBER(x)=7\r\n",
        "NUMBER(x)=18446744073709551616\n",
        "NUMBER(x)=0x10000000000000000\n",
        "NUMBER(xy)=7\n",
        "NUMBER(X)=7\n",
        " NUMBER(x)=7\n",
        "SYMBOL(x)=7\n",
        "number(x)=7\n",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_no_number(lines[i], strlen(lines[i]), "x");
    assert_no_number(text, strlen(text), "VMALLOC");
    assert_no_number(text, strlen(text), "page");
    assert_no_number("", 0, "");
}
END_TEST

/* Where the page is full the kernel cuts a line off: what is left of its number is another one. */
START_TEST(cut_off)
{
    static const char cut[] = "OSRELEASE=6.12\nNUMBER(VMALLOC_END)=0xfffffdffbf800000\n";
    for (size_t size = 0; size < sizeof(cut) - 1; size++) {
        char *copy = malloc(size + 1);
        memcpy(copy + 1, cut, size);
        assert_no_number(copy + 1, size, "VMALLOC_END");
        free(copy);
    }
    assert_number(cut, "VMALLOC_END", UINT64_C(0xfffffdffbf800000));
}
END_TEST

START_TEST(symbols_and_plain_numbers)
{
    static const char own[] = "OSRELEASE=6.1.0\nPAGESIZE=4096\nSYMBOL(_stext)=ffffffff81000000\n"
                              "SYMBOL(cut)=ffff";
    uint64_t value;
    ck_assert(vmmap_vmcoreinfo_symbol(own, strlen(own), "_stext", &value));
    ck_assert_uint_eq(value, UINT64_C(0xffffffff81000000));
    ck_assert(vmmap_vmcoreinfo_decimal(own, strlen(own), "PAGESIZE", &value));
    ck_assert_uint_eq(value, 4096);
    ck_assert(!vmmap_vmcoreinfo_symbol(own, strlen(own), "cut", &value));
    ck_assert(!vmmap_vmcoreinfo_symbol(own, strlen(own), "stext", &value));
    ck_assert(!vmmap_vmcoreinfo_decimal(own, strlen(own), "OSRELEASE", &value));
}
END_TEST

int main(void)
{
    return RUN_TESTS("vmcoreinfo", recognised, numbers, what_is_no_number, cut_off,
                     symbols_and_plain_numbers);
}
