/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The map of a qemu-user guest, derived from the mappings of the QEMU process of this machine
 * (written for QEMU 7.2; see docs/qemu-user.md for what was measured).
 *
 * QEMU maps guest memory at guest_base plus the guest's address, so its own /proc/PID/maps has the
 * guest's rows among QEMU's own. Which are which, and what the guest may do with them:
 *
 *   - What the stub lets the debugger read is the guest's: QEMU keeps flags for each guest page.
 *   - With -R, and for 32-bit guests, QEMU reserves the guest's whole address space as one run of
 *     mappings without access (linux-user/elfload.c, pgb_reserved_va()), made with MAP_NORESERVE,
 *     which shows in smaps. All else within the run is the guest's.
 *   - Elsewhere, what can not be read is the guest's if it lies between the guest's rows, or
 *     adjoins one, or is nearer to one than to any row of QEMU's: the guest's mappings grow up
 *     from an address of their own (TASK_UNMAPPED_BASE), QEMU's grow down from its stack.
 *   - QEMU gives host memory the guest's r and w, and r for x (linux-user/mmap.c,
 *     validate_prot_to_pageflags()). A guest page that is writable and has been executed loses w
 *     and gets x (accel/tcg/translate-all.c, page_protect()): host x means guest rwx.
 *   - So x is known where a host row is not readable (off) or is readable but not for the debugger
 *     (on); for files it is taken from the program headers, unless w shows that the guest changed
 *     the protection; for other memory it is not known.
 */

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/smaps.h"
#include "host/proc_file.h"
#include "providers/process/loaded.h"
#include "providers/qemu_process.h"
#include "providers/qemu_user/qemu_user.h"
#include "providers/remote.h"

enum {
    PAGE = 0x1000, /* of the host; a row is a multiple of it */
    MAX_STEPPED_PAGES = 64,
    ARENA_SLACK = 1 << 20, /* the first pages, below vm.mmap_min_addr, can not be reserved */
};

enum row_state { ROW_FOREIGN, ROW_UNSURE, ROW_GUEST };

struct row {
    struct vmmap_region region; /* in guest addresses, with QEMU's permissions */
    enum row_state state;
    bool is_readable; /* for the debugger */
    bool is_noreserve;
    bool may_be_guest; /* else the stub is not even asked about its address */
};

/* A part of an image in the guest's memory, which says whether it is code. */
struct part {
    struct vmmap_loaded_elf_segment segment;
    uint64_t relro_start;
    uint64_t relro_last;
};

struct span {
    uint64_t start;
    uint64_t last;
};

struct guest {
    const struct vmmap_target *target;
    struct vmmap_auxv auxv;
    struct vmmap_qemu_process process;
    uint64_t last; /* the top of the guest's address space */
    struct row *rows;
    size_t row_count;
    struct part *parts; /* ascending */
    size_t part_count;
    struct span *images; /* from first to last byte, with the holes between segments */
    size_t image_count;
    struct span arena;    /* what QEMU has reserved; start > last when it has not */
    uint64_t program_end; /* the byte after the program itself; 0 when not known */
    size_t packet_count;
};

static struct vmmap_error *test_address(struct guest *guest, uint64_t address, bool *ret)
{
    char byte;
    size_t done;
    const struct vmmap_target *target = guest->target;
    guest->packet_count++;
    struct vmmap_error *error = target->read_memory(target->context, address, &byte, 1, &done);
    *ret = !error && done == 1;
    return error;
}

static bool row_has(const struct row *row, uint8_t perm)
{
    return row->region.perms.set & perm;
}

/* QEMU's rows that lie in the guest's address space, if it were theirs. */
static struct vmmap_error *list_rows(struct guest *guest)
{
    const struct vmmap_map *mappings = guest->process.host.mappings;
    const uint64_t base = guest->process.guest_base;
    guest->rows = calloc(mappings->count ? mappings->count : 1, sizeof(*guest->rows));
    if (!guest->rows)
        return &vmmap_error_no_memory;
    for (size_t i = 0; i < mappings->count; i++) {
        struct vmmap_region region = mappings->regions[i];
        if (region.start < base || region.start - base > guest->last)
            continue;
        region.start -= base;
        region.last -= base;
        if (region.last > guest->last)
            region.last = guest->last;
        guest->rows[guest->row_count++] = (struct row){
            .region = region,
            .may_be_guest = vmmap_qemu_process_may_be_guest(&guest->process, i),
        };
    }
    return NULL;
}

/* What is a file's or writable and not for the debugger is QEMU's own. QEMU never makes memory of
 * its own `-w-` or `--x`. */
static enum row_state judge_row(const struct row *row)
{
    const uint8_t access = row->region.perms.set & VMMAP_PERM_ACCESS;
    if (!row->may_be_guest)
        return ROW_FOREIGN;
    if (row->is_readable || access == VMMAP_PERM_WRITE || access == VMMAP_PERM_EXEC)
        return ROW_GUEST;
    if ((access & VMMAP_PERM_READ) && (row->region.name || (access & ~VMMAP_PERM_READ)))
        return ROW_FOREIGN;
    /* pgb_reserved_va() and its like try out mappings from the guest's address 0 on. */
    return row->region.start == 0 ? ROW_FOREIGN : ROW_UNSURE;
}

/* QEMU's buffer of translated code is writable and executable; of the guest's memory nothing is. */
static bool is_code_buffer(const struct row *row)
{
    return row_has(row, VMMAP_PERM_WRITE) && row_has(row, VMMAP_PERM_EXEC);
}

/* Asks the stub about each row that QEMU itself can read. */
static struct vmmap_error *ask_about_rows(struct guest *guest)
{
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < guest->row_count && !error; i++) {
        struct row *row = &guest->rows[i];
        row->may_be_guest = row->may_be_guest && !is_code_buffer(row);
        if (row->may_be_guest && row_has(row, VMMAP_PERM_READ | VMMAP_PERM_EXEC))
            error = test_address(guest, row->region.start, &row->is_readable);
        row->state = judge_row(row);
        if (!error)
            error = vmmap_target_poll(guest->target);
    }
    return error;
}

/* The index of the row that holds an address, or row_count. */
static size_t find_row(const struct guest *guest, uint64_t address)
{
    size_t low = 0, high = guest->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (guest->rows[middle].region.last < address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < guest->row_count && guest->rows[low].region.start <= address)
        return low;
    return guest->row_count;
}

/* Whether a file is mapped where the headers in memory say that its segments are: the dynamic
 * linker's list and the headers are the guest's, and it may have written anything there. */
static bool image_fits(const struct guest *guest, const struct vmmap_loaded_elf *image)
{
    const char *name = NULL;
    for (size_t i = 0; i < image->count; i++) {
        const struct vmmap_loaded_elf_segment *segment = &image->segments[i];
        if (segment->anonymous == segment->start)
            continue;
        size_t index = find_row(guest, segment->start);
        if (index == guest->row_count)
            return false;
        const struct vmmap_region *region = &guest->rows[index].region;
        name = name ? name : region->name; /* equal names are the same string in a map */
        if (!region->name || region->name != name ||
            region->offset + (segment->start - region->start) != segment->offset)
            return false;
    }
    return true;
}

static size_t read_process(void *context, uint64_t address, void *ret, size_t size)
{
    const struct vmmap_qemu_process *process = context;
    return vmmap_process_memory_read(&process->host.memory, process->guest_base + address, ret,
                                     size);
}

static int compare_parts(const void *left, const void *right)
{
    const struct part *a = left, *b = right;
    return (a->segment.start > b->segment.start) - (a->segment.start < b->segment.start);
}

static struct vmmap_error *keep_image(struct guest *guest, const struct vmmap_loaded_elf *image)
{
    struct part *parts =
        reallocarray(guest->parts, guest->part_count + image->count, sizeof(*parts));
    if (!parts)
        return &vmmap_error_no_memory;
    guest->parts = parts;
    struct span *images = reallocarray(guest->images, guest->image_count + 1, sizeof(*images));
    if (!images)
        return &vmmap_error_no_memory;
    guest->images = images;
    for (size_t i = 0; i < image->count; i++)
        parts[guest->part_count++] =
            (struct part){image->segments[i], image->relro_start, image->relro_last};
    images[guest->image_count++] =
        (struct span){image->segments[0].start, vmmap_loaded_elf_last(image)};
    return NULL;
}

/* The files that the guest has loaded, read from QEMU's memory, which costs no packet. A file that
 * the guest has merely mapped is not among them: of it x is not known. */
static struct vmmap_error *list_images(struct guest *guest)
{
    const struct vmmap_reader reader = {&guest->process, guest->last, read_process};
    struct vmmap_loaded loaded;
    struct vmmap_error *error = vmmap_loaded_init(&reader, &guest->auxv, PAGE, &loaded);
    for (size_t i = 0; i < loaded.count && !error; i++) {
        const struct vmmap_loaded_elf *image = &loaded.files[i].image;
        if (!image_fits(guest, image))
            continue;
        if (i == loaded.program)
            guest->program_end = vmmap_loaded_elf_last(image) + 1;
        error = keep_image(guest, image);
    }
    vmmap_loaded_deinit(&loaded);
    if (guest->part_count > 0)
        qsort(guest->parts, guest->part_count, sizeof(*guest->parts), compare_parts);
    return error;
}

/* The run of adjoining rows around the random bytes is QEMU's reservation if it begins where the
 * guest's address space does; it ends with the last row that is still reserved. */
static void find_arena(struct guest *guest)
{
    uint64_t address = 0;
    guest->arena = (struct span){1, 0};
    (void)vmmap_auxv_get(&guest->auxv, AT_RANDOM, &address);
    size_t first = find_row(guest, address), end = first;
    if (first == guest->row_count)
        return;
    while (first > 0 &&
           vmmap_region_adjoins(&guest->rows[first - 1].region, &guest->rows[first].region))
        first--;
    if (guest->rows[first].region.start > ARENA_SLACK)
        return;
    for (; end < guest->row_count; end++) {
        if (end > first &&
            !vmmap_region_adjoins(&guest->rows[end - 1].region, &guest->rows[end].region))
            break;
    }
    while (end > first && !vmmap_region_is_guard(&guest->rows[end - 1].region))
        end--;
    if (end > first)
        guest->arena =
            (struct span){guest->rows[first].region.start, guest->rows[end - 1].region.last};
}

/* Which rows were mapped with MAP_NORESERVE. */
static struct vmmap_error *read_reservations(struct guest *guest)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_error *error =
        vmmap_proc_file_read(guest->target, guest->process.host.pid, "smaps", &text);
    struct vmmap_scan rest = vmmap_scan_over(text.data, text.size);
    struct vmmap_smaps_entry entry;
    while (!error && vmmap_smaps_next(&rest, &entry)) {
        uint64_t start = entry.mapping.start - guest->process.guest_base;
        size_t index = find_row(guest, start);
        if (index < guest->row_count && guest->rows[index].region.start == start)
            guest->rows[index].is_noreserve = entry.is_noreserve;
    }
    vmmap_buffer_deinit(&text);
    return error;
}

static bool in_image(const struct guest *guest, const struct vmmap_region *region)
{
    for (size_t i = 0; i < guest->image_count; i++) {
        if (region->start >= guest->images[i].start && region->last <= guest->images[i].last)
            return true;
    }
    return false;
}

static bool in_arena(const struct guest *guest, const struct row *row)
{
    return row->region.start >= guest->arena.start && row->region.last <= guest->arena.last;
}

/* Where QEMU has reserved the address space, all that is not reserved any more is the guest's. */
static void decide_in_arena(struct guest *guest)
{
    for (size_t i = 0; i < guest->row_count; i++) {
        struct row *row = &guest->rows[i];
        if (!in_arena(guest, row))
            continue;
        bool is_reserved = vmmap_region_is_guard(&row->region) && row->is_noreserve;
        row->state = is_reserved && !in_image(guest, &row->region) ? ROW_FOREIGN : ROW_GUEST;
    }
}

/* How far it is from the end of one row to the beginning of the next; 0 for those that adjoin. */
static uint64_t distance(const struct row *below, const struct row *above)
{
    return above->region.start - below->region.last - 1;
}

/* Decides on the rows [first, end), none of which can be read. Both neighbours of the run have been
 * decided on; the run may be at either end of the list. */
static void decide_run(struct guest *guest, size_t first, size_t end)
{
    const struct row *below = first > 0 ? &guest->rows[first - 1] : NULL;
    const struct row *above = end < guest->row_count ? &guest->rows[end] : NULL;
    const bool is_below = below && below->state == ROW_GUEST;
    const bool is_above = above && above->state == ROW_GUEST;
    for (size_t i = first; i < end; i++) {
        struct row *row = &guest->rows[i];
        bool is_guest = is_below && is_above;
        if (is_below != is_above && below && above)
            is_guest = is_below == (distance(below, row) < distance(row, above));
        else if (is_below != is_above)
            is_guest = true;
        row->state = is_guest ? ROW_GUEST : ROW_FOREIGN;
    }
}

static void decide_unsure(struct guest *guest)
{
    size_t end;
    for (size_t first = 0; first < guest->row_count; first = end + 1) {
        for (end = first; end < guest->row_count && guest->rows[end].state == ROW_UNSURE;)
            end++;
        if (end > first)
            decide_run(guest, first, end);
    }
}

/* Whether the host's w is what the loader gave this part, RELRO included. */
static bool is_as_loaded(const struct part *part, const struct vmmap_region *region)
{
    bool loaded = part->segment.perms & VMMAP_PERM_WRITE;
    bool writable = region->perms.set & VMMAP_PERM_WRITE;
    bool relro = region->start >= part->relro_start && region->last <= part->relro_last;
    return writable == loaded || (loaded && relro);
}

/* `region` has QEMU's permissions, and all of it is in `part` if that is not NULL. */
static struct vmmap_perms guest_perms(const struct vmmap_region *region, bool is_readable,
                                      const struct part *part)
{
    const uint8_t host = region->perms.set;
    struct vmmap_perms perms = {host & (VMMAP_PERM_WRITE | VMMAP_PERM_SHARED), VMMAP_PERM_ALL};
    if (is_readable)
        perms.set |= VMMAP_PERM_READ;
    if (host & VMMAP_PERM_EXEC)
        perms.set |= VMMAP_PERM_WRITE | VMMAP_PERM_EXEC;
    else if ((host & VMMAP_PERM_READ) && !is_readable)
        perms.set |= VMMAP_PERM_EXEC;
    else if ((host & VMMAP_PERM_READ) && part && is_as_loaded(part, region))
        perms.set |= (uint8_t)(part->segment.perms & VMMAP_PERM_EXEC);
    else if (host & VMMAP_PERM_READ)
        perms.known &= (uint8_t)~VMMAP_PERM_EXEC;
    return perms;
}

/* Names that are certain; a file's name is there already. */
static const char *certain_name(const struct guest *guest, const struct vmmap_region *region)
{
    uint64_t address;
    if (region->name)
        return region->name;
    if (vmmap_auxv_get(&guest->auxv, AT_RANDOM, &address) && vmmap_region_contains(region, address))
        return "[stack]";
    if (vmmap_auxv_get(&guest->auxv, AT_SYSINFO_EHDR, &address) &&
        vmmap_region_contains(region, address))
        return "[vdso]";
    /* Where the program ends its break begins. */
    if (region->start == guest->program_end && (region->perms.set & VMMAP_PERM_WRITE) &&
        !(region->perms.set & VMMAP_PERM_SHARED))
        return "[heap]";
    return NULL;
}

static bool is_continued(const struct vmmap_region *before, const struct vmmap_region *region)
{
    const uint64_t distance = region->start - before->start;
    return vmmap_region_adjoins(before, region) && before->perms.set == region->perms.set &&
           before->perms.known == region->perms.known && !before->name == !region->name &&
           (!region->name || region->offset == before->offset + distance);
}

/* Adds a piece of a row; `is_first` when it is the row's first one. */
static struct vmmap_error *add_piece(const struct guest *guest, const struct row *row,
                                     struct vmmap_region piece, const struct part *part,
                                     bool is_first, struct vmmap_map *map)
{
    piece.perms = guest_perms(&piece, row->is_readable, part);
    piece.name = certain_name(guest, &piece);
    struct vmmap_region *before = is_first ? NULL : &map->regions[map->count - 1];
    if (before && is_continued(before, &piece)) {
        before->last = piece.last;
        return NULL;
    }
    return vmmap_map_add(map, &piece);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The last byte, up to `last`, for which the same part says the same as for `start`; `*at` is the
 * index of the first part that may hold `start`. */
static uint64_t piece_end(const struct guest *guest, size_t *at, uint64_t start, uint64_t last,
                          const struct part **ret)
{
    *ret = NULL;
    while (*at < guest->part_count && guest->parts[*at].segment.last < start)
        ++*at;
    if (*at == guest->part_count)
        return last;
    const struct part *part = &guest->parts[*at];
    if (part->segment.start > start)
        return smaller(part->segment.start - 1, last);
    *ret = part;
    if (part->relro_start > start)
        last = smaller(part->relro_start - 1, last);
    else if (part->relro_last >= start)
        last = smaller(part->relro_last, last);
    return smaller(part->segment.last, last);
}

/* Cuts a row where the guest's images say so: QEMU's rows join what differs in x only. */
static struct vmmap_error *add_row(const struct guest *guest, const struct row *row, size_t *at,
                                   struct vmmap_map *map)
{
    uint64_t start = row->region.start, last;
    do {
        const struct part *part;
        last = piece_end(guest, at, start, row->region.last, &part);
        struct vmmap_region piece = row->region;
        piece.start = start;
        piece.last = last;
        if (piece.name)
            piece.offset += start - row->region.start;
        struct vmmap_error *error =
            add_piece(guest, row, piece, part, start == row->region.start, map);
        if (error)
            return error;
        start = last + 1;
    } while (last < row->region.last);
    return NULL;
}

/* Rows that QEMU has joined although the guest can read one and only execute the other (r-- and
 * --x) are asked about page by page, if they are small; that is rare. */
static bool may_be_joined(const struct row *row)
{
    return !row->region.name && row_has(row, VMMAP_PERM_READ) && !row_has(row, VMMAP_PERM_WRITE) &&
           vmmap_region_extent(&row->region) < MAX_STEPPED_PAGES * PAGE;
}

static struct vmmap_error *add_stepwise(struct guest *guest, const struct row *row, size_t *at,
                                        struct vmmap_map *map)
{
    struct row run = *row;
    for (uint64_t page = row->region.start + PAGE; page < row->region.last; page += PAGE) {
        bool is_readable;
        struct vmmap_error *error = test_address(guest, page, &is_readable);
        if (!error && is_readable != run.is_readable) {
            run.region.last = page - 1;
            error = add_row(guest, &run, at, map);
            run.region.start = page;
            run.region.last = row->region.last;
            run.is_readable = is_readable;
        }
        if (error)
            return error;
    }
    return add_row(guest, &run, at, map);
}

static struct vmmap_error *add_rows(struct guest *guest, struct vmmap_map *map)
{
    size_t at = 0;
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < guest->row_count && !error; i++) {
        const struct row *row = &guest->rows[i];
        if (row->state != ROW_GUEST)
            continue;
        error =
            may_be_joined(row) ? add_stepwise(guest, row, &at, map) : add_row(guest, row, &at, map);
    }
    return error;
}

static struct vmmap_error *derive_rows(struct guest *guest, struct vmmap_map *map)
{
    struct vmmap_error *error = list_rows(guest);
    if (!error)
        error = ask_about_rows(guest);
    if (!error)
        error = list_images(guest);
    if (error)
        return error;
    find_arena(guest);
    if (guest->arena.start < guest->arena.last)
        error = read_reservations(guest);
    if (error)
        return error;
    decide_in_arena(guest);
    decide_unsure(guest);
    return add_rows(guest, map);
}

static struct vmmap_error *add_notes(const struct guest *guest, struct vmmap_map *map)
{
    struct vmmap_error *error = vmmap_map_add_note(
        map,
        "These rows were derived from the mappings of QEMU itself, process %" PRIu64
        " of this machine, with the guest at 0x%" PRIx64 " in it (%zu packets).",
        guest->process.host.pid, guest->process.guest_base,
        guest->packet_count + guest->process.packet_count);
    if (!error)
        error = vmmap_stub_process_note(&guest->process.host, map);
    if (error)
        return error;
    return vmmap_map_add_note(map, "QEMU's mappings do not show x: it is taken from the program "
                                   "headers of the mapped files, as they were loaded, and not "
                                   "known for other memory.");
}

static void deinit(struct guest *guest)
{
    vmmap_qemu_process_deinit(&guest->process);
    free(guest->rows);
    free(guest->parts);
    free(guest->images);
}

static struct vmmap_error *fill(struct guest *guest, const struct vmmap_target_info *info,
                                struct vmmap_map *map)
{
    struct vmmap_error *error = vmmap_remote_auxv(guest->target, &guest->auxv);
    if (error)
        return error;
    uint64_t entry_size = 0;
    (void)vmmap_auxv_get(&guest->auxv, AT_PHENT, &entry_size);
    guest->last = entry_size == sizeof(Elf32_Phdr) ? UINT32_MAX : INT64_MAX;
    error = vmmap_qemu_process_find(guest->target, info, &guest->auxv, &guest->process);
    if (!error)
        error = derive_rows(guest, map);
    if (error)
        return error;
    vmmap_map_finish(map, NULL);
    map->provider = "qemu-host";
    map->exact = false;
    return add_notes(guest, map);
}

struct vmmap_error *vmmap_qemu_host_fill(const struct vmmap_target *target,
                                         const struct vmmap_target_info *info,
                                         struct vmmap_map *map)
{
    if (!target->read_memory)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED, "The target's memory can not be read.");
    struct guest guest = {.target = target, .process = {.host = VMMAP_STUB_PROCESS_INIT}};
    struct vmmap_error *error = fill(&guest, info, map);
    deinit(&guest);
    if (error)
        map->count = 0; /* rows that were added before it failed */
    return error;
}
