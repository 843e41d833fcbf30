/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/core/core_report.h"

#include <inttypes.h>
#include <string.h>

#include "providers/core/core_image.h"
#include "providers/maps_text.h"

/* The build-id of the program that crashed, from its headers, which AT_PHDR points to. */
static struct vmmap_error *append_crashed_id(struct vmmap_core *core, const struct vmmap_map *map,
                                             struct vmmap_buffer *ret)
{
    uint64_t address;
    if (!vmmap_core_find_auxv(&core->elf, &core->window, &core->auxv, VMMAP_AUXV_PHDR, &address))
        return NULL;
    size_t index = vmmap_map_find(map, address);
    struct vmmap_core_image image;
    if (index != VMMAP_NO_REGION && vmmap_core_image_init(&image, core, &map->regions[index]))
        vmmap_elf_append_build_id(&image.elf, &image.window, ret);
    return vmmap_buffer_status(ret);
}

static bool differ(const struct vmmap_buffer *crashed, const struct vmmap_buffer *loaded)
{
    return crashed->size > 0 && loaded->size > 0 &&
           (crashed->size != loaded->size ||
            memcmp(crashed->data, loaded->data, loaded->size) != 0);
}

static struct vmmap_error *note_ids(struct vmmap_map *map, const struct vmmap_buffer *crashed,
                                    const struct vmmap_buffer *loaded)
{
    return vmmap_map_add_note(map,
                              "The executable in GDB (build-id %.*s) is not the one that crashed "
                              "(%.*s): symbols, and what GDB shows of memory that was not saved, "
                              "may be wrong; this map is made from the core alone.",
                              (int)loaded->size, loaded->data, (int)crashed->size, crashed->data);
}

static struct vmmap_error *note_other_build(const struct vmmap_target *target,
                                            struct vmmap_core *core,
                                            struct vmmap_core_findings *findings,
                                            struct vmmap_map *map)
{
    if (!target->executable_id)
        return NULL;
    struct vmmap_buffer crashed = VMMAP_BUFFER_INIT, loaded = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = append_crashed_id(core, map, &crashed);
    if (!error && crashed.size > 0)
        error = vmmap_map_note_error(map, target->executable_id(target->context, &loaded));
    findings->is_other_build = !error && differ(&crashed, &loaded);
    if (findings->is_other_build)
        error = note_ids(map, &crashed, &loaded);
    vmmap_buffer_deinit(&crashed);
    vmmap_buffer_deinit(&loaded);
    return error;
}

static struct vmmap_error *note_writer(const struct vmmap_core *core, struct vmmap_map *map)
{
    size_t index = 0;
    struct vmmap_error *error = NULL;
    if (core->writer == VMMAP_CORE_BY_GCORE && vmmap_map_next_ambiguous_name(map, &index))
        error = vmmap_map_add_note(map, "gcore copied the file names from /proc/PID/maps: where "
                                        "one contains \\012, that is a newline or these four "
                                        "characters.");
    if (!error && core->writer == VMMAP_CORE_BY_GCORE) {
        error = vmmap_map_add_note(
            map, "This core has a section table, so gcore wrote it, which marks every range as "
                 "readable: whether it was is not known. Ranges without any permission, and "
                 "memory that the kernel manages, can be missing.");
    }
    if (!error && core->writer == VMMAP_CORE_OF_MACHINE) {
        error = vmmap_map_add_note(
            map, "This is the dump of a kernel or a whole machine: its ranges are memory that was "
                 "saved, and permissions are not in it.");
    }
    return error;
}

/* What is wrong with the file. */
static struct vmmap_error *note_faults(const struct vmmap_core *core,
                                       const struct vmmap_core_findings *findings,
                                       struct vmmap_map *map)
{
    struct vmmap_error *error = NULL;
    if (core->described_size > core->file.reader.size)
        error = vmmap_map_add_note(map,
                                   "The core file is truncated: it has 0x%" PRIx64
                                   " bytes of 0x%" PRIx64
                                   " (a full disk, or a limit: ulimit -c, ProcessSizeMax).",
                                   core->file.reader.size, core->described_size);
    if (!error && core->missing_count > 0)
        error = vmmap_map_add_note(map,
                                   "Of %" PRIu64 " program headers %" PRIu64
                                   " are not in the file: their ranges are missing.",
                                   core->elf.segment_count, core->missing_count);
    size_t faults = core->fault_count + findings->overlaps;
    if (!error && faults > 0)
        error = vmmap_map_add_note(
            map,
            "The core file is damaged: ranges that overlap others, or are larger "
            "than they can be, were cut (%zu).",
            faults);
    if (!error && core->has_broken_notes)
        error = vmmap_map_add_note(map, "The core file's notes are cut off or damaged: names and "
                                        "threads may be missing.");
    if (!error && findings->has_some && !findings->has_files)
        error = vmmap_map_add_note(map, "The core file's list of mapped files (NT_FILE) is cut "
                                        "off or damaged: file names may be missing.");
    if (!error && !findings->has_some && core->writer != VMMAP_CORE_OF_MACHINE)
        error = vmmap_map_add_note(map, "The core file does not list the mapped files (NT_FILE): "
                                        "which range belongs to which file is not known.");
    return error;
}

/* What was left out, in one sentence for all rows. */
static struct vmmap_error *note_not_saved(struct vmmap_map *map)
{
    size_t count = 0;
    uint64_t missing = 0;
    for (size_t i = 0; i < map->count; i++) {
        const struct vmmap_region *region = &map->regions[i];
        if (!vmmap_region_lacks_bytes(region))
            continue;
        count++;
        missing += vmmap_region_extent(region) + 1 - region->saved;
    }
    if (count == 0)
        return NULL;
    return vmmap_map_add_note(map,
                              "%zu page%s not saved, or not in full (0x%" PRIx64
                              " bytes): file contents, and what coredump_filter or MADV_DONTDUMP "
                              "leaves out (core(5)).",
                              count, count == 1 ? " was" : "s were", missing);
}

/* Whether every row and every bit is known; says what is not. */
static struct vmmap_error *judge(const struct vmmap_core *core,
                                 const struct vmmap_core_findings *findings, struct vmmap_map *map)
{
    bool is_sharing_known = true, is_access_known = true;
    for (size_t i = 0; i < map->count; i++) {
        uint8_t known = map->regions[i].perms.known;
        is_sharing_known = is_sharing_known && (known & VMMAP_PERM_SHARED);
        is_access_known = is_access_known && (known & VMMAP_PERM_ACCESS) == VMMAP_PERM_ACCESS;
    }
    map->exact = is_sharing_known && is_access_known && findings->has_files &&
                 core->fault_count + findings->overlaps == 0 && core->missing_count == 0 &&
                 core->described_size <= core->file.reader.size;
    if (is_sharing_known || core->writer == VMMAP_CORE_OF_MACHINE)
        return NULL;
    return vmmap_map_add_note(map, "A core does not tell whether a file's mapping is private or "
                                   "shared: the fourth letter is not known there.");
}

struct vmmap_error *vmmap_core_report(const struct vmmap_target *target, struct vmmap_core *core,
                                      struct vmmap_core_findings *findings, struct vmmap_map *map)
{
    struct vmmap_error *error = note_faults(core, findings, map);
    if (!error)
        error = note_writer(core, map);
    if (!error)
        error = note_other_build(target, core, findings, map);
    if (!error)
        error = note_not_saved(map);
    if (!error)
        error = judge(core, findings, map);
    return error;
}

struct vmmap_error *vmmap_core_report_read_error(const struct vmmap_core *core,
                                                 struct vmmap_map *map)
{
    if (!core->file.read_error)
        return NULL;
    map->exact = false;
    return vmmap_map_add_note(map, "Parts of the core file can not be read: %s.",
                              strerror(core->file.read_error));
}
