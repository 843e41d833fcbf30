/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/qemu_monitor.h"

#include <string.h>

/* Consumes up to and with the first `text`. */
static bool scan_past(struct vmmap_scan *scan, const char *text)
{
    const char *found = scan->at < scan->end
                            ? memmem(scan->at, (size_t)(scan->end - scan->at), text, strlen(text))
                            : NULL;
    if (!found)
        return false;
    scan->at = found + strlen(text);
    return true;
}

void vmmap_qemu_mtree_init(struct vmmap_qemu_mtree *mtree, const char *text, size_t size)
{
    *mtree = (struct vmmap_qemu_mtree){.rest = vmmap_scan_over(text, size)};
}

/* "ram): pc.ram": the kinds are those of memory_region_type() (softmmu/memory.c). All
 * others are devices, or room for some: "i/o", "romd", which is read like a ROM, "container". */
static bool scan_kind(struct vmmap_scan *line, struct vmmap_qemu_range *ret)
{
    static const struct {
        const char *word;
        enum vmmap_qemu_range_kind kind;
        bool is_writable;
    } kinds[] = {
        {"ram)", VMMAP_QEMU_RANGE_RAM, true},
        {"nv-ram)", VMMAP_QEMU_RANGE_RAM, true},
        {"rom)", VMMAP_QEMU_RANGE_ROM, false},
        {"nv-rom)", VMMAP_QEMU_RANGE_ROM, false},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (vmmap_scan_text(line, kinds[i].word)) {
            ret->kind = kinds[i].kind;
            ret->is_writable = kinds[i].is_writable;
            return vmmap_scan_text(line, ": ");
        }
    }
    ret->kind = VMMAP_QEMU_RANGE_DEVICE;
    ret->is_writable = false;
    return scan_past(line, "): ");
}

/* "pc.bios @0000000000020000 KVM": a name may be anything; the last " @" with digits after it is
 * the offset, if nothing but words of QEMU's follows. */
static void split_name(struct vmmap_scan line, struct vmmap_qemu_range *ret)
{
    ret->name = line.at;
    ret->name_size = (size_t)(line.end - line.at);
    ret->offset = 0;
    for (struct vmmap_scan rest = line; scan_past(&rest, " @");) {
        const char *at = rest.at - strlen(" @");
        uint64_t offset;
        if (!vmmap_scan_hex(&rest, &offset))
            continue;
        ret->offset = offset;
        ret->name_size = (size_t)(at - ret->name);
    }
}

/* "  0000000000000000-00000000000bffff (prio 0, ram): pc.ram" */
static bool scan_range(struct vmmap_scan line, struct vmmap_qemu_range *ret)
{
    uint64_t priority;
    vmmap_scan_skip_blanks(&line);
    if (!vmmap_scan_hex(&line, &ret->start) || !vmmap_scan_char(&line, '-') ||
        !vmmap_scan_hex(&line, &ret->last) || ret->start > ret->last ||
        !vmmap_scan_text(&line, " (prio "))
        return false;
    (void)vmmap_scan_char(&line, '-');
    if (!vmmap_scan_decimal(&line, &priority) || !vmmap_scan_text(&line, ", ") ||
        !scan_kind(&line, ret))
        return false;
    while (line.end > line.at && (line.end[-1] == '\r' || line.end[-1] == '\n'))
        line.end--;
    split_name(line, ret);
    return true;
}

bool vmmap_qemu_mtree_next_range(struct vmmap_qemu_mtree *mtree, struct vmmap_qemu_range *ret)
{
    struct vmmap_scan line;
    while (vmmap_scan_line(&mtree->rest, &line)) {
        struct vmmap_scan head = line;
        vmmap_scan_skip_blanks(&head);
        if (vmmap_scan_text(&head, "FlatView #")) {
            mtree->in_cpu_view = false;
            mtree->in_normal_view = false;
        } else if (vmmap_scan_text(&head, "AS \"cpu-memory-")) {
            mtree->views += mtree->in_normal_view ? 0 : 1;
            mtree->in_normal_view = true;
            mtree->in_cpu_view = true;
        } else if (vmmap_scan_text(&head, "AS \"cpu-secure-memory-")) {
            mtree->in_cpu_view = true;
        } else if (mtree->in_cpu_view && scan_range(line, ret)) {
            return true;
        }
    }
    return false;
}

bool vmmap_qemu_mtree_next(struct vmmap_qemu_mtree *mtree, struct vmmap_qemu_ram *ret)
{
    struct vmmap_qemu_range range;
    while (vmmap_qemu_mtree_next_range(mtree, &range)) {
        if (range.kind != VMMAP_QEMU_RANGE_DEVICE) {
            *ret = (struct vmmap_qemu_ram){range.start, range.last};
            return true;
        }
    }
    return false;
}

static enum vmmap_qemu_hva scan_hva(struct vmmap_scan answer, uint64_t *ret)
{
    /* The name in parentheses may be anything: the last " is 0x" is the one. */
    if (vmmap_scan_text(&answer, "Host virtual address for ")) {
        bool found = false;
        while (scan_past(&answer, " is 0x"))
            found = vmmap_scan_hex(&answer, ret);
        return found ? VMMAP_QEMU_HVA_RAM : VMMAP_QEMU_HVA_UNKNOWN;
    }
    if (vmmap_scan_text(&answer, "No memory is mapped at address ") ||
        (vmmap_scan_text(&answer, "Memory at address ") && scan_past(&answer, " is not RAM")))
        return VMMAP_QEMU_HVA_NOT_RAM;
    return VMMAP_QEMU_HVA_UNKNOWN;
}

/* Among other lines, which are GDB's own with `set debug remote 1`. */
enum vmmap_qemu_hva vmmap_qemu_hva_parse(const char *text, size_t size, uint64_t *ret)
{
    struct vmmap_scan rest = vmmap_scan_over(text, size), line;
    enum vmmap_qemu_hva answer = VMMAP_QEMU_HVA_UNKNOWN;
    while (answer == VMMAP_QEMU_HVA_UNKNOWN && vmmap_scan_line(&rest, &line))
        answer = scan_hva(line, ret);
    return answer;
}

/* "0000000000001000: 0x0000000000000000 0x0000000000000001" */
static size_t scan_values(struct vmmap_scan line, uint64_t physical, uint64_t *ret, size_t limit)
{
    uint64_t address;
    size_t count = 0;
    if (!vmmap_scan_hex(&line, &address) || address != physical || !vmmap_scan_char(&line, ':'))
        return 0;
    while (count < limit) {
        vmmap_scan_skip_blanks(&line);
        if (!vmmap_scan_text(&line, "0x") || !vmmap_scan_hex(&line, &ret[count]))
            break;
        count++;
    }
    return count;
}

size_t vmmap_qemu_xp_parse(const char *text, size_t size, uint64_t physical, uint64_t *ret,
                           size_t limit)
{
    struct vmmap_scan rest = vmmap_scan_over(text, size), line;
    size_t count = 0;
    while (count < limit && vmmap_scan_line(&rest, &line)) {
        size_t more =
            scan_values(line, physical + count * sizeof(uint64_t), ret + count, limit - count);
        if (more == 0 && count > 0)
            break;
        count += more;
    }
    return count;
}

void vmmap_qemu_mem_init(struct vmmap_qemu_mem *mem, const char *text, size_t size)
{
    struct vmmap_scan scan = vmmap_scan_over(text, size);
    struct vmmap_scan head = scan;
    *mem = (struct vmmap_qemu_mem){
        .rest = scan,
        .off = vmmap_scan_text(&head, "PG disabled") || vmmap_scan_text(&head, "No translation"),
    };
}

/* Each of the letters, or a `-` in its place; bit i of the result is the i-th letter. */
static bool scan_letters(struct vmmap_scan *line, const char *letters, uint8_t *ret)
{
    *ret = 0;
    for (size_t i = 0; letters[i]; i++) {
        if (vmmap_scan_char(line, letters[i]))
            *ret |= (uint8_t)(1u << i);
        else if (!vmmap_scan_char(line, '-'))
            return false;
    }
    return true;
}

/* `start` and `size` of a range; false where there is none. */
static bool set_range(struct vmmap_qemu_mem_entry *entry, uint64_t size)
{
    if (size == 0 || size - 1 > UINT64_MAX - entry->start)
        return false;
    entry->last = entry->start + (size - 1);
    return true;
}

/* QEMU prints an end as if it were an address of the range (addr_canonical() of
 * target/i386/monitor.c): after the last of the lower half comes the first of the upper one, and
 * after that, where the walk of its tables ended, 2^48 or 2^57, or 0. */
static bool is_end(const struct vmmap_qemu_mem_entry *entry, uint64_t end)
{
    const uint64_t bit48 = (uint64_t)1 << 48, bit57 = (uint64_t)1 << 57;
    if (entry->last == UINT64_MAX)
        return end == 0 || end == bit48 || end == bit57;
    return end == entry->last + 1 || (entry->last + 1 == bit48 / 2 && end == -(bit48 / 2)) ||
           (entry->last + 1 == bit57 / 2 && end == -(bit57 / 2));
}

/* "0000000000400000-0000000000600000 0000000000200000 urw": target/i386/monitor.c, mem_print(). */
static bool scan_x86(struct vmmap_scan line, struct vmmap_qemu_mem_entry *ret)
{
    uint64_t end, size;
    uint8_t letters;
    if (!vmmap_scan_hex(&line, &ret->start) || !vmmap_scan_char(&line, '-') ||
        !vmmap_scan_hex(&line, &end) || !vmmap_scan_char(&line, ' ') ||
        !vmmap_scan_hex(&line, &size) || !vmmap_scan_char(&line, ' ') || !set_range(ret, size) ||
        !is_end(ret, end) || !scan_letters(&line, "urw", &letters))
        return false;
    ret->user = letters & 1;
    ret->access = (uint8_t)(letters >> 1);
    return true;
}

/* "0000000080000000 0000000080000000 0000000000200000 rwx-a-d": target/riscv/monitor.c,
 * print_pte(). */
static bool scan_riscv(struct vmmap_scan line, struct vmmap_qemu_mem_entry *ret)
{
    uint64_t size;
    uint8_t letters;
    if (!vmmap_scan_hex(&line, &ret->start) || !vmmap_scan_char(&line, ' ') ||
        !vmmap_scan_hex(&line, &ret->physical) || !vmmap_scan_char(&line, ' ') ||
        !vmmap_scan_hex(&line, &size) || !vmmap_scan_char(&line, ' ') || !set_range(ret, size) ||
        !scan_letters(&line, "rwxugad", &letters))
        return false;
    ret->access = letters & VMMAP_PERM_ACCESS;
    ret->user = letters & (1u << 3);
    ret->has_exec = true;
    ret->has_physical = true;
    return true;
}

bool vmmap_qemu_mem_next(struct vmmap_qemu_mem *mem, struct vmmap_qemu_mem_entry *ret)
{
    struct vmmap_scan line;
    while (vmmap_scan_line(&mem->rest, &line)) {
        *ret = (struct vmmap_qemu_mem_entry){.start = 0};
        if (scan_x86(line, ret))
            return true;
        *ret = (struct vmmap_qemu_mem_entry){.start = 0};
        if (scan_riscv(line, ret))
            return true;
    }
    return false;
}

bool vmmap_qemu_cpus_parse(const char *text, size_t size, uint64_t *ret)
{
    struct vmmap_scan rest = vmmap_scan_over(text, size), line;
    while (vmmap_scan_line(&rest, &line)) {
        if (vmmap_scan_text(&line, "* CPU #"))
            return vmmap_scan_decimal(&line, ret);
    }
    return false;
}

/* "=f000 ffff0000 0000ffff 00009b00", behind the name: selector and base. */
static bool scan_base(struct vmmap_scan line, uint64_t *ret)
{
    uint64_t selector;
    return vmmap_scan_char(&line, '=') && vmmap_scan_hex(&line, &selector) &&
           vmmap_scan_char(&line, ' ') && vmmap_scan_hex(&line, ret);
}

static bool scan_flag(struct vmmap_scan line, const char *name, uint64_t max, uint64_t *ret)
{
    return scan_past(&line, name) && vmmap_scan_decimal(&line, ret) && *ret <= max;
}

/* x86_cpu_dump_state() and cpu_x86_dump_seg_cache(), target/i386/cpu-dump.c. */
bool vmmap_qemu_x86_state_parse(const char *text, size_t size, struct vmmap_qemu_x86_state *ret)
{
    enum { MAX_LEVEL = 3 };
    struct vmmap_scan rest = vmmap_scan_over(text, size), line;
    bool has_code = false, has_stack = false, has_flags = false;
    while (vmmap_scan_line(&rest, &line)) {
        uint64_t smm;
        if (vmmap_scan_text(&line, "CS ")) {
            has_code = scan_base(line, &ret->code_base);
        } else if (vmmap_scan_text(&line, "SS ")) {
            has_stack = scan_base(line, &ret->stack_base);
        } else if (scan_flag(line, " SMM=", 1, &smm)) {
            has_flags = scan_flag(line, " CPL=", MAX_LEVEL, &ret->level);
            ret->smm = smm != 0;
        }
    }
    return has_code && has_stack && has_flags;
}

bool vmmap_qemu_riscv_virtual_parse(const char *text, size_t size, uint64_t *cpu, bool *ret)
{
    struct vmmap_scan rest = vmmap_scan_over(text, size), line;
    bool has_cpu = false, has_virtual = false;
    while (!(has_cpu && has_virtual) && vmmap_scan_line(&rest, &line)) {
        uint64_t value;
        vmmap_scan_skip_blanks(&line);
        if (vmmap_scan_text(&line, "CPU#")) {
            has_cpu = vmmap_scan_decimal(&line, cpu);
        } else if (vmmap_scan_text(&line, "V ")) {
            vmmap_scan_skip_blanks(&line);
            (void)vmmap_scan_char(&line, '='); /* QEMU 11.1 has none */
            vmmap_scan_skip_blanks(&line);
            has_virtual = vmmap_scan_decimal(&line, &value) && value <= 1;
            *ret = has_virtual && value == 1;
        }
    }
    return has_cpu && has_virtual;
}
