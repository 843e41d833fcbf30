/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Linux on x86-64: Documentation/arch/x86/x86_64/mm.rst, which is as it is since 5.0 (before, the
 * direct map and the LDT were elsewhere).
 *
 * Most areas have fixed addresses. The bases of three are chosen at boot where
 * CONFIG_RANDOMIZE_MEMORY is on (arch/x86/mm/kaslr.c); then they are in the variables
 * page_offset_base, vmalloc_base and vmemmap_base, which stand side by side among the data that is
 * read-only after init.
 */

#include "base/little_endian.h"
#include "formats/linux_banner.h"
#include "os/linux_layout.h"
#include "paging/x86_mode.h"

enum { OLDEST_MAJOR = 5 };

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)
#define PIB (UINT64_C(1) << 50)

#define IMAGE_FIRST UINT64_C(0xffffffff80000000) /* __START_KERNEL_map */
#define IMAGE_LAST  UINT64_C(0xffffffffbfffffff) /* with KASLR; 0xffffffff9fffffff without */

#define MODULES_FIRST UINT64_C(0xffffffffa0000000) /* without KASLR; above IMAGE_LAST with it */
#define MODULES_LAST  UINT64_C(0xfffffffffeffffff)

/* Where CPU_ENTRY_AREA_BASE is, below which the three bases with all that is there have room
 * (vaddr_end of arch/x86/mm/kaslr.c). */
#define BASES_LAST UINT64_C(0xfffffdffffffffff)

struct bases {
    uint64_t direct_map;
    uint64_t vmalloc;
    uint64_t vmemmap;
};

/* What depends on the number of levels. */
struct constants {
    uint64_t ldt;
    uint64_t ldt_last;
    struct bases bases; /* without randomisation */
    uint64_t vmalloc_size;
    uint64_t vmemmap_size;
    uint64_t kasan;
};

static const struct constants four_levels = {
    .ldt = UINT64_C(0xffff880000000000),
    .ldt_last = UINT64_C(0xffff887fffffffff),
    .bases = {UINT64_C(0xffff888000000000), UINT64_C(0xffffc90000000000),
              UINT64_C(0xffffea0000000000)},
    .vmalloc_size = 32 * TIB,
    .vmemmap_size = 1 * TIB,
    .kasan = UINT64_C(0xffffec0000000000),
};

static const struct constants five_levels = {
    .ldt = UINT64_C(0xff10000000000000),
    .ldt_last = UINT64_C(0xff10ffffffffffff),
    .bases = {UINT64_C(0xff11000000000000), UINT64_C(0xffa0000000000000),
              UINT64_C(0xffd4000000000000)},
    .vmalloc_size = 12800 * TIB,
    .vmemmap_size = PIB / 2,
    .kasan = UINT64_C(0xffdf000000000000),
};

#define KASAN_LAST UINT64_C(0xfffffbffffffffff)

static const struct vmmap_kernel_area fixed_areas[] = {
    {.name = "[cpu_entry_area]",
     .start = UINT64_C(0xfffffe0000000000),
     .last = UINT64_C(0xfffffe7fffffffff)},
    {.name = "[espfix]",
     .start = UINT64_C(0xffffff0000000000),
     .last = UINT64_C(0xffffff7fffffffff)},
    {.name = "[efi]", .start = UINT64_C(0xffffffef00000000), .last = UINT64_C(0xfffffffeffffffff)},
    {.name = "[fixmap]",
     .start = UINT64_C(0xffffffffff000000),
     .last = UINT64_C(0xffffffffff5fffff)},
    /* A kernel built without it has the fixmap there, which user mode can not reach. */
    {.name = "[vsyscall]",
     .start = UINT64_C(0xffffffffff600000),
     .last = UINT64_C(0xffffffffff600fff),
     .rule = VMMAP_KERNEL_AREA_USER},
};

static const struct constants *constants_of(const struct vmmap_paging_x86 *x86)
{
    return vmmap_x86_mode(x86) == VMMAP_X86_5_LEVEL ? &five_levels : &four_levels;
}

static void add(struct vmmap_kernel_layout *layout, const char *name, uint64_t start, uint64_t last)
{
    const struct vmmap_kernel_area area = {.name = name, .start = start, .last = last};
    vmmap_kernel_layout_add(layout, &area);
}

/* Whether the three may be what arch/x86/mm/kaslr.c chose: in this order, with room for what they
 * are for, aligned to what an entry of the third level maps. */
static bool is_plausible(const struct constants *constants, const struct bases *bases)
{
    return bases->direct_map % GIB == 0 && bases->vmalloc % GIB == 0 && bases->vmemmap % GIB == 0 &&
           bases->direct_map >= constants->bases.direct_map && bases->vmalloc > bases->direct_map &&
           bases->vmemmap > bases->vmalloc &&
           bases->vmemmap - bases->vmalloc >= constants->vmalloc_size &&
           bases->vmemmap <= BASES_LAST;
}

/* Whether the direct map shows the banner. */
static struct vmmap_error *check_direct_map(const struct vmmap_kernel_memory *kernel,
                                            const struct bases *bases, uint64_t banner, bool *ok)
{
    uint64_t wanted, physical;
    struct vmmap_error *error = vmmap_kernel_memory_translate(kernel, banner, &wanted, ok);
    *ok = *ok && wanted < bases->vmalloc - bases->direct_map;
    if (!error && *ok)
        error = vmmap_kernel_memory_translate(kernel, bases->direct_map + wanted, &physical, ok);
    *ok = !error && *ok && physical == wanted;
    return error;
}

static struct vmmap_error *read_variables(const struct vmmap_kernel_memory *kernel,
                                          const struct vmmap_linux_places *places,
                                          struct bases *ret, bool *done)
{
    struct vmmap_error *error =
        vmmap_kernel_memory_read_word(kernel, places->page_offset_base, &ret->direct_map, done);
    if (!error && *done)
        error = vmmap_kernel_memory_read_word(kernel, places->vmalloc_base, &ret->vmalloc, done);
    if (!error && *done)
        error = vmmap_kernel_memory_read_word(kernel, places->vmemmap_base, &ret->vmemmap, done);
    return error;
}

/* From the variables; a kernel without them has what the documentation says. */
static struct vmmap_error *read_bases(const struct vmmap_kernel_memory *kernel,
                                      const struct vmmap_linux_places *places, struct bases *ret,
                                      bool *ok)
{
    const struct constants *constants = constants_of(&kernel->config->x86);
    struct vmmap_error *error = NULL;
    *ok = true;
    *ret = constants->bases;
    if (places->page_offset_base && places->vmalloc_base && places->vmemmap_base)
        error = read_variables(kernel, places, ret, ok);
    if (error || !*ok || !is_plausible(constants, ret)) {
        *ok = false;
        return error;
    }
    return check_direct_map(kernel, ret, places->banner, ok);
}

static void add_bases(const struct vmmap_kernel_memory *kernel, const struct bases *bases,
                      struct vmmap_kernel_layout *ret)
{
    const struct constants *constants = constants_of(&kernel->config->x86);
    add(ret, "[direct_map]", bases->direct_map, bases->vmalloc - 1);
    add(ret, "[vmalloc]", bases->vmalloc, bases->vmalloc + constants->vmalloc_size - 1);
    /* A base that was chosen at boot has room for what the memory needs, not for the whole size. */
    add(ret, "[vmemmap]", bases->vmemmap,
        BASES_LAST - bases->vmemmap < constants->vmemmap_size
            ? BASES_LAST
            : bases->vmemmap + constants->vmemmap_size - 1);
    /* KASAN switches the randomisation off (kaslr_memory_enabled()). */
    if (bases->direct_map == constants->bases.direct_map &&
        bases->vmalloc == constants->bases.vmalloc && bases->vmemmap == constants->bases.vmemmap)
        add(ret, "[kasan_shadow]", constants->kasan, KASAN_LAST);
}

/* The image and the modules: those begin in what KASLR has for the image, unless the image is known
 * to be below. Its last page is one of 2 MiB (cleanup_highmap() of arch/x86/mm/init_64.c), whatever
 * `_end` is. */
static void add_image(const struct vmmap_linux_places *places, struct vmmap_kernel_layout *ret)
{
    const uint64_t last = (places->end - 1) | (2 * MIB - 1);
    const bool has_bounds = places->text >= IMAGE_FIRST && places->text <= places->banner &&
                            places->end > places->banner && last <= IMAGE_LAST;
    add(ret, "[modules]", has_bounds && last < MODULES_FIRST ? MODULES_FIRST : IMAGE_LAST + 1,
        MODULES_LAST);
    if (has_bounds)
        add(ret, "[kernel]", places->text, last);
}

/* Makes the word at `address` a proof. */
static struct vmmap_error *prove(const struct vmmap_kernel_memory *kernel, uint64_t address,
                                 struct vmmap_kernel_layout *ret)
{
    uint64_t word;
    bool done;
    struct vmmap_error *error = vmmap_kernel_memory_read_word(kernel, address, &word, &done);
    if (!error && done)
        vmmap_kernel_layout_add_proof(ret, address, word);
    return error;
}

/* The beginning of the banner, as far as the version, and the bases. */
static struct vmmap_error *add_proofs(const struct vmmap_kernel_memory *kernel,
                                      const struct vmmap_linux_places *places,
                                      const struct bases *bases, struct vmmap_kernel_layout *ret)
{
    const uint64_t version = places->banner + sizeof("Linux version ") - 1;
    struct vmmap_error *error = prove(kernel, places->banner, ret);
    if (!error)
        error = prove(kernel, version, ret);
    if (error || !places->page_offset_base || !places->vmalloc_base || !places->vmemmap_base)
        return error;
    vmmap_kernel_layout_add_proof(ret, places->page_offset_base, bases->direct_map);
    vmmap_kernel_layout_add_proof(ret, places->vmalloc_base, bases->vmalloc);
    vmmap_kernel_layout_add_proof(ret, places->vmemmap_base, bases->vmemmap);
    return NULL;
}

static void add_fixed(const struct vmmap_kernel_memory *kernel,
                      const struct vmmap_linux_places *places, struct vmmap_kernel_layout *ret)
{
    const struct constants *constants = constants_of(&kernel->config->x86);
    const struct vmmap_kernel_area user = {
        .name = "[user]", .last = INT64_MAX, .rule = VMMAP_KERNEL_AREA_USER};
    vmmap_kernel_layout_add(ret, &user);
    add(ret, "[ldt]", constants->ldt, constants->ldt_last);
    for (size_t i = 0; i < sizeof(fixed_areas) / sizeof(fixed_areas[0]); i++)
        vmmap_kernel_layout_add(ret, &fixed_areas[i]);
    add_image(places, ret);
}

/* Whether there is a banner, of a version whose layout is known. */
static struct vmmap_error *check_banner(const struct vmmap_kernel_memory *kernel, uint64_t address,
                                        bool *ok)
{
    char text[VMMAP_LINUX_BANNER_SIZE];
    struct vmmap_linux_version version;
    struct vmmap_error *error = vmmap_kernel_memory_read(kernel, address, text, sizeof(text), ok);
    *ok = !error && *ok && vmmap_linux_banner_parse(text, sizeof(text), &version) &&
          version.major >= OLDEST_MAJOR;
    return error;
}

/* Anyone may have a banner in memory; that the direct map shows it too is the proof. */
static struct vmmap_error *x86_read(const struct vmmap_kernel_memory *kernel,
                                    const struct vmmap_linux_places *places,
                                    struct vmmap_kernel_layout *ret, bool *found)
{
    struct bases bases;
    if (places->banner < IMAGE_FIRST || places->banner > IMAGE_LAST)
        return NULL;
    struct vmmap_error *error = check_banner(kernel, places->banner, found);
    if (!error && *found)
        error = read_bases(kernel, places, &bases, found);
    if (error || !*found)
        return error;
    add_bases(kernel, &bases, ret);
    add_fixed(kernel, places, ret);
    return add_proofs(kernel, places, &bases, ret);
}

static bool x86_window(uint64_t code, uint64_t *first, uint64_t *last)
{
    (void)code;
    *first = IMAGE_FIRST;
    *last = IMAGE_LAST;
    return true;
}

struct finding {
    const struct constants *constants;
    struct vmmap_linux_places *places;
};

static bool take_bases(const struct finding *finding, const struct bases *bases, uint64_t address,
                       int step)
{
    if (!is_plausible(finding->constants, bases))
        return false;
    finding->places->page_offset_base = address;
    finding->places->vmalloc_base = address + (uint64_t)(int64_t)step;
    finding->places->vmemmap_base = address + 2 * (uint64_t)(int64_t)step;
    return true;
}

/* Compilers lay out the three variables in the order in which they are defined, or the other way
 * round. */
static bool find_bases(const struct finding *finding, uint64_t address, const unsigned char *bytes,
                       size_t size)
{
    enum { WORD = sizeof(uint64_t) };
    for (size_t at = 0; at + 3 * WORD <= size; at += WORD) {
        const uint64_t middle = vmmap_load_u64(bytes + at + WORD);
        if (middle % GIB != 0 || middle < finding->constants->bases.direct_map)
            continue;
        const uint64_t before = vmmap_load_u64(bytes + at);
        const uint64_t after = vmmap_load_u64(bytes + at + 2 * WORD);
        const struct bases ascending = {before, middle, after};
        const struct bases descending = {after, middle, before};
        if (take_bases(finding, &ascending, address + at, WORD) ||
            take_bases(finding, &descending, address + at + 2 * WORD, -WORD))
            return true;
    }
    return false;
}

static struct vmmap_error *look(void *context, uint64_t address, const unsigned char *bytes,
                                size_t size, bool *enough)
{
    const struct finding *finding = context;
    struct vmmap_linux_places *places = finding->places;
    if (!places->banner) {
        const char *banner = vmmap_linux_banner_find((const char *)bytes, size);
        if (banner)
            places->banner = address + (uint64_t)(banner - (const char *)bytes);
    }
    if (!places->page_offset_base)
        (void)find_bases(finding, address, bytes, size);
    *enough = places->banner && places->page_offset_base;
    return NULL;
}

/* Whether two runs of which `below` is the nearest below `above` are of one image: it is mapped
 * with one distance to physical memory, with holes where init code was freed. */
static bool belong_together(const struct vmmap_paging_run *below,
                            const struct vmmap_paging_run *above)
{
    return below->start - below->physical == above->start - above->physical &&
           above->start - below->last <= 64 * MIB;
}

/* From the run that holds the banner outwards. What else is in its gigabyte are modules, mapped
 * page by page, one of which may have the image's distance by chance. */
static void take_image(const struct vmmap_paging_runs *list, struct vmmap_linux_places *places)
{
    const struct vmmap_paging_run *runs = list->runs;
    size_t first = 0, last;
    while (runs[first].last < places->banner)
        first++;
    for (last = first; last + 1 < list->count; last++) {
        if (!belong_together(&runs[last], &runs[last + 1]))
            break;
    }
    while (first > 0 && belong_together(&runs[first - 1], &runs[first]))
        first--;
    places->text = runs[first].start;
    places->end = runs[last].last + 1;
}

/* Read-only data first: there they are, unless the kernel has not come so far as to protect it. */
static struct vmmap_error *x86_search(struct vmmap_kernel_memory *kernel,
                                      const struct vmmap_paging_runs *runs, uint64_t code,
                                      struct vmmap_linux_places *ret)
{
    (void)code;
    struct finding finding = {constants_of(&kernel->config->x86), ret};
    const struct vmmap_kernel_search search = {&finding, look};
    struct vmmap_error *error = NULL;
    bool enough = false;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; !error && !enough && i < runs->count; i++) {
            const struct vmmap_paging_run *run = &runs->runs[i];
            const bool read_only = run->kernel == VMMAP_PERM_READ;
            if (!run->user && read_only == (pass == 0))
                error = vmmap_kernel_memory_search(kernel, run, &search, &enough);
        }
        /* A kernel without randomisation has no variables to search for any longer. */
        if (ret->banner)
            break;
    }
    if (!error && ret->banner)
        take_image(runs, ret);
    return error;
}

const struct vmmap_linux_architecture vmmap_linux_x86 = {
    .read = x86_read,
    .window = x86_window,
    .search = x86_search,
};
