/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/auxv.h"

#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "support.h"

/* A vector as bytes of one of the four layouts: pairs up to one that is {0, 0}. */
static size_t make_vector(const uint64_t (*pairs)[2], bool is_64, bool is_big_endian,
                          unsigned char *ret)
{
    const size_t width = is_64 ? 8 : 4;
    size_t size = 0;
    for (size_t i = 0;; i++) {
        for (size_t j = 0; j < 2; j++, size += width) {
            for (size_t byte = 0; byte < width; byte++) {
                size_t shift = 8 * (is_big_endian ? width - 1 - byte : byte);
                ret[size + byte] = (unsigned char)(pairs[i][j] >> shift);
            }
        }
        if (pairs[i][0] == 0 && pairs[i][1] == 0)
            return size;
    }
}

/* "3=40 6=1000", types and values in hexadecimal. */
static char *vector_text(const struct vmmap_auxv *auxv)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    for (unsigned int type = 0; type < VMMAP_AUXV_TYPE_COUNT; type++) {
        uint64_t value;
        if (vmmap_auxv_get(auxv, type, &value))
            vmmap_buffer_printf(&text, "%s%x=%" PRIx64, text.size ? " " : "", type, value);
    }
    return take_text(&text);
}

#define assert_vector(auxv, wanted)                                                                \
    do {                                                                                           \
        char *text_ = vector_text(auxv);                                                           \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

START_TEST(each_layout_is_recognised)
{
    for (unsigned int layout = 0; layout < 4; layout++) {
        const bool is_64 = layout & 1, is_big_endian = layout & 2;
        const uint64_t pairs[][2] = {{AT_PHDR, 0x10034},
                                     {AT_PHENT, is_64 ? 56 : 32},
                                     {AT_PAGESZ, 0x1000},
                                     {AT_RANDOM, 0xfedcba98},
                                     {AT_NULL, 0}};
        unsigned char bytes[256];
        struct vmmap_auxv auxv;
        size_t size = make_vector(pairs, is_64, is_big_endian, bytes);
        ck_assert(vmmap_auxv_recognise(bytes, size, &auxv));
        assert_vector(&auxv, is_64 ? "3=10034 4=38 6=1000 19=fedcba98"
                                   : "3=10034 4=20 6=1000 19=fedcba98");
    }
}
END_TEST

START_TEST(what_makes_no_sense_is_not_recognised)
{
    static const uint64_t wrong[][3][2] = {{{AT_PHENT, 55}, {AT_PAGESZ, 0x1000}, {0, 0}},
                                           {{AT_PHENT, 32}, {AT_PAGESZ, 0x1000}, {0, 0}},
                                           {{AT_PHENT, 56}, {AT_PAGESZ, 0x1001}, {0, 0}},
                                           {{AT_PHENT, 56}, {AT_PAGESZ, 0x200}, {0, 0}},
                                           {{AT_PHENT, 56}, {AT_PAGESZ, 0x200000}, {0, 0}},
                                           {{AT_PHENT, 56}, {0, 0}, {0, 0}},
                                           {{AT_NULL, 1}, {AT_PHENT, 56}, {0, 0}}};
    unsigned char bytes[256];
    struct vmmap_auxv auxv;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        size_t size = make_vector(wrong[i], true, false, bytes);
        ck_assert_msg(!vmmap_auxv_recognise(bytes, size, &auxv), "case %zu", i);
    }
    ck_assert(!vmmap_auxv_recognise(NULL, 0, &auxv));
    ck_assert(!vmmap_auxv_recognise("garbage", 7, &auxv));
}
END_TEST

START_TEST(the_first_of_a_type_counts_and_null_ends)
{
    static const uint64_t pairs[][2] = {{AT_ENTRY, 1},   {AT_ENTRY, 2}, {VMMAP_AUXV_TYPE_COUNT, 3},
                                        {UINT64_MAX, 4}, {63, 5},       {AT_NULL, 6},
                                        {AT_BASE, 7},    {0, 0}};
    const struct vmmap_elf elf = {.is_64 = true};
    unsigned char bytes[256];
    struct vmmap_auxv auxv;
    vmmap_auxv_parse(&elf, bytes, make_vector(pairs, true, false, bytes), &auxv);
    assert_vector(&auxv, "9=1 3f=5");
}
END_TEST

START_TEST(a_cut_entry_is_left_out)
{
    static const uint64_t pairs[][2] = {{AT_ENTRY, 1}, {AT_BASE, 7}, {0, 0}};
    const struct vmmap_elf elf = {.is_64 = true};
    unsigned char bytes[256];
    struct vmmap_auxv auxv;
    make_vector(pairs, true, false, bytes);
    for (size_t size = 0; size < 48; size++) {
        /* On the heap, so that reading on is noticed. */
        unsigned char *copy = malloc(size ? size : 1);
        memcpy(copy, bytes, size);
        vmmap_auxv_parse(&elf, copy, size, &auxv);
        assert_vector(&auxv, size < 16 ? "" : size < 32 ? "9=1" : "7=7 9=1");
        free(copy);
    }
}
END_TEST

START_TEST(a_type_that_is_too_large_has_no_value)
{
    const struct vmmap_auxv auxv = {.known = UINT64_MAX};
    uint64_t value;
    ck_assert(vmmap_auxv_get(&auxv, VMMAP_AUXV_TYPE_COUNT - 1, &value));
    ck_assert(!vmmap_auxv_get(&auxv, VMMAP_AUXV_TYPE_COUNT, &value));
    ck_assert(!vmmap_auxv_get(&auxv, UINT32_MAX, &value));
}
END_TEST

START_TEST(gdbs_text_is_understood)
{
    static const char text[] =
        "3    AT_PHDR              Program headers for program    0x5500000040\n"
        "4    AT_PHENT             Size of program header entry   56\n"
        "0x6  AT_PAGESZ            not a line of GDB's            1\n"
        "31   AT_EXECFN            File name of executable        0x5502821fec \"./a 12 b\"\n"
        "15   AT_PLATFORM          String identifying platform    0x5502821a74 \"\"\n"
        "23   AT_SECURE            Boolean, was exec setuid-like? 0\n"
        "51   ???                                                 0xd30\n"
        "garbage\n"
        "5    AT_PHNUM             no number\n"
        "0    AT_NULL              End of vector                  0x0";
    struct vmmap_auxv auxv;
    ck_assert(vmmap_auxv_parse_text(text, strlen(text), &auxv));
    assert_vector(&auxv, "3=5500000040 4=38 f=5502821a74 17=0 1f=5502821fec 33=d30");
    ck_assert(!vmmap_auxv_parse_text("The program has no auxiliary information now.\n", 46, &auxv));
    ck_assert(!vmmap_auxv_parse_text(NULL, 0, &auxv));
}
END_TEST

int main(void)
{
    return RUN_TESTS("auxv", each_layout_is_recognised, what_makes_no_sense_is_not_recognised,
                     the_first_of_a_type_counts_and_null_ends, a_cut_entry_is_left_out,
                     a_type_that_is_too_large_has_no_value, gdbs_text_is_understood);
}
