/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/kernel_names.h"

#include <inttypes.h>
#include <string.h>

#include "fault.h"
#include "kernel_support.h"
#include "providers/kept.h"

enum { FEW_READS = 60, IMAGE = 4 << 20, BANNER = IMAGE + 0x100, VARIABLES = IMAGE + 0x1000 };

#define TEXT       UINT64_C(0xffffffff81000000)
#define DIRECT_MAP UINT64_C(0xffff8992c0000000)

struct named_number {
    const char *name;
    uint64_t value;
};

/* A machine, what the debugger knows of it, and its map. */
struct fixture {
    struct kernel kernel;
    struct vmmap_machine machine;
    struct vmmap_target target;
    struct vmmap_kept kept;
    struct vmmap_target_info info;
    struct vmmap_map *map;
    struct named_number symbols[8]; /* up to one without a name */
    struct named_number registers[4];
    unsigned int calls; /* of the target */
    unsigned int fail_at;
    enum vmmap_error_code fail_code;
};

static struct vmmap_error *begin(struct fixture *fixture)
{
    if (++fixture->calls != fixture->fail_at)
        return NULL;
    return make_error(fixture->fail_code, "It failed.");
}

static const struct named_number *find(const struct named_number *numbers, const char *name)
{
    while (numbers->name && strcmp(numbers->name, name) != 0)
        numbers++;
    return numbers->name ? numbers : NULL;
}

static struct vmmap_error *symbol_address(void *context, const char *name, uint64_t *ret)
{
    struct fixture *fixture = context;
    struct vmmap_error *error = begin(fixture);
    const struct named_number *symbol = find(fixture->symbols, name);
    if (error)
        return error;
    *ret = UINT64_C(0xdead); /* whatever a failure leaves there */
    if (!symbol)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "No symbol %s.", name);
    *ret = symbol->value;
    return NULL;
}

static struct vmmap_error *read_register(void *context, const char *name, uint64_t *ret,
                                         bool *found)
{
    struct fixture *fixture = context;
    struct vmmap_error *error = begin(fixture);
    const struct named_number *number = find(fixture->registers, name);
    if (error)
        return error;
    *found = number != NULL;
    *ret = number ? number->value : UINT64_C(0xdead);
    return NULL;
}

static void connect_machine(struct fixture *fixture)
{
    fixture->target = (struct vmmap_target){
        .context = fixture, .symbol_address = symbol_address, .read_register = read_register};
    fixture->machine.config = fixture->kernel.config;
    fixture->machine.memory = fixture->kernel.memory;
    fixture->machine.peek = fixture->kernel.memory;
    fixture->machine.physical.via = VMMAP_PHYS_VIA_PROC_MEM;
    fixture->info = (struct vmmap_target_info){.kept = &fixture->kept};
}

/* As far as a kernel is before init_mem_mapping(). */
static void set_up_early(struct fixture *fixture)
{
    *fixture = (struct fixture){.calls = 0};
    struct kernel *kernel = &fixture->kernel;
    kernel_init(kernel, VMMAP_PAGING_X86, 4, 0);
    kernel_map(kernel, TEXT, IMAGE, KERNEL_BIG_PAGE, "r--");
    kernel_put_text(kernel, BANNER, "Linux version 6.1.0 (a@b)");
    put_64(&kernel->ram, VARIABLES, DIRECT_MAP);
    put_64(&kernel->ram, VARIABLES + 8, UINT64_C(0xffffce5700000000));
    put_64(&kernel->ram, VARIABLES + 16, UINT64_C(0xfffff3cf80000000));
    connect_machine(fixture);
}

static void set_up(struct fixture *fixture)
{
    set_up_early(fixture);
    kernel_map(&fixture->kernel, DIRECT_MAP, 0, KERNEL_RAM_SIZE, "rw-");
}

static void set_up_riscv(struct fixture *fixture)
{
    static const char text[] = "OSRELEASE=6.12\n"
                               "NUMBER(VMALLOC_START)=0xffff8992c0000000\n"
                               "NUMBER(VMALLOC_END)=0xffff8993c0000000\n";
    *fixture = (struct fixture){.registers = {{"stvec", TEXT + 0x4000}}};
    struct kernel *kernel = &fixture->kernel;
    kernel_init(kernel, VMMAP_PAGING_RISCV, 5, 0);
    kernel_map(kernel, TEXT, IMAGE, 0x10000, "r-x");
    kernel_map(kernel, TEXT + 0x10000, IMAGE + 0x10000, 0x10000, "rw-");
    kernel_map(kernel, DIRECT_MAP, 0, KERNEL_RAM_SIZE, "rw-");
    kernel_put_text(kernel, KERNEL_BIG_PAGE, text);
    put_64(&kernel->ram, IMAGE + 0x10000, DIRECT_MAP + KERNEL_BIG_PAGE);
    put_64(&kernel->ram, IMAGE + 0x10008, sizeof(text) - 1);
    put_64(&kernel->ram, IMAGE + 0x10010, DIRECT_MAP + KERNEL_BIG_PAGE + 0x1000);
    connect_machine(fixture);
}

static void tear_down(struct fixture *fixture)
{
    kernel_deinit(&fixture->kernel);
}

static void make_rows(struct fixture *fixture)
{
    static const struct vmmap_region rows[] = {
        {.start = 0x1000, .last = 0x1fff, .user = VMMAP_PERM_READ},
        {.start = 0x2000, .last = 0x2fff},
        {.start = DIRECT_MAP, .last = DIRECT_MAP + 0xffffff, .has_physical = true},
        {.start = TEXT, .last = TEXT + 0x1fffff, .physical = IMAGE, .has_physical = true},
        {.start = UINT64_C(0xfffffffffffff000), .last = UINT64_MAX},
    };
    assert_ok(vmmap_map_create(&fixture->map));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_ok(vmmap_map_add(fixture->map, &rows[i]));
    vmmap_map_finish(fixture->map, NULL);
}

/* The names of the rows, a dash for none; there are no others. To be freed. */
static char *names_text(const struct vmmap_map *map)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    ck_assert_uint_eq(map->count, 5);
    for (size_t i = 0; i < map->count; i++)
        vmmap_buffer_printf(&text, "%s%s", i ? " " : "",
                            map->regions[i].name ? map->regions[i].name : "-");
    return take_text(&text);
}

/* Names the rows, with this note or, if it is NULL, none; nothing fails. */
#define assert_names(fixture, wanted) assert_names_and_note(fixture, wanted, NULL)
#define assert_names_and_note(fixture, wanted, note)                                               \
    do {                                                                                           \
        bool is_linux_;                                                                            \
        make_rows(fixture);                                                                        \
        (fixture)->kernel.ram.reads = (fixture)->calls = 0;                                        \
        assert_ok(vmmap_kernel_names_add(&(fixture)->machine, &(fixture)->target,                  \
                                         &(fixture)->info, (fixture)->map, &is_linux_));           \
        char *text_ = names_text((fixture)->map);                                                  \
        ck_assert_str_eq(text_, wanted);                                                           \
        ck_assert(is_linux_ == (strcmp(text_, NO_NAMES) != 0));                                    \
        const char *const note_ = (note);                                                          \
        ck_assert_uint_eq((fixture)->map->note_count, note_ ? 1 : 0);                              \
        if (note_)                                                                                 \
            ck_assert_str_eq((fixture)->map->notes[0], note_);                                     \
        free(text_);                                                                               \
        vmmap_map_destroy((fixture)->map);                                                         \
    } while (0)

#define NO_NAMES  "- - - - -"
#define ALL_NAMES "[user] - [direct_map] [kernel] -"

START_TEST(searched_once)
{
    struct fixture fixture;
    set_up(&fixture);
    assert_names(&fixture, ALL_NAMES);
    ck_assert_uint_gt(fixture.kept.linux_searched[0], 0);
    assert_names(&fixture, ALL_NAMES);
    ck_assert_uint_lt(fixture.kernel.ram.reads, FEW_READS);
    ck_assert_uint_eq(fixture.calls, 1); /* only whether there are symbols by now */

    /* What is kept is verified each time, and the same image is not searched again in vain. */
    kernel_clear(&fixture.kernel, BANNER, 8);
    assert_names(&fixture, NO_NAMES);
    ck_assert_uint_lt(fixture.kernel.ram.reads, FEW_READS);
    kernel_put_text(&fixture.kernel, BANNER, "Linux version 6.1.0 (a@b)");
    assert_names(&fixture, ALL_NAMES);
    tear_down(&fixture);
}
END_TEST

/* Whoever looks before there is a direct map has the names as soon as there is one, though the
 * image is still mapped as it was. */
START_TEST(looked_at_early)
{
    struct fixture fixture;
    set_up_early(&fixture);
    assert_names(&fixture, NO_NAMES);
    const uint64_t searched = fixture.kept.linux_searched[0];
    kernel_map(&fixture.kernel, DIRECT_MAP, 0, KERNEL_RAM_SIZE, "rw-");
    assert_names(&fixture, ALL_NAMES);
    ck_assert_uint_eq(fixture.kept.linux_searched[0], searched);
    ck_assert_uint_lt(fixture.kernel.ram.reads, FEW_READS);
    tear_down(&fixture);
}
END_TEST

START_TEST(searched_where_that_is_fast)
{
    static const enum vmmap_phys_via vias[] = {VMMAP_PHYS_VIA_AUTO, VMMAP_PHYS_VIA_PACKET,
                                               VMMAP_PHYS_VIA_MONITOR};
    for (size_t i = 0; i < sizeof(vias) / sizeof(vias[0]); i++) {
        struct fixture fixture;
        set_up(&fixture);
        fixture.machine.physical.via = vias[i];
        assert_names(&fixture, NO_NAMES);
        ck_assert_uint_eq(fixture.kernel.ram.reads, 0);
        tear_down(&fixture);
    }
}
END_TEST

/* Symbols do without a search; those of another kernel do not stand in its way. */
START_TEST(symbols)
{
    const struct named_number right[] = {
        {"linux_banner", TEXT + 0x100},
        {"page_offset_base", TEXT + 0x1000},
        {"vmalloc_base", TEXT + 0x1008},
        {"vmemmap_base", TEXT + 0x1010},
        {"_text", TEXT},
        {"_end", TEXT + KERNEL_BIG_PAGE},
    };
    struct fixture fixture;
    set_up(&fixture);
    memcpy(fixture.symbols, right, sizeof(right));
    fixture.machine.physical.via = VMMAP_PHYS_VIA_PACKET;
    assert_names(&fixture, ALL_NAMES);
    ck_assert_uint_eq(fixture.calls, 22); /* before, and for the sections */
    fixture.symbols[1].name = "another";  /* 0, then, not what the failure left */
    fixture.kept = (struct vmmap_kept){.far_proc_pid = 0};
    assert_names(&fixture, NO_NAMES);
    fixture.symbols[0].value++;
    assert_names(&fixture, NO_NAMES);
    fixture.machine.physical.via = VMMAP_PHYS_VIA_PROC_MEM;
    assert_names(&fixture, ALL_NAMES);
    fixture.symbols[0].name = "another";
    fixture.kept = (struct vmmap_kept){.far_proc_pid = 0};
    assert_names(&fixture, ALL_NAMES);
    ck_assert_uint_eq(fixture.calls, 2); /* without a banner the rest is not asked for */
    tear_down(&fixture);
}
END_TEST

START_TEST(a_target_without_functions)
{
    struct fixture fixture;
    set_up(&fixture);
    fixture.target = (struct vmmap_target){.context = NULL};
    assert_names(&fixture, ALL_NAMES);
    tear_down(&fixture);
    set_up_riscv(&fixture);
    fixture.target = (struct vmmap_target){.context = NULL};
    assert_names(&fixture, NO_NAMES);
    tear_down(&fixture);
}
END_TEST

/* The user's tables are the page after the kernel's, and have next to nothing of the kernel. */
static void isolate(struct fixture *fixture, uint64_t root)
{
    unsigned char *const tables = fixture->kernel.ram.bytes;
    memcpy(tables + root, tables + fixture->kernel.roots[0], KERNEL_SMALL_PAGE);
    memset(tables + root + KERNEL_SMALL_PAGE, 0, KERNEL_SMALL_PAGE);
    fixture->machine.config.x86.cr3 = root + KERNEL_SMALL_PAGE;
}

START_TEST(isolated_page_tables)
{
    enum { ROOT = 0x180000, ASID = 0x807 };
    struct fixture fixture;
    set_up(&fixture);
    isolate(&fixture, ROOT);
    fixture.machine.config.x86.cr3 |= ASID;
    assert_names(&fixture, ALL_NAMES);
    assert_names(&fixture, ALL_NAMES);
    ck_assert_uint_lt(fixture.kernel.ram.reads, FEW_READS);
    /* Where it is entered, the kernel has not switched yet; in user mode that is said elsewhere. */
    static const char note[] =
        "The CPU is in the kernel, but has the page tables for user mode (KPTI) at the moment: "
        "most "
        "of the kernel is not mapped, and the kernel's own tables are at 0x180000.";
    fixture.registers[0] = (struct named_number){"cs", 0x10};
    assert_names_and_note(&fixture, ALL_NAMES, note);
    fixture.kept = (struct vmmap_kept){.far_proc_pid = 0};
    assert_names_and_note(&fixture, ALL_NAMES, note);
    fixture.registers[0].value = 0x33;
    assert_names(&fixture, ALL_NAMES);
    fixture.registers[0].value = 0x10;
    /* In the kernel, with its own tables, the same places do. */
    fixture.machine.config.x86.cr3 = ROOT;
    assert_names(&fixture, ALL_NAMES);
    ck_assert_uint_lt(fixture.kernel.ram.reads, FEW_READS);
    tear_down(&fixture);

    /* Neither tables are searched again if that was in vain. */
    set_up(&fixture);
    kernel_clear(&fixture.kernel, BANNER, 8);
    isolate(&fixture, ROOT);
    assert_names(&fixture, NO_NAMES);
    ck_assert_uint_gt(fixture.kernel.ram.reads, 2 * 8);
    const size_t reads = fixture.kernel.ram.reads;
    assert_names(&fixture, NO_NAMES);
    ck_assert_uint_lt(fixture.kernel.ram.reads + KERNEL_BIG_PAGE / 0x10000, reads + 1);

    /* The bit alone means nothing. */
    fixture.machine.config.x86.cr3 = KERNEL_RAM_SIZE + KERNEL_SMALL_PAGE;
    assert_names(&fixture, NO_NAMES);
    tear_down(&fixture);
}
END_TEST

START_TEST(where_the_code_is)
{
    static const char wanted[] = "[user] - [vmalloc] - -";
    struct fixture fixture;
    set_up_riscv(&fixture);
    assert_names(&fixture, wanted);
    tear_down(&fixture);
    for (unsigned int i = 0; i < 2; i++) {
        set_up_riscv(&fixture);
        fixture.registers[0].name = i ? "VBAR_EL1" : "VBAR";
        assert_names(&fixture, wanted);
        fixture.registers[0].name = "VBAR_EL3";
        fixture.kept = (struct vmmap_kept){.far_proc_pid = 0};
        assert_names(&fixture, NO_NAMES);
        tear_down(&fixture);
    }
}
END_TEST

static struct vmmap_error *name_rows(struct fixture *fixture, struct fault_report *faults,
                                     const struct fault_plan *plan)
{
    make_rows(fixture);
    fixture->kernel.ram.reads = fixture->calls = 0;
    fixture->kept = (struct vmmap_kept){.far_proc_pid = 0};
    bool is_linux;
    fault_begin(plan);
    struct vmmap_error *error = vmmap_kernel_names_add(&fixture->machine, &fixture->target,
                                                       &fixture->info, fixture->map, &is_linux);
    *faults = fault_end();
    return error;
}

static void check_unnamed(const struct fixture *fixture)
{
    char *text = names_text(fixture->map);
    ck_assert_str_eq(text, NO_NAMES);
    free(text);
}

/* What ends the work comes through; whatever else fails, there is a map. */
static void fail_each_call(struct fixture *fixture)
{
    static const struct fault_plan none = {.at = 0};
    struct fault_report faults;
    assert_ok(name_rows(fixture, &faults, &none));
    const unsigned int calls = fixture->calls;
    vmmap_map_destroy(fixture->map);
    ck_assert_uint_gt(calls, 0);
    for (unsigned int i = 1; i <= calls; i++) {
        for (unsigned int code = VMMAP_ERROR_NO_MEMORY; code <= VMMAP_ERROR_INVALID; code++) {
            fixture->fail_at = i;
            fixture->fail_code = code;
            struct vmmap_error *error = name_rows(fixture, &faults, &none);
            if (code == VMMAP_ERROR_NO_MEMORY || code == VMMAP_ERROR_INTERRUPTED) {
                ck_assert_ptr_nonnull(error);
                ck_assert_int_eq(error->code, code);
                check_unnamed(fixture);
            }
            vmmap_error_destroy(error);
            if (code > VMMAP_ERROR_INTERRUPTED)
                ck_assert_ptr_null(error);
            vmmap_map_destroy(fixture->map);
        }
    }
    fixture->fail_at = 0;
}

static void interrupt_each_read(struct fixture *fixture)
{
    static const struct fault_plan none = {.at = 0};
    struct fault_report faults;
    assert_ok(name_rows(fixture, &faults, &none));
    vmmap_map_destroy(fixture->map);
    const size_t reads = fixture->kernel.ram.reads;
    ck_assert_uint_gt(reads, 0);
    for (size_t i = 1; i <= reads; i++) {
        fixture->kernel.ram.interrupt_read = i;
        assert_error(name_rows(fixture, &faults, &none), VMMAP_ERROR_INTERRUPTED, "Quit.");
        check_unnamed(fixture);
        vmmap_map_destroy(fixture->map);
    }
    fixture->kernel.ram.interrupt_read = 0;
    for (size_t i = 1; i <= reads; i++) {
        fixture->kernel.ram.fail_read = i;
        assert_ok(name_rows(fixture, &faults, &none));
        ck_assert_uint_eq(fixture->map->regions[4].last, UINT64_MAX);
        vmmap_map_destroy(fixture->map);
    }
    fixture->kernel.ram.fail_read = 0;
}

static void fail_each_allocation(struct fixture *fixture)
{
    for (unsigned int at = 1;; at++) {
        const struct fault_plan plan = {.kind = FAULT_ALLOCATION, .at = at};
        struct fault_report faults;
        struct vmmap_error *error = name_rows(fixture, &faults, &plan);
        if (error) {
            ck_assert_ptr_eq(error, &vmmap_error_no_memory);
            check_unnamed(fixture);
            ck_assert_int_eq(faults.blocks, 0);
        }
        vmmap_map_destroy(fixture->map);
        if (faults.calls[FAULT_ALLOCATION] < at) {
            ck_assert_ptr_null(error);
            ck_assert_uint_gt(at, 5);
            break;
        }
    }
}

START_TEST(everything_fails_in_turn)
{
    struct fixture fixture;
    set_up(&fixture);
    fixture.symbols[0] = (struct named_number){"linux_banner", 1};
    fail_each_call(&fixture);
    interrupt_each_read(&fixture);
    fail_each_allocation(&fixture);
    isolate(&fixture, 0x180000);
    interrupt_each_read(&fixture);
    tear_down(&fixture);
    set_up_riscv(&fixture);
    fail_each_call(&fixture);
    interrupt_each_read(&fixture);
    fail_each_allocation(&fixture);
    tear_down(&fixture);
}
END_TEST

int main(void)
{
    return RUN_TESTS("kernel_names", searched_once, looked_at_early, searched_where_that_is_fast,
                     symbols, a_target_without_functions, isolated_page_tables, where_the_code_is,
                     everything_fails_in_turn);
}
