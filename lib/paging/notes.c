/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/notes.h"

#include <inttypes.h>

static const char *plural(uint64_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

static struct vmmap_error *note_unreadable(const struct vmmap_paging_report *report,
                                           struct vmmap_map *map)
{
    if (report->unreadable == 0)
        return NULL;
    return vmmap_map_add_note(
        map,
        "%" PRIu64 " page %s not be read (the first at physical address 0x%" PRIx64
        "), so what is mapped through %s is missing.",
        report->unreadable, plural(report->unreadable, "table could", "tables could"),
        report->first_unreadable, plural(report->unreadable, "it", "them"));
}

static struct vmmap_error *note_invalid(const struct vmmap_paging_report *report,
                                        struct vmmap_map *map)
{
    if (report->invalid == 0)
        return NULL;
    return vmmap_map_add_note(
        map,
        "%" PRIu64 " page-table %s the rules of %s (the first at physical address 0x%" PRIx64
        "); the CPU faults on %s, so nothing is shown for %s.",
        report->invalid, plural(report->invalid, "entry breaks", "entries break"), report->mode,
        report->first_invalid, plural(report->invalid, "it", "them"),
        plural(report->invalid, "it", "them"));
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
    if (report->off)
        return vmmap_map_add_note(
            map, "Address translation is off (%s): virtual addresses are physical addresses.",
            report->mode);
    struct vmmap_error *error = NULL;
    size_t count = sizeof(report->problems) / sizeof(report->problems[0]);
    for (size_t i = 0; !error && i < count && report->problems[i]; i++)
        error = vmmap_map_add_note(map, "%s", report->problems[i]);
    if (!error)
        error = note_unreadable(report, map);
    if (!error)
        error = note_invalid(report, map);
    if (!error)
        error = note_self_references(report, map);
    if (!error)
        error = note_limit(report, map);
    return error;
}

bool vmmap_paging_report_is_complete(const struct vmmap_paging_report *report)
{
    return report->unreadable == 0 && !report->exhausted;
}
