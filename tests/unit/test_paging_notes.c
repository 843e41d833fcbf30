/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/notes.h"

#include "fault.h"
#include "support.h"

static struct vmmap_map *map_with_notes(const struct vmmap_paging_report *report)
{
    struct vmmap_map *map;
    assert_ok(vmmap_map_create(&map));
    assert_ok(vmmap_paging_report_add_notes(report, map));
    return map;
}

#define assert_report_notes(report, wanted)                                                        \
    do {                                                                                           \
        struct vmmap_map *map_ = map_with_notes(report);                                           \
        assert_notes(map_, wanted);                                                                \
        vmmap_map_destroy(map_);                                                                   \
    } while (0)

START_TEST(a_walk_without_trouble_needs_no_note)
{
    const struct vmmap_paging_report report = {.mode = "Sv39", .reads = 7, .shared = 3};
    assert_report_notes(&report, "");
    ck_assert(vmmap_paging_report_is_complete(&report));
}
END_TEST

START_TEST(translation_that_is_off_is_the_only_note)
{
    const struct vmmap_paging_report report = {.mode = "RISC-V without translation", .off = true};
    assert_report_notes(&report, "Address translation is off (RISC-V without translation): virtual "
                                 "addresses are physical addresses.\n");
    ck_assert(vmmap_paging_report_is_complete(&report));
}
END_TEST

START_TEST(two_stages_are_told_apart)
{
    struct vmmap_paging_report report = {
        .mode = "AArch64 stage 1",
        .unreadable = 1,
        .first_unreadable = 0x1000,
        .invalid = 2,
        .first_invalid = 0x2008,
        .stage2 = {.mode = "AArch64 stage 2",
                   .unreadable = 2,
                   .first_unreadable = 0x3000,
                   .invalid = 1,
                   .first_invalid = 0x4008},
    };
    assert_report_notes(
        &report,
        "1 page table could not be read (the first at guest-physical address 0x1000), so what is "
        "mapped through it is missing.\n"
        "2 page-table entries break the rules of AArch64 stage 1 (the first at guest-physical "
        "address 0x2008); the CPU faults on them, so nothing is shown for them.\n"
        "2 page tables of the second stage could not be read (the first at physical address "
        "0x3000), so what is mapped through them is missing.\n"
        "1 page-table entry breaks the rules of AArch64 stage 2 (the first at physical address "
        "0x4008); the CPU faults on it, so nothing is shown for it.\n");
    ck_assert(!vmmap_paging_report_is_complete(&report));
    report.unreadable = 0;
    ck_assert(!vmmap_paging_report_is_complete(&report));
    report = (struct vmmap_paging_report){
        .mode = "AArch64 without translation", .off = true, .stage2 = {.mode = "AArch64 stage 2"}};
    assert_report_notes(&report,
                        "The first stage of translation is off (AArch64 without translation): "
                        "virtual addresses are guest-physical addresses.\n");
    ck_assert(vmmap_paging_report_is_complete(&report));
}
END_TEST

START_TEST(one_of_each)
{
    const struct vmmap_paging_report report = {
        .mode = "x86 PAE paging",
        .problems = {"CR3 is upside down."},
        .unreadable = 1,
        .first_unreadable = 0x1000,
        .invalid = 1,
        .first_invalid = 0x2008,
        .self_references = 1,
    };
    assert_report_notes(
        &report,
        "CR3 is upside down.\n"
        "1 page table could not be read (the first at physical address 0x1000), so what is mapped "
        "through it is missing.\n"
        "1 page-table entry breaks the rules of x86 PAE paging (the first at physical address "
        "0x2008); the CPU faults on it, so nothing is shown for it.\n"
        "1 page-table entry points back to a table above (a self-map); the rows that come of it "
        "are what the CPU sees.\n");
    ck_assert(!vmmap_paging_report_is_complete(&report));
}
END_TEST

START_TEST(many_of_each)
{
    const struct vmmap_paging_report report = {
        .mode = "AArch64 stage 1",
        .problems = {"The lower half is odd.", "The upper half is even."},
        .tables = 65536,
        .unreadable = 12,
        .first_unreadable = 0xfffffffff000,
        .invalid = 3,
        .first_invalid = 0x2008,
        .self_references = 2,
        .exhausted = true,
        .exhausted_at = 0xffff800000000000,
    };
    assert_report_notes(
        &report,
        "The lower half is odd.\n"
        "The upper half is even.\n"
        "12 page tables could not be read (the first at physical address 0xfffffffff000), so what "
        "is mapped through them is missing.\n"
        "3 page-table entries break the rules of AArch64 stage 1 (the first at physical address "
        "0x2008); the CPU faults on them, so nothing is shown for them.\n"
        "2 page-table entries point back to a table above (a self-map); the rows that come of it "
        "are what the CPU sees.\n"
        "The page tables are larger than the limit of this walk (65536 were read), so nothing is "
        "known from 0xffff800000000000 on; ask for an address there to see its page.\n");
    const struct vmmap_paging_report limited = {.mode = "", .exhausted = true};
    ck_assert(!vmmap_paging_report_is_complete(&limited));
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    const struct vmmap_paging_report report = {
        .mode = "",
        .problems = {"A.", "B."},
        .unreadable = 1,
        .invalid = 1,
        .self_references = 1,
        .exhausted = true,
    };
    unsigned int failed = 0;
    for (bool reached = true; reached; failed++) {
        const struct fault_plan plan = {.kind = FAULT_ALLOCATION, .at = failed + 1};
        struct vmmap_map *map;
        assert_ok(vmmap_map_create(&map));
        fault_begin(&plan);
        struct vmmap_error *error = vmmap_paging_report_add_notes(&report, map);
        reached = fault_end().calls[FAULT_ALLOCATION] >= plan.at;
        vmmap_map_destroy(map);
        ck_assert_ptr_eq(error, reached ? &vmmap_error_no_memory : NULL);
    }
    ck_assert_uint_ge(failed, 6);
}
END_TEST

int main(void)
{
    return RUN_TESTS("paging_notes", a_walk_without_trouble_needs_no_note,
                     translation_that_is_off_is_the_only_note, two_stages_are_told_apart,
                     one_of_each, many_of_each, every_allocation_may_fail);
}
