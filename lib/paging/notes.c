/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/notes.h"

#include <inttypes.h>

static const char *plural(uint64_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

/* What was found wrong in the tables of one stage. */
struct faults {
    const char *mode;
    const char *of_stage; /* what tells its tables from others */
    const char *address;  /* what kind theirs are */
    uint64_t unreadable;
    uint64_t first_unreadable;
    uint64_t invalid;
    uint64_t first_invalid;
};

static struct vmmap_error *note_unreadable(const struct faults *faults, struct vmmap_map *map)
{
    if (faults->unreadable == 0)
        return NULL;
    return vmmap_map_add_note(
        map,
        "%" PRIu64 " page %s%s could not be read (the first at %s address 0x%" PRIx64
        "), so what is mapped through %s is missing.",
        faults->unreadable, plural(faults->unreadable, "table", "tables"), faults->of_stage,
        faults->address, faults->first_unreadable, plural(faults->unreadable, "it", "them"));
}

static struct vmmap_error *note_invalid(const struct faults *faults, struct vmmap_map *map)
{
    if (faults->invalid == 0)
        return NULL;
    return vmmap_map_add_note(
        map,
        "%" PRIu64 " page-table %s the rules of %s (the first at %s address 0x%" PRIx64
        "); the CPU faults on %s, so nothing is shown for %s.",
        faults->invalid, plural(faults->invalid, "entry breaks", "entries break"), faults->mode,
        faults->address, faults->first_invalid, plural(faults->invalid, "it", "them"),
        plural(faults->invalid, "it", "them"));
}

static struct vmmap_error *note_faults(const struct faults *faults, struct vmmap_map *map)
{
    struct vmmap_error *error = note_unreadable(faults, map);
    return error ? error : note_invalid(faults, map);
}

/* Both stages; with one, its addresses are simply physical. */
static struct vmmap_error *note_all_faults(const struct vmmap_paging_report *report,
                                           struct vmmap_map *map)
{
    const struct faults first = {
        .mode = report->mode,
        .of_stage = "",
        .address = report->stage2.mode ? "guest-physical" : "physical",
        .unreadable = report->unreadable,
        .first_unreadable = report->first_unreadable,
        .invalid = report->invalid,
        .first_invalid = report->first_invalid,
    };
    const struct faults second = {
        .mode = report->stage2.mode,
        .of_stage = " of the second stage",
        .address = "physical",
        .unreadable = report->stage2.unreadable,
        .first_unreadable = report->stage2.first_unreadable,
        .invalid = report->stage2.invalid,
        .first_invalid = report->stage2.first_invalid,
    };
    struct vmmap_error *error = note_faults(&first, map);
    return error ? error : note_faults(&second, map);
}

static struct vmmap_error *note_self_references(const struct vmmap_paging_report *report,
                                                struct vmmap_map *map)
{
    if (report->self_references == 0)
        return NULL;
    return vmmap_map_add_note(
        map,
        "%" PRIu64 " page-table %s back to a table above (a self-map); the rows that come of it "
        "are what the CPU sees.",
        report->self_references, plural(report->self_references, "entry points", "entries point"));
}

static struct vmmap_error *note_limit(const struct vmmap_paging_report *report,
                                      struct vmmap_map *map)
{
    if (!report->exhausted)
        return NULL;
    return vmmap_map_add_note(map,
                              "The page tables are larger than the limit of this walk (%" PRIu64
                              " were read), so nothing is known from 0x%" PRIx64
                              " on; ask for an address there to see its page.",
                              report->tables, report->exhausted_at);
}

struct vmmap_error *vmmap_paging_report_add_notes(const struct vmmap_paging_report *report,
                                                  struct vmmap_map *map)
{
    if (report->off && !report->stage2.mode)
        return vmmap_map_add_note(
            map, "Address translation is off (%s): virtual addresses are physical addresses.",
            report->mode);
    if (report->off) {
        struct vmmap_error *error = vmmap_map_add_note(
            map,
            "The first stage of translation is off (%s): virtual addresses are guest-physical "
            "addresses.",
            report->mode);
        if (error)
            return error;
    }
    struct vmmap_error *error = NULL;
    size_t count = sizeof(report->problems) / sizeof(report->problems[0]);
    for (size_t i = 0; !error && i < count && report->problems[i]; i++)
        error = vmmap_map_add_note(map, "%s", report->problems[i]);
    if (!error)
        error = note_all_faults(report, map);
    if (!error)
        error = note_self_references(report, map);
    if (!error)
        error = note_limit(report, map);
    return error;
}

bool vmmap_paging_report_is_complete(const struct vmmap_paging_report *report)
{
    return report->unreadable == 0 && report->stage2.unreadable == 0 && !report->exhausted;
}
